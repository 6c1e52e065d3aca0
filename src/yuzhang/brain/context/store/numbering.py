"""Short numbers for long texts that come again and again: names of attributes and types, and spaces of tenants."""

from typing import TYPE_CHECKING

from yuzhang.brain.context.store.engines import Database

if TYPE_CHECKING:
    from yuzhang.brain.context.store.transaction import Transaction


class Numbering:
    """The numbers that this process knows. What a transaction adds counts for others once it is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers: dict[str, int] = {}
        self._texts: dict[int, str] = {}
        self._spaces: dict[tuple[str, str], int] = {}
        self._fresh_numbers: dict[str, int] = {}
        self._fresh_spaces: dict[tuple[str, str], int] = {}
        self._declared: dict[int, frozenset[str]] = {}
        self._none: frozenset[str] = frozenset()

    def number(self, transaction: "Transaction", text: str) -> int:
        """The number of a name inside a write; given now if it has none."""
        found = self._numbers.get(text) or self._fresh_numbers.get(text)
        if found is not None:
            return found
        rows = transaction.all("SELECT name FROM context_name WHERE text = ?", (text,))
        if not rows:
            transaction.many(
                "INSERT INTO context_name (name, text) SELECT coalesce(max(name), 0) + 1, ? FROM context_name",
                [(text,)],
            )
            rows = transaction.all("SELECT name FROM context_name WHERE text = ?", (text,))
        self._fresh_numbers[text] = int(rows[0][0])
        return int(rows[0][0])

    def known(self, text: str) -> int | None:
        """The number of a name for a query; None if nothing was ever stored under it."""
        found = self._numbers.get(text)
        if found is None and "\0" not in text:  # which PostgreSQL keeps in no text
            row = self._database.reader().one("SELECT name FROM context_name WHERE text = ?", (text,))
            if row is not None:
                found = self._numbers[text] = int(row[0])
        return found

    def text(self, number: int) -> str:
        """The name that has a number."""
        found = self._texts.get(number)
        if found is None:
            row = self._database.reader().one("SELECT text FROM context_name WHERE name = ?", (number,))
            assert row is not None  # noqa: S101  # numbers are never taken back
            found = self._texts[number] = bytes(row[0]).decode()
        return found

    def space(self, tenant: str, snapshot: str = "") -> int | None:
        """The number of a tenant's space; None if there is none. The default tenant is always there."""
        found = self._spaces.get((tenant, snapshot))
        if found is None:
            row = self._database.reader().one(
                "SELECT space FROM context_space WHERE tenant = ? AND snapshot = ?", (tenant, snapshot)
            )
            if row is not None:
                found = self._spaces[tenant, snapshot] = int(row[0])
        return found

    def space_in(self, transaction: "Transaction", tenant: str, snapshot: str) -> int | None:
        """The number of a tenant's space inside a write; None if there is none."""
        found = self._spaces.get((tenant, snapshot)) or self._fresh_spaces.get((tenant, snapshot))
        if found is None:
            rows = transaction.all(
                "SELECT space FROM context_space WHERE tenant = ? AND snapshot = ?", (tenant, snapshot)
            )
            if rows:
                found = self._fresh_spaces[tenant, snapshot] = int(rows[0][0])
        return found

    def make_space(self, transaction: "Transaction", tenant: str, snapshot: str) -> int:
        """The number of a tenant's space inside a write; given now if it has none."""
        found = self.space_in(transaction, tenant, snapshot)
        if found is None:
            transaction.many(
                "INSERT INTO context_space (space, tenant, snapshot) "
                "SELECT coalesce(max(space), 0) + 1, ?, ? FROM context_space",
                [(tenant, snapshot)],
            )
            found = self.space_in(transaction, tenant, snapshot)
        assert found is not None  # noqa: S101  # it was just made
        return found

    def declared_texts(self, space: int) -> frozenset[str]:
        """The names of the attributes whose values are indexed in `space`."""
        return self._declared.get(space, self._none)

    def learn_declared(self, transaction: "Transaction") -> None:
        """Read which attributes are declared: another process may have changed it."""
        found: dict[int, set[str]] = {}
        for space, text in transaction.all(
            "SELECT d.space, n.text FROM context_declared d JOIN context_name n ON n.name = d.name"
        ):
            found.setdefault(space, set()).add(text)
        self._declared = {space: frozenset(names) for space, names in found.items()}

    def keep(self) -> None:
        """The transaction is committed: what it gave counts."""
        self._numbers.update(self._fresh_numbers)
        self._spaces.update(self._fresh_spaces)
        self.forget()

    def forget(self) -> None:
        """The transaction, or a part of it, was rolled back: what it gave does not count."""
        self._fresh_numbers.clear()
        self._fresh_spaces.clear()
