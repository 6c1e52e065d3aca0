"""The log on a bus: what is accepted comes to every reader once, whole and in order, or somebody hears why not."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest

from city.batches import batch, first_time
from city.parts import Nats
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.bus import Bus, Message
from yuzhang.foundation.log.embedded import append_row, row_of
from yuzhang.foundation.log.errors import BusAway, BusUnfit, LogBusy
from yuzhang.foundation.log.framing import framed
from yuzhang.foundation.log.model import Changes, Described, Observations
from yuzhang.foundation.log.parts import parts_of
from yuzhang.foundation.log.stream import StreamLog

pytestmark = pytest.mark.services


@pytest.fixture
def broker(storage: Storage, present: str, bus: str) -> Iterator[Broker]:
    """A broker whose log is a stream of its own; nobody relays or reads."""
    made = Broker(storage, BrokerSettings(database=present, bus=bus))
    loop = asyncio.new_event_loop()
    loop.run_until_complete(made.start(serving=False))
    yield made
    loop.run_until_complete(made.stop())
    loop.close()


@pytest.fixture
def stream(broker: Broker) -> StreamLog:
    """Its log."""
    assert broker.stream is not None
    return broker.stream


def raw(stream: StreamLog, name: str, payload: bytes, **headers: str) -> None:
    """Put a message on the stream that is no record."""
    stream.bus.ask(stream.bus.put([Message(name, payload, headers)]))


def test_batches_and_writes_come_to_a_reader_in_order_and_are_forgotten_when_all_have_them(
    broker: Broker, stream: StreamLog
) -> None:
    broker.accept_now(batch(1))
    stream.relay.start()
    broker.accept_now(Described("", 2, "urn:x:1", ["Station"]))
    head = stream.head()
    broker.accept_now(batch(3))
    assert stream.wait(head, 10)
    entries, last = stream.read(0, 2**20)
    assert [type(one.record) for one in entries] == [Observations, Described, Observations]
    assert stream.read(last, 2**20) == ([], last)
    assert not stream.wait(last, 0.01)
    stream.hold("backup", entries[0].position, 60)
    broker.writer.now(
        lambda transaction: transaction.many("UPDATE log_place SET position = ? WHERE until IS NULL", [(last,)])
    )
    stream.trim()
    assert len(stream.read(entries[0].position, 2**20)[0]) == 2, "what is held stays"
    stream.release("backup")
    stream.trim()
    assert stream.bus.ask(stream.bus.state())[2] == 0
    assert stream.head() == last


def test_a_reader_gets_about_as_much_as_it_asked_for(broker: Broker, stream: StreamLog) -> None:
    for number in range(20):
        broker.accept_now(batch(number * 1000, 1000))
    found: list[int] = []
    place = 0
    while found[-1:] != [19_000]:
        entries, place = stream.read(place, 50_000)
        assert 1 <= len(entries) <= 4
        found += [first_time(one.record) for one in entries]
    assert found == [number * 1000 for number in range(20)]


def test_a_batch_larger_than_a_message_comes_whole_in_its_place(broker: Broker, stream: StreamLog) -> None:
    large = batch(2, 1_200_000)
    assert len(framed(large)[0]) > 2 * 8 * 2**20
    for one in (batch(1), large, batch(3)):
        broker.accept_now(one)
    small, place = stream.read(0, 1)
    assert [first_time(one.record) for one in small] == [1]
    rest, _ = stream.read(place, 2**30)
    assert [first_time(one.record) for one in rest] == [2, 3]
    assert rest[0].record == large


def test_a_damaged_record_is_set_aside_and_told_and_the_rest_goes_on(
    broker: Broker, stream: StreamLog, present: str, caplog: pytest.LogCaptureFixture
) -> None:
    payload, checksum = framed(batch(2))
    broker.accept_now(batch(1))
    raw(stream, "bent", payload[:-1] + b"\x00", **{"Yuzhang-Checksum": f"{checksum:08x}"})
    raw(stream, "stray", b"hello")
    one, two, _ = parts_of("cut", payload, checksum, len(payload) // 3 + 1)
    raw(stream, "cut1", one.payload, **one.headers)
    broker.accept_now(batch(3))
    raw(stream, "cut2", two.payload, **two.headers)
    with caplog.at_level(logging.ERROR):
        entries, last = stream.read(0, 2**20)
    assert [first_time(entry.record) for entry in entries] == [1, 3]
    assert last == 6
    with psycopg.connect(present) as connection:
        kept = connection.execute("SELECT position, payload FROM log_damaged ORDER BY position").fetchall()
    assert [position for position, _ in kept] == [2, 3, 4, 6]
    assert kept[1][1] == b"hello"
    for position in (2, 3, 4, 6):
        assert f"Record {position} of the log fails its checksum; it was set aside" in caplog.text


def test_records_that_the_bus_lost_are_told_by_their_places(
    broker: Broker, stream: StreamLog, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(4):
        broker.accept_now(batch(number))
    for place in (2, 3):
        stream.bus.ask(stream.bus._api(f"STREAM.MSG.DELETE.{stream.bus.address.stream}", {"seq": place}))
    with caplog.at_level(logging.ERROR):
        entries, _ = stream.read(0, 2**20)
    assert [first_time(one.record) for one in entries] == [0, 3]
    assert "Records 2 to 3 of the log are not on the bus" in caplog.text


def test_a_full_bus_lets_whoever_sends_wait_and_keeps_what_it_has(
    broker: Broker, stream: StreamLog, nats: Nats
) -> None:
    small = StreamLog(nats.url("small"), broker.database.reader, broker.writer.now, broker.lead("small"))
    small.bus.most_bytes = 100_000
    small.open()
    taken = list(_put_until_busy(small))
    with pytest.raises(LogBusy):
        small.put(row_of(batch(0, 1_000_000)))  # of which not even a part is kept
    entries, _ = small.read(0, 2**30)
    small.close()
    assert [first_time(one.record) for one in entries] == taken
    assert len(taken) > 10


def _put_until_busy(log: StreamLog) -> Iterator[int]:
    for number in range(100):
        try:
            log.put(row_of(batch(number, 100)))
        except LogBusy:
            return
        yield number


def test_what_a_relay_took_and_did_not_delete_is_taken_once(broker: Broker, stream: StreamLog) -> None:
    changes = [Changes("", number, []) for number in range(5)]
    rows = [row_of(one) for one in changes]
    for row in rows[:3]:
        broker.writer.now(partial(append_row, row=row))
    # As if a relay had ended just before it deleted them.
    room = stream.bus.ask(stream.bus.room())
    waiting = [
        part
        for number, (_, _, checksum, payload) in enumerate(rows[:3], 1)
        for part in parts_of(f"outbox-{number}-{checksum:08x}", payload, checksum, room)
    ]
    stream.bus.ask(stream.bus.put(waiting))
    for row in rows[3:]:
        broker.writer.now(partial(append_row, row=row))
    stream.relay.start()
    stream.head()
    assert [one.record for one in stream.read(0, 2**20)[0]] == changes


def test_a_bus_that_is_started_again_has_all_that_it_acknowledged(broker: Broker) -> None:
    own = Nats()
    own.start()
    log = StreamLog(own.url("own"), broker.database.reader, broker.writer.now, broker.lead("own"))
    log.open()
    for number in range(50):
        log.put(row_of(batch(number)))
    own.stop()
    starting = threading.Thread(target=own.start)
    starting.start()
    log.put(row_of(batch(50)))  # waits for it
    starting.join()
    assert [first_time(one.record) for one in log.read(0, 2**20)[0]] == list(range(51))
    log.close()
    own.drop()


def test_a_bus_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuzhang.foundation.log.bus.PATIENCE_S", 0.1)
    gone = Bus("nats://secret:word@127.0.0.1:9/a", 10**6)
    with pytest.raises(BusAway, match=r"does not answer: 127\.0\.0\.1:9\."):
        gone.ask(gone.open(1))
    gone.close()


def test_a_new_stream_begins_after_what_was_filed_and_an_older_one_is_refused(
    broker: Broker, stream: StreamLog, nats: Nats
) -> None:
    broker.writer.now(lambda transaction: transaction.many("UPDATE log_place SET position = ?", [(500,)]))
    fresh = StreamLog(nats.url("fresh"), broker.database.reader, broker.writer.now, broker.lead("fresh"))
    fresh.open()
    fresh.put(row_of(batch(1)))
    assert [one.position for one in fresh.read(500, 2**20)[0]] == [501]
    fresh.close()
    with pytest.raises(BusUnfit, match="last_seq = 0 < 500"):
        stream.open()
