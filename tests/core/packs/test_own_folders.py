"""A city's own packs lie in its data folder and where YUZHANG_PACKS says; a server reads both."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from yuzhang import cli
from yuzhang.app import create_app
from yuzhang.core.packs import NoPackFolder, own_folders
from yuzhang.core.settings import Settings


def lay(root: Path, title: str) -> None:
    """A pack that says where it lies."""
    own = root / "governance" / "lamps"
    own.mkdir(parents=True)
    (own / "pack.toml").write_text(f'title = {{ zh = "{title}", en = "{title}" }}\n', encoding="utf-8")


def titles(settings: Settings) -> dict[str, str]:
    """What the packs of a server are called."""
    return {one.pack.id: one.pack.title.en for one in create_app(settings).state.packs.all()}


def test_a_server_reads_the_packs_of_its_data_folder_and_of_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, further = tmp_path / "data", tmp_path / "further"
    monkeypatch.delenv("YUZHANG_PACKS", raising=False)
    assert "governance/lamps" not in titles(Settings(data, trust="machine"))
    lay(data / "packs", "Data")
    assert titles(Settings(data, trust="machine"))["governance/lamps"] == "Data"
    lay(further, "Further")
    monkeypatch.setenv("YUZHANG_PACKS", str(further))
    assert titles(Settings(data, trust="machine"))["governance/lamps"] == "Further"
    assert own_folders(data) == (data / "packs", further.resolve())
    listed = CliRunner().invoke(cli.app, ["rules", "check"])
    assert "governance/lamps" in listed.output


def test_a_folder_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(NoPackFolder, match="away") as refused:
        own_folders(tmp_path, {"YUZHANG_PACKS": str(tmp_path / "away")})
    assert refused.value.where == "YUZHANG_PACKS"
