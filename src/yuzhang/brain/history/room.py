"""History in one process: the recorder that files, and the reads that everything else is made of."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.threads import in_thread
from yuzhang.brain.history import migrating
from yuzhang.brain.history.errors import NotFiledYet
from yuzhang.brain.history.keeping.keeper import Keeper
from yuzhang.brain.history.model import ALWAYS, Known, Limit, Policy, Series, Window
from yuzhang.brain.history.recorder import Recorder
from yuzhang.brain.history.store import lake as tables
from yuzhang.brain.history.store import registry
from yuzhang.core.lake import newest_snapshot
from yuzhang.core.language import Title
from yuzhang.core.leading import Leading
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.model import Key

PATIENCE_S = 20.0


class History:
    """The observations of all tenants over time. `start` and `stop` belong to the process that serves, around the broker's own."""

    def __init__(self, broker: Broker, storage: Storage, lead: Leading | None = None) -> None:
        self.broker = broker
        self.storage = storage
        self.lead = lead or broker.lead("history")
        self.recorder = Recorder(broker, storage, self.lead)
        self.keeper = Keeper(self)

    async def start(self, *, serving: bool = True) -> None:
        """Begin to file; without `serving` it only reads. Raises what opening the lake raises; OlderLake."""
        await in_thread(self._make)
        if serving:
            await in_thread(migrating.at_start, self)
            self.recorder.start()
            self.keeper.start()

    def _make(self) -> None:
        with self.storage.lake_alone() as lake:
            tables.make(lake)

    async def stop(self) -> None:
        """End, before the broker does: the recorder writes through it."""
        await in_thread(self.keeper.stop)
        await in_thread(self.recorder.stop)

    async def settled(self) -> None:
        """Return when everything accepted before is filed. Raises NotFiledYet after PATIENCE_S."""
        await in_thread(self.settle)

    def settle(self) -> None:
        """The same for threads."""
        if not self.recorder.wait(self.broker.log.head(), PATIENCE_S):
            raise NotFiledYet(
                Title("已保存，但尚未归档。", "It is kept, but not filed yet."),
                fix=Title("稍后即可查到。", "It will be found in a while; do not send it again."),
            )

    def lake(self) -> AbstractContextManager[tables.Lake]:
        """A cursor on the lake, to read as of one snapshot."""
        return self.storage.lake_reading()

    def snapshot(self) -> int:
        """The lake's newest snapshot."""
        with self.lake() as lake:
            return newest_snapshot(lake)

    def known(self, tenant: str, ids: Sequence[str], within: Limit | None = None) -> dict[str, Known]:
        """Those of the entities `ids` that history knows; `within`: that are seen."""
        return registry.known(self.broker.database.reader(), tenant, ids, within)

    def policies(self) -> list[Policy]:
        """How long observations are kept, by number; the first one is everybody else's."""
        return registry.policies(self.broker.database.reader())

    def series_of(
        self,
        tenant: str,
        *,
        entities: Sequence[str] | None = None,
        attributes: Sequence[str] | None = None,
        numbers: Sequence[int] | None = None,
        types: Sequence[str] | None = None,
        limit: int | None = None,
        after: int = 0,
        within: Limit | None = None,
    ) -> list[Series]:
        """Series by what they are of, in the order of their numbers; those after the number `after`, at most `limit`.

        `within`: those that are seen.
        """
        return registry.select_series(
            self.broker.database.reader(),
            tenant,
            entities=entities,
            attributes=attributes,
            numbers=numbers,
            types=types,
            limit=limit,
            after=after,
            within=within,
        )

    def keys(self, tenant: str, numbers: Sequence[int]) -> dict[int, Key]:
        """What the series with these numbers are of; unknown ones are left out."""
        found = self.series_of(tenant, numbers=numbers)
        return {one.number: Key(one.entity, one.attribute, one.dataset) for one in found}

    def rows(
        self,
        numbers: Sequence[int],
        window: Window = ALWAYS,
        *,
        last_n: int | None = None,
        snapshot: int | None = None,
    ) -> pa.Table:
        """Rows of series in a window, by series and time; the columns are model.COLUMNS. `last_n`: the newest ones of each series only.

        `snapshot`: as the lake was then.
        """
        with self.lake() as lake:
            return tables.rows_of(lake, numbers, window, last_n, snapshot)
