"""The papers of operation say what there is: tests that exist, variables that are read, the same steps in both languages."""

import re
from pathlib import Path

import pytest

from yuzhang.operation import settings
from yuzhang.operation.readiness import Readiness

ROOT = Path(__file__).parents[2]
MODEL = (ROOT / "docs" / "explanation" / "threat-model.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "reference" / "operation.md").read_text(encoding="utf-8")
HOW_TO = ROOT / "docs" / "how-to"


def test_every_mitigation_names_a_test_that_exists_or_is_called_a_gap() -> None:
    rows = [line for line in MODEL.splitlines() if line.startswith("|")][2:]
    for row in rows:
        shown = row.rstrip("|").rpartition(" | ")[2]
        named = re.findall(r"`(?:…/)?([\w/]+(?:\.py)?)(?:::(\w+))?`", shown)
        assert named or "**gap**" in shown or "witness" in shown, row
        for path, test in named:
            found = [ROOT / "tests" / path, *(ROOT / "tests").rglob(path)]
            there = [one for one in found if one.exists()]
            assert there, path
            assert not test or f"def {test}(" in there[0].read_text(encoding="utf-8"), test


def test_reference_has_every_variable_and_every_part_of_readiness(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (settings.TOKEN, settings.LOG, settings.LEVEL, settings.DRAIN, settings.FREE, settings.TRACES[0]):
        assert f"| `{name}` |" in REFERENCE
    source = Path(str(Readiness.__init__.__code__.co_filename)).read_text(encoding="utf-8")
    for name in re.findall(r'^            "(\w+)": ', source, re.MULTILINE):
        assert f"`{name}`" in REFERENCE, name


@pytest.mark.parametrize("name", ["run-as-a-service", "back-up-and-restore"])
def test_both_languages_have_the_same_steps_and_commands(name: str) -> None:
    english, chinese = ((HOW_TO / f"{name}{tail}").read_text(encoding="utf-8") for tail in (".md", ".zh.md"))
    assert len(re.findall(r"^## ", english, re.MULTILINE)) == len(re.findall(r"^## ", chinese, re.MULTILINE))
    commands = [re.findall(r"^    \S.*$", text, re.MULTILINE) for text in (english, chinese)]
    assert [re.sub(r"#.*", "", one) for one in commands[0]] == [re.sub(r"#.*", "", one) for one in commands[1]]


def test_whoever_finds_a_hole_reads_how_to_report_it_and_which_versions_are_mended() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "Report a vulnerability" in text
    assert "Supported versions" in text
