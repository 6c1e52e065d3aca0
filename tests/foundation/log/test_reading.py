"""Readers of the embedded log: each reads at its own place, and what one of them decoded is there for the others."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest

from yuzhang.core.storage import Storage
from yuzhang.foundation.log.embedded import EmbeddedLog, append
from yuzhang.foundation.log.model import Columns, Entry, Key, observations
from yuzhang.foundation.log.recent import Recent


class Tables:
    """A transaction or reader over the tables of a storage."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        found = self.connection.exec_driver_sql(sql, tuple(parameters))
        return [tuple(row) for row in found] if found.returns_rows else []

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        for row in rows:
            self.connection.exec_driver_sql(sql, tuple(row))


class Reading:
    """A reader that opens a connection for each question."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.storage.reading() as connection:
            return Tables(connection).all(sql, parameters)


@pytest.fixture
def log(storage: Storage) -> EmbeddedLog:
    """A log of three records."""

    def write(work: Callable[[Any], Any]) -> Any:
        with storage.writing() as connection:
            return work(Tables(connection))

    made = EmbeddedLog(lambda: Reading(storage), write)
    for number in range(3):
        columns = Columns(np.zeros(1, np.int32), np.array([number]), np.array([float(number)]))
        record = observations("", 5, [Key(f"urn:x:{number}", "level")], columns)
        write(partial(append, record=record))
    return made


def test_what_one_reader_decoded_is_there_for_the_next_one(log: EmbeddedLog) -> None:
    first, last = log.read(0, 2**20)
    second, again = log.read(1, 2**20)
    assert [one.position for one in first] == [1, 2, 3]
    assert (last, again) == (3, 3)
    assert [one.record is other.record for one, other in zip(first[1:], second, strict=True)] == [True, True]


def test_a_record_that_the_disk_damaged_is_set_aside_whoever_reads_it_first(log: EmbeddedLog, storage: Storage) -> None:
    with storage.writing() as connection:
        connection.exec_driver_sql("UPDATE log_record SET payload = x'00' WHERE position = 2")
    for after, expected in ((0, [1, 3]), (1, [3]), (0, [1, 3])):
        entries, last = log.read(after, 2**20)
        assert ([one.position for one in entries], last) == (expected, 3)
    with storage.reading() as connection:
        assert connection.exec_driver_sql("SELECT position FROM log_damaged").fetchall() == [(2,)]


def test_readers_that_are_far_behind_cost_no_memory_without_end() -> None:
    record = observations("", 5, [], Columns(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0)))
    recent = Recent(100)
    for position in range(1, 6):
        recent.put(Entry(position, record), 40)
        recent.put(Entry(position, record), 40)
    recent.put(Entry(6, record), 101)
    assert [position for position in range(1, 7) if recent.get(position) is not None] == [4, 5]
