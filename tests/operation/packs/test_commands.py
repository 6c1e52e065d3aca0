"""`yuzhang pack`: a new one is in order at once, a check says what is wrong and with which exit code, a list says what each brings."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from yuzhang.core.packs import read_models, read_pack
from yuzhang.operation.packs.commands import app
from yuzhang.operation.packs.errors import PackNotFound, PackRefused, PackThere


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("YUZHANG_PACKS", raising=False)


def told(*words: str) -> Result:
    """What `yuzhang pack …` says."""
    return CliRunner().invoke(app, list(words))


def test_a_pack_that_was_just_begun_is_in_order(tmp_path: Path) -> None:
    made = told("new", "governance/streetlights", "--type", "Streetlight", "--zh", "路灯", "--en", 'Our "lights"')
    assert made.exit_code == 0, made.output
    folder = tmp_path / "packs" / "governance" / "streetlights"
    assert read_pack(folder)[0].title.en == 'Our "lights"'
    assert set(read_models(read_pack(folder)[0])[0]) == {"Streetlight"}
    checked = told("check", "packs/governance/streetlights")
    assert (checked.exit_code, checked.output) == (0, "governance/streetlights: in order\n")


@pytest.mark.parametrize(
    "name", ["streetlights", "lighting/lamps", "governance/Lamps", "governance/../x", "governance/"]
)
def test_a_name_that_can_be_none_is_refused_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    assert isinstance(told("new", name).exception, PackRefused)
    assert not list(tmp_path.iterdir())


def test_a_pack_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    told("new", "governance/lamps")
    path = tmp_path / "packs" / "governance" / "lamps" / "pack.toml"
    path.write_text("mine")
    assert isinstance(told("new", "governance/lamps").exception, PackThere)
    assert path.read_text() == "mine"


def test_faults_are_told_a_line_each_with_the_file_from_here_on_and_exit_code_1(tmp_path: Path) -> None:
    told("new", "governance/lamps")
    (tmp_path / "packs" / "governance" / "lamps" / "rule.toml").write_text("")
    checked = told("check")
    assert checked.exit_code == 1
    assert (
        "packs/governance/lamps/rule.toml:1 pack.file — nobody reads the file rule.toml — name it rules.toml\n"
        in checked.output
    )
    assert "governance/lamps: 1 fault\n" in checked.output
    assert "governance/air: in order\n" in checked.output


def test_faults_are_told_in_chinese_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told("new", "governance/lamps")
    (tmp_path / "packs" / "governance" / "lamps" / "rule.toml").write_text("")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "rule.toml:1 pack.file — 没有人读取文件 rule.toml — 改名为 rules.toml\n" in told("check", "packs").output


def test_faults_as_json_can_be_read_by_an_editor(tmp_path: Path) -> None:
    told("new", "governance/lamps")
    (tmp_path / "packs" / "governance" / "lamps" / "rule.toml").write_text("")
    (pack,) = json.loads(told("check", "packs/governance/lamps", "--json").output)
    assert pack["id"] == "governance/lamps"
    assert pack["faults"] == [
        {
            "file": "rule.toml",
            "line": 1,
            "rule": "pack.file",
            "wrong": "nobody reads the file rule.toml",
            "instead": "name it rules.toml",
        }
    ]


def test_a_folder_without_a_pack_is_refused(tmp_path: Path) -> None:
    assert isinstance(told("check", str(tmp_path)).exception, PackNotFound)


def test_the_list_has_ours_and_ones_own_with_what_they_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    told("new", "governance/lamps", "--into", "elsewhere")
    monkeypatch.setenv("YUZHANG_PACKS", "elsewhere")
    listed = {one["id"]: one for one in json.loads(told("list", "--json").output)}
    assert not listed["governance/lamps"]["built_in"]
    assert listed["governance/air"]["built_in"]
    assert {"zh": "PM2.5年均浓度", "en": "Mean concentration of PM2.5 over the year"} in listed["governance/air"][
        "brings"
    ]["indicators"]
    assert "governance/lamps" in told("list").output
