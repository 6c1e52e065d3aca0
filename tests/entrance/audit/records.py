"""Parties, policies and files that the tests of the audit use, and ways to do to a file what nobody should."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from yuzhang.core.access import Party, Policy
from yuzhang.core.secrets import Secrets
from yuzhang.entrance.audit.chain import checking
from yuzhang.entrance.audit.model import Note, Verified
from yuzhang.entrance.audit.room import Auditor
from yuzhang.entrance.audit.store.writing import AuditFile

SECRETS = Secrets(bytes(range(32)))
SM = Secrets(bytes(range(32)), "sm")
OFFICIAL = Party(
    "u-17", frozenset({"planner", "reader"}), kind="official", purpose="年度评估", session="s1", peer="10.0.0.9"
)
STRANGER = Party("stranger", frozenset({"visitor"}), peer="203.0.113.5")
CHANGES = Policy("plan.registry.actions.undo", "planner", reads=False)
READS = Policy("brain.context.actions.entity", "reader")
PERSONAL = Policy("domains.services.actions.application", "reader", personal=True)
DAY_US = 86_400_000_000
EACH = 10


def note(number: int, *, at: int = 0) -> Note:
    """One of many notes that differ."""
    return Note(
        at or 1_700_000_000_000_000 + number * 1_000,
        f"u-{number % 7}",
        "official",
        "planner",
        "",
        "s1",
        "plan.registry.actions.undo",
        "begun",
        f"plan=nc-{number} 南昌市",
        "",
        "10.0.0.9",
    )


@cache
def _made_once(records: int, secrets: Secrets) -> bytes:
    """Made once: each record waits for the disk, and the tests need hundreds of such files."""
    with TemporaryDirectory() as folder:
        made = AuditFile(Path(folder), secrets)
        for start in range(1, records + 1, EACH):
            made.append([note(number) for number in range(start, min(start + EACH, records + 1))])
            made.sign(1_700_000_000_000_000)
        made.close()
        return made.path.read_bytes()


def filled(folder: Path, records: int, secrets: Secrets = SECRETS) -> AuditFile:
    """A file with so many records, and a checkpoint after every ten."""
    folder.mkdir(exist_ok=True)
    made = AuditFile(folder, secrets)
    made.path.write_bytes(_made_once(records, secrets))
    return made


@contextmanager
def by_force(path: Path) -> Iterator[sqlite3.Connection]:
    """The file without what protects it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        connection.commit()


def checked(folder: Path, secrets: Secrets = SECRETS) -> Verified:
    """What a verification of the folder finds."""
    return checking.verify(folder / "audit.db", secrets)


def rows(folder: Path) -> list[tuple[int, str, str, str, int]]:
    """Number, party, action, outcome and count of every record."""
    with closing(sqlite3.connect(folder / "audit.db")) as connection:
        return connection.execute("SELECT number, party, action, outcome, count FROM record ORDER BY number").fetchall()


def auditor(folder: Path) -> Auditor:
    """The audit of a folder."""
    return Auditor(folder, SECRETS)
