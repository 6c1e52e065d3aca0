"""The tutorial "your first pack in an hour", run as it is written, in both languages: every command, every file, every answer."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yuzhang.operation.packs.commands import app

DOCS = Path(__file__).parents[3] / "docs" / "tutorial"
PAGES = {"en_US.UTF-8": DOCS / "first-pack.md", "zh_CN.UTF-8": DOCS / "first-pack.zh.md"}
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: commands (console), what they answer (text), or a file with its path."""

    kind: str
    path: str
    content: str


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    return [Block(*one) for one in BLOCK.findall(page.read_text(encoding="utf-8"))]


def ran(line: str) -> str:
    """What a command of the tutorial answers."""
    words = shlex.split(line)
    assert words[:2] == ["yuzhang", "pack"], line
    result = CliRunner().invoke(app, words[2:])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.output


@pytest.mark.parametrize("tongue", sorted(PAGES))
def test_whoever_does_what_it_says_gets_the_answers_that_it_shows(
    tongue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", tongue)
    for name in ("LC_ALL", "LC_MESSAGES", "YUZHANG_PACKS"):
        monkeypatch.delenv(name, raising=False)
    answered = ""
    for block in blocks(PAGES[tongue]):
        if block.path:
            Path(block.path).write_text(block.content, encoding="utf-8")
        elif block.kind == "console":
            answered = "".join(ran(line.removeprefix("$ ")) for line in block.content.splitlines())
        else:
            assert block.kind == "text"
            assert block.content in answered


def test_both_languages_have_the_same_commands_and_files() -> None:
    english, chinese = ([one for one in blocks(page) if one.kind != "text"] for page in PAGES.values())
    assert english == chinese
    assert len(english) > 10


def test_the_rule_of_the_tutorial_opens_the_event_and_its_case_goes_to_whoever_mends_lamps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    for block in blocks(PAGES["en_US.UTF-8"]):
        if block.path:
            Path(block.path).write_text(block.content, encoding="utf-8")
        elif block.kind == "console":
            for line in block.content.splitlines():
                ran(line.removeprefix("$ "))
    tried = ran("yuzhang pack try packs/governance/streetlights lamps.csv --json")
    assert '"rule": "governance/streetlights:leakage"' in tried
    assert '"matter": "lamp-leakage"' in tried
