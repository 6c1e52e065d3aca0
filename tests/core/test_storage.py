"""Storage: writers that wait leave readers their connections."""

from pathlib import Path
from threading import Event, Thread

import pytest

from yuzhang.core import storage as module
from yuzhang.core.errors import TryAgain
from yuzhang.core.storage import Storage

WRITERS = 20


def test_readers_are_served_while_many_writers_wait_for_their_turn(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    begun, done, written = Event(), Event(), []

    def hold() -> None:
        with storage.writing():
            begun.set()
            done.wait(30)

    def write(number: int) -> None:
        with storage.writing():
            written.append(number)

    holder = Thread(target=hold)
    holder.start()
    begun.wait(30)
    waiting = [Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for one in waiting:
        one.start()
    # More connections than the pool has would make this wait until the holder ends, which it does only afterwards.
    with storage.reading() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    assert written == []
    done.set()
    for one in (holder, *waiting):
        one.join(30)
    assert sorted(written) == list(range(WRITERS))
    storage.close()


def test_writer_that_waits_too_long_is_told_to_try_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = Storage(tmp_path)
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 20)
    with storage.writing(), pytest.raises(TryAgain), storage.writing():
        pass
    with storage.writing():
        pass
    storage.close()
