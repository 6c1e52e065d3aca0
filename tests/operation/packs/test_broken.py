"""Every kind of fault in a pack is told with its file, its line, what is wrong and what to write instead; one pack a fault."""

import tomllib
from pathlib import Path

import pytest

from yuzhang.core.language import LANGUAGES
from yuzhang.operation.packs.checking import folder_checked

BROKEN = sorted(path.parent for path in (Path(__file__).parent / "broken").glob("*/expect.toml"))


@pytest.mark.parametrize("case", BROKEN, ids=lambda path: path.name)
def test_the_fault_is_told_where_it_is_and_alone(case: Path) -> None:
    expect = tomllib.loads((case / "expect.toml").read_text(encoding="utf-8"))
    pack = next(case.glob("*/*/pack.toml")).parent
    found = folder_checked(pack)[0].faults
    told = "\n".join(one.said("en") for one in found)
    assert len(found) == 1, told
    fault = found[0]
    assert (fault.path, fault.line, fault.rule) == (pack.resolve() / expect["file"], expect["line"], expect["rule"]), (
        told
    )
    for language in LANGUAGES:
        said = fault.said(language)
        assert said.startswith(f"{fault.path}:{fault.line} {fault.rule} — ")
        assert said.count(" — ") == 2
        for words in expect[language]:
            assert words in said


def test_all_faults_of_a_pack_are_told_at_once(tmp_path: Path) -> None:
    pack = tmp_path / "governance" / "lamps"
    (pack / "models").mkdir(parents=True)
    (pack / "pack.toml").write_text('title = { zh = "路灯" }\nchpater = "31"\n')
    (pack / "models" / "Lamp.json").write_text("{")
    (pack / "rule.toml").write_text("")
    found = folder_checked(pack)[0].faults
    assert {one.rule for one in found} == {"pack.title", "pack.key", "model.json", "pack.file"}
