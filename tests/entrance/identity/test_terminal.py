"""Parties at the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entrance.identity.people import OTHER_PASSWORD, PASSWORD
from yuzhang.core.access import STRANGER
from yuzhang.core.errors import NotFound
from yuzhang.core.secrets import secrets_of
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.entrance.audit.room import Auditor
from yuzhang.entrance.guard import EntranceGuard
from yuzhang.entrance.identity import joining
from yuzhang.entrance.identity.commands import app
from yuzhang.entrance.identity.errors import LinkUnusable, SignInRefused
from yuzhang.entrance.identity.naming import Names
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.signing_in import with_password
from yuzhang.entrance.policy.room import Decider


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


@contextmanager
def running(folder: Path) -> Iterator[Identity]:
    """The room over the same folder, as the server has it."""
    storage, secrets = Storage(folder), secrets_of(folder)
    auditor = Auditor(folder, secrets)
    made = Identity(storage, secrets, Settings(folder), EntranceGuard(Decider(), auditor))
    yield made
    made.close()
    auditor.stop()
    storage.close()


def link_in(printed: str) -> str:
    """The token of the link that a command printed."""
    return printed.split()[-1].rpartition("/")[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with an official who came by a link of the terminal."""
    made = tmp_path / "d"
    token = link_in(said("invite", "--name", "Zhao Lei", "--role", "plan-officer", "--unit", "Office", folder=made))
    with running(made) as identity:
        joining.join(identity, STRANGER, token, Names("Zhao Lei", "zhao"), PASSWORD)
    return made


def test_operator_sees_a_party_with_its_roles_and_sessions(folder: Path) -> None:
    assert "plan-officer" in said("list", "--search", "zhao", folder=folder)
    assert "Zhao" not in said("list", "--kind", "citizen", folder=folder)
    shown = said("show", "zhao", folder=folder)
    assert "Office" in shown
    assert "plan-officer (operator" in shown
    assert "password" in said("sessions", "zhao", folder=folder)


def test_operator_gives_a_role_until_a_day_and_takes_another(folder: Path) -> None:
    words = ("roles", "zhao", "--grant", "duty-officer", "--until", "2999-12-31", "--take", "plan-officer")
    printed = said(*words, folder=folder)
    assert "duty-officer (–2999-12-31)" in printed
    assert "plan-officer" not in printed
    wrong = CliRunner().invoke(app, ["roles", "zhao", "--until", "soon", "--data", str(folder)])
    assert wrong.exit_code == 2


def test_operator_suspends_a_party_which_ends_its_sessions_and_lets_it_in_again(folder: Path) -> None:
    assert "suspended" in said("suspend", "zhao", folder=folder)
    assert "password" not in said("sessions", "zhao", folder=folder)
    with running(folder) as identity, pytest.raises(SignInRefused):
        with_password(identity, STRANGER, "zhao", PASSWORD)
    said("resume", "zhao", folder=folder)
    with running(folder) as identity:
        assert with_password(identity, STRANGER, "zhao", PASSWORD)


def test_operator_ends_sessions_confirms_and_helps_back_in_with_a_link_for_one_use(folder: Path) -> None:
    assert "1 " in said("end-sessions", "zhao", folder=folder)
    assert "confirmed" in said("confirm", "zhao", folder=folder)
    token = link_in(said("recovery-link", "zhao", folder=folder))
    with running(folder) as identity:
        joining.recover_by_link(identity, STRANGER, token, OTHER_PASSWORD)
        with pytest.raises(LinkUnusable):
            joining.recover_by_link(identity, STRANGER, token, PASSWORD)
        assert with_password(identity, STRANGER, "zhao", OTHER_PASSWORD)


def test_what_the_operator_does_at_the_terminal_is_on_record(folder: Path) -> None:
    from yuzhang.entrance.audit.commands import app as audit

    said("suspend", "zhao", folder=folder)
    printed = CliRunner().invoke(audit, ["search", "--data", str(folder)])
    assert "set_status" in printed.output, printed.output
