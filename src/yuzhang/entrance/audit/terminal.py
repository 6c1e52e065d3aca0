"""What is done at the terminal is remembered too: a guard with all rights that notes, under the name of the system's user."""

import os
import pwd
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from yuzhang.core.access import OPERATOR, Guard, Outcome, Party, Policy, RoleGuard
from yuzhang.core.secrets import secrets_of
from yuzhang.entrance.audit.room import Auditor

PEER = "terminal"


class TerminalGuard(RoleGuard):
    """Allows what the roles of whoever sits at the machine allow, and notes it under their name."""

    noting = True

    def __init__(self, auditor: Auditor) -> None:
        self._auditor, self._who = auditor, user_name()
        by = os.environ.get("SUDO_USER", "")
        self._peer = f"{PEER} (sudo: {by})" if by else PEER

    def note(  # type: ignore[override]  # the guard that it stands in for notes nothing
        self, caller: Party, policy: Policy, outcome: Outcome, subject: str
    ) -> Future[None] | None:
        """Remember it as done by `terminal:<user>`."""
        known = replace(caller, id=f"terminal:{self._who}", session=f"pid {os.getpid()}", peer=self._peer)
        return self._auditor.note(known, policy, outcome, subject)


def user_name() -> str:
    """The name of the system's user that this process runs as; the number where it has no name.

    It is asked of the system, since anybody may set $USER.
    """
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def terminal_guard(auditor: Auditor) -> Guard:
    """The guard of commands: all rights, and every change a record."""
    return TerminalGuard(auditor)


def terminal_party(auditor: Auditor) -> Party:
    """Whoever sits at the terminal, with that guard."""
    return replace(OPERATOR, guard=terminal_guard(auditor))


@contextmanager
def recorded(data: Path) -> Iterator[Guard]:
    """The guard of commands on a data folder, for as long as one runs; what it noted is signed afterwards."""
    auditor = Auditor(data, secrets_of(data))
    try:
        yield terminal_guard(auditor)
    finally:
        auditor.stop()
