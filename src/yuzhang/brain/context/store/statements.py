"""The statements of a plan, written once for each form that plans have: what differs between most of them are parameters."""

from functools import lru_cache
from typing import NamedTuple

from yuzhang.brain.context.store.kept import ENTITY_COLUMNS

COLUMNS = ", ".join(f"e.{one.strip()}" for one in ENTITY_COLUMNS.split(","))
GONE = "WITH gone(key) AS (SELECT key FROM context_entity WHERE expires <= ?) "
SEEN = f"{GONE.rstrip()}, seen(key) AS (SELECT CAST(? AS bigint)) "
HERE = "d.key NOT IN (SELECT key FROM gone)"
JOINED = "p JOIN context_entity e ON e.key = p.key ORDER BY p.key"


class Form(NamedTuple):
    """One way to keys without its parameters: where it starts, what must hold beside, and whether keys come in order."""

    source: str
    checks: tuple[str, ...]
    ordered: bool

    @property
    def conditions(self) -> str:
        """All that must hold beside."""
        return "".join(f" AND {text}" for text in self.checks)

    def keys(self) -> str:
        """SQL that gives the keys."""
        return f"SELECT d.key FROM {self.source}{self.conditions} AND {HERE}"  # noqa: S608  # our own tables

    def unseen(self) -> str:
        """SQL that gives the keys after the last one seen."""
        # The sign keeps a database from preferring this condition to a narrow set of keys.
        narrow = any("d.key IN" in text for text in self.checks)
        return f"{self.keys()} AND {'+' if narrow else ''}d.key > (SELECT key FROM seen)"  # noqa: S608  # as above

    def bodies(self) -> str:
        """SQL that gives key, body and end of the entities in the order of keys; empty if the index is not in that order."""
        table, where = self.source.split(" WHERE ", 1)
        if not self.ordered or table == "context_entity d":
            return ""
        return (
            f"SELECT e.key, e.body, e.expires FROM {table} JOIN context_entity e ON e.key = d.key "  # noqa: S608  # as above
            f"WHERE {where}{self.conditions} AND (e.expires IS NULL OR e.expires > ?) ORDER BY d.key LIMIT ? OFFSET ?"
        )


class Statements(NamedTuple):
    """What `Plan` says of each."""

    paged: str
    counted: str
    all: str
    bodies: str


@lru_cache(maxsize=2048)
def statements(forms: tuple[Form, ...]) -> Statements:
    """The statements for keys that come by one of `forms`."""
    keys = " UNION ".join(one.keys() for one in forms)
    unseen = " UNION ".join(one.unseen() for one in forms)
    return Statements(
        f"{GONE}SELECT {COLUMNS} FROM ({keys} ORDER BY 1 LIMIT ? OFFSET ?) {JOINED}",  # noqa: S608  # our own tables
        f"{GONE}SELECT count(*) FROM ({keys}) k",  # noqa: S608
        f"{SEEN}SELECT {COLUMNS} FROM ({unseen} ORDER BY 1 LIMIT ?) {JOINED}",  # noqa: S608
        forms[0].bodies() if len(forms) == 1 else "",
    )
