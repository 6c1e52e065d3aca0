"""History over a storage of its own, into which a test files what it likes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest
from anyio.from_thread import start_blocking_portal

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.history.room import History
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.model import Columns, Key, NewEntity, observations

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def us(*date: int) -> int:
    """A moment in microseconds."""
    return int(datetime(*date, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[misc,arg-type]  # whole numbers


@dataclass
class Kept:
    """History, and a way in."""

    history: History

    def file(self, entity: str, kind: str, times: Sequence[int], values: Sequence[float]) -> None:
        """Have observations of `level` accepted and filed."""
        columns = Columns(
            np.zeros(len(times), np.int32), np.array(times, np.int64), np.array(values, np.float64), None, None
        )
        broker = self.history.broker
        broker.accept_now(observations("", broker.now(), [Key(entity, "level")], columns, [NewEntity(entity, kind)]))
        self.history.settle()

    def rows(self, entity: str) -> list[tuple[int, float]]:
        """What history has of an entity: time and value."""
        numbers = [one.number for one in self.history.series_of("", entities=[entity])]
        table = self.history.rows(numbers)
        return list(zip(table["time"].cast("int64").to_pylist(), table["value"].to_pylist(), strict=True))

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """What the lake says."""
        with self.history.lake() as lake:
            return lake.execute(sql).fetchall()


@pytest.fixture
def kept(storage: Storage) -> Iterator[Kept]:
    """History that files and does not tidy by itself."""
    broker = Broker(storage)
    history = History(broker, storage)
    with start_blocking_portal() as portal:
        portal.call(broker.start)
        portal.call(history.start)
        yield Kept(history)
        portal.call(history.stop)
        portal.call(broker.stop)
