"""What observations make of the present: the newest of each attribute by event time, whatever way it is found out."""

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.drafts import Draft
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.moments import microseconds, stamp
from yuzhang.brain.context.observing import READER, newest_of, renew
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.model import OBSERVED, Columns, Entry, Key, NewEntity, Observations, observations

PUMP = "urn:ngsi-ld:Pump:1"
AT = microseconds("2026-01-02T03:04:05Z")
NUMBER, WORD, PLACE = (
    None,
    '{"type":"Property","value":"high"}',
    '{"type":"GeoProperty","value":{"type":"Point","coordinates":[115.9,28.7]}}',
)


def record(*rows: tuple[str, str, int, float, str | None, bool], new: bool = False) -> Observations:
    """A record of rows: attribute, dataset, time, number, what is beside it, whether the time is that of the observation."""
    keys = list(dict.fromkeys(Key(PUMP, one[0], one[1]) for one in rows))
    columns = Columns(
        np.array([keys.index(Key(PUMP, one[0], one[1])) for one in rows], np.int32),
        np.array([one[2] for one in rows], np.int64),
        np.array([np.nan if one[4] is not None else one[3] for one in rows], np.float64),
        [one[4] for one in rows],
        np.array([OBSERVED if one[5] else 0 for one in rows], np.uint8),
    )
    return observations("", AT + 50, keys, columns, [NewEntity(PUMP, "Pump")] if new else [])


def plainly(entity: Entity, rows: list[tuple[str, str, int, float, str | None, bool]], now: int) -> dict[str, Any]:
    """The present after one record as a reader of the standard would work it out: row by row, without a short way."""
    newest: dict[tuple[str, str], tuple[str, str, int, float, str | None, bool]] = {}
    for one in rows:
        if one[:2] not in newest or one[2] >= newest[one[:2]][2]:
            newest[one[:2]] = one
    draft = Draft(entity, now)
    for name, dataset, time, number, rest, is_observed in newest.values():
        there = next((one for one in entity.instances(name) if one.get("datasetId", "") == dataset), None)
        if there is not None:
            then = there.get("observedAt")
            if (time < microseconds(then)) if then else (entity.attribute_times(name, dataset)[1] > AT + 50):
                continue
        made: dict[str, Any] = {"type": "Property", "value": int(number) if number == int(number) else number}
        if rest is not None:
            made = {"type": "Property", "value": "high"} if rest is WORD else {"type": "GeoProperty", "value": POINT}
        made |= {"observedAt": stamp(time)} if is_observed else {}
        made |= {"datasetId": dataset} if dataset else {}
        beside = draft.find(name, dataset or None) if rest is None else None
        draft.put(name, {**beside, **made} if beside is not None and beside["type"] == "Property" else made)
    return {"body": draft.body, "times": draft.times, "touched": draft.touched}


POINT = {"type": "Point", "coordinates": [115.9, 28.7]}
MOMENTS = st.sampled_from([AT, AT + 1, AT + 100_000, AT + 120_000, AT + 123_456, AT + 1_000_000])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["level", "flow", "state"]),
        st.sampled_from(["", "", "urn:d:1"]),
        MOMENTS,
        st.sampled_from([1.0, 2.5]),
        st.sampled_from([NUMBER, NUMBER, WORD, PLACE]),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)
THERE = st.dictionaries(
    st.sampled_from(["level", "flow", "state"]),
    st.sampled_from([
        {"type": "Property", "value": 7, "unitCode": "MTR"},
        {"type": "Property", "value": 7, "unitCode": "MTR", "observedAt": "2026-01-02T03:04:05.12Z"},
        {"type": "Property", "value": 7, "observedAt": "2026-01-02T03:04:05,123456789Z"},
        {"type": "Property", "value": 7, "observedAt": "2026-01-02T03:04:05.123Z"},
        {"type": "Property", "value": 7, "observedAt": "2026-01-02T03:04:06Z"},
        {"type": "Property", "value": 7, "datasetId": "urn:d:1", "observedAt": "2026-01-02T03:04:05.100001Z"},
        {"type": "Relationship", "object": "urn:x:2"},
        [{"type": "Property", "value": 7}, {"type": "Property", "value": 8, "datasetId": "urn:d:1"}],
    ]),
)  # fmt: skip


@given(THERE, ROWS, st.sampled_from([AT, AT + 100]))
def test_the_newest_by_event_time_wins_whatever_was_there(
    there: dict[str, Any], rows: list[Any], modified: int
) -> None:
    entity = Entity({"id": PUMP, "type": "Pump", **there}, AT, modified, {one: (AT, modified) for one in there})
    ((_, _, _, found, accepted),) = newest_of([Entry(1, record(*rows))])
    draft = Draft(entity, AT + 200)
    alike = renew(draft, found, accepted)
    assert {"body": draft.body, "times": draft.times, "touched": draft.touched} == plainly(entity, rows, AT + 200)
    if alike:
        for name in draft.touched:
            assert entity.body[name]["type"] == draft.body[name]["type"] == "Property"


def test_a_declared_attribute_is_found_by_its_newest_value_and_an_undeclared_one_is_kept_too(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    broker = Broker(storage)
    broker.writer.start()
    try:
        told: list[Any] = []
        broker.on_change(lambda _, changes: told.extend(changes))
        broker.accept_now(record(("level", "", AT, 1.0, None, True), ("flow", "", AT, 5.0, None, True), new=True))
        taken(broker)
        broker.writer.now(lambda transaction: transaction.declare(1, "level"))
        broker.accept_now(record(("level", "", AT + 1, 2.5, None, True), ("flow", "", AT + 1, 6.0, None, True)))
        broker.accept_now(record(("level", "", AT, 9.0, None, True), ("state", "", AT + 1, 0.0, WORD, True)))
        taken(broker)
        broker.accept_now(record(("flow", "", AT + 2, 7.0, None, True)))
        taken(broker)
        entity = broker.store.retrieve(1, PUMP)
        assert entity is not None
        body = entity.open().body
        assert [body[one]["value"] for one in ("level", "flow", "state")] == [2.5, 7, "high"]
        sql = "SELECT value FROM context_value_number"
        assert broker.database.reader().all(sql) == [(2.5,)]
        assert sorted(told[-1].touched) == ["flow"]
        assert broker.log.place(READER) == broker.log.head()
    finally:
        broker.writer.stop()
        broker.database.close()
        storage.close()


def taken(broker: Broker) -> None:
    """What the log has is learned, as the broker's thread does it."""
    broker.observing._take(broker.log.place(READER))
