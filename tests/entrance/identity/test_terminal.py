"""Parties at the terminal."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from yuzhang.core.errors import NotFound
from yuzhang.entrance.identity.commands import app


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal's language."""
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")


def said(*words: str, folder: Path) -> str:
    """What a command prints."""
    found = CliRunner().invoke(app, [*words, "--data", str(folder)], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def test_operator_invites_an_official_and_finds_nobody_before_the_link_is_used(tmp_path: Path) -> None:
    printed = said("invite", "--name", "Zhao Lei", "--role", "plan-officer", "--unit", "Office", folder=tmp_path / "d")
    assert "/join/" in printed
    assert "Zhao" not in said("list", folder=tmp_path / "d")


def test_command_for_an_unknown_party_says_so(tmp_path: Path) -> None:
    for command in ("show", "suspend", "sessions", "end-sessions", "recovery-link"):
        with pytest.raises(NotFound, match="no party"):
            said(command, "nemo", folder=tmp_path / "d")
