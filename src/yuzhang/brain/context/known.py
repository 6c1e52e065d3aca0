"""Which entities the present has, remembered, so that a sensor's thousandth batch asks no database."""

from collections.abc import Iterable, Mapping

from yuzhang.brain.context.model import Change
from yuzhang.brain.context.store.engines import Database
from yuzhang.brain.context.store.transaction import Transaction

MOST_KNOWN = 500_000
IDS_AT_ONCE = 400


class KnownEntities:
    """The ids that were asked for and were there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, set[str]] = {}
        self._coming: dict[str, dict[str, str]] = {}

    def expect(self, tenant: str, types: Mapping[str, str]) -> None:
        """Entities that the log has observations of, and the present not yet: whoever sends of them again need not say their type again."""
        if types:
            coming = self._coming.setdefault(tenant, {})
            if len(coming) + len(types) > MOST_KNOWN:
                coming.clear()
            coming.update(types)

    def coming(self, tenant: str, ids: Iterable[str]) -> dict[str, str]:
        """The types of those of `ids` that are expected."""
        coming = self._coming.get(tenant)
        return {one: coming[one] for one in ids if one in coming} if coming else {}

    def known(self, tenant: str, ids: set[str]) -> set[str]:
        """Those of `ids` that are there."""
        remembered = self._known.setdefault(tenant, set())
        asked = list(ids - remembered)
        if len(remembered) + len(asked) > MOST_KNOWN:
            remembered.clear()
            asked = list(ids)
        for at in range(0, len(asked), IDS_AT_ONCE):
            some = asked[at : at + IDS_AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._database.reader().all(
                "SELECT e.id FROM context_entity e JOIN context_space s ON s.space = e.space "  # noqa: S608  # marks
                f"WHERE s.tenant = ? AND s.snapshot = '' AND e.id IN ({marks})",
                (tenant, *some),
            )
            remembered.update(id_ if isinstance(id_, str) else id_.decode() for (id_,) in rows)
        return ids & remembered

    def changed(self, _transaction: Transaction, changes: list[Change]) -> None:
        """Forget those that are deleted."""
        for one in changes:
            if one.after is None and one.before is not None:
                self._known.get(one.tenant, set()).discard(one.before.id)
                self._coming.get(one.tenant, {}).pop(one.before.id, None)
