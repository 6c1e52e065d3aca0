"""Whatever is done to entities, in whatever order, they are as plain Python remembers them, and are found by what they are."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import event

from brain.context.consistency import assert_consistent
from brain.context.store.plainly import holds, written
from brain.context.store.remembered import NULL, Json, Remembered, as_list, end_of, instances
from yuzhang.brain.context import actions, merging
from yuzhang.brain.context import broker as broker_module
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import ContextError
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.query import Selection, parse_geo, parse_q, parse_types
from yuzhang.brain.context.reading import read_attribute, read_entity, read_fragment
from yuzhang.brain.context.rendering import Representation, render
from yuzhang.brain.context.snapshots.actions import create_snapshot, delete_snapshot, fill_snapshot
from yuzhang.brain.context.store import entities, kept, selecting, sweeping, writer
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage

SYSATTRS = Representation(sysattrs=True)
SECOND = 1_000_000
TENANTS = map("t{}".format, count())

IDS = st.sampled_from([f"urn:e:{number}" for number in range(4)])
NAMES = st.sampled_from(["a", "b", "location"])
ENDS = st.sampled_from([None, None, None, None, -1, 2, 1000])
SCALARS = [0, 1, True, False, 1.5, "x", "true", ""]
VALUES = st.sampled_from(
    [*SCALARS, [1, "x"], [True], [], {"m": 1}, {"m": {"n": True}}, {"type": "Property", "value": 1}]
)
TARGETS = st.sampled_from(["urn:o:1", "urn:o:2", ["urn:o:1", "urn:o:2"]])
PLACES = st.tuples(st.integers(0, 3), st.integers(0, 3))


def place(corner: tuple[int, int]) -> Json:
    return {"type": "Point", "coordinates": list(corner)}


def instance(*, nulls: bool) -> st.SearchStrategy[Json]:
    """An instance; "ends" says in how many seconds it does. `nulls`: some stand for a deletion."""
    null = [st.just(NULL)] if nulls else []
    patches = [st.just({"m": NULL}), st.just({"m": {"n": NULL, "k": 1}})] if nulls else []
    part = st.fixed_dictionaries(
        {"type": st.just("Property"), "value": st.one_of(VALUES, *null)},
        optional={"unitCode": st.sampled_from(["M", *([NULL] if nulls else [])])},
    )
    kinds = st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("Property"), "value": st.one_of(VALUES, *null)},
            optional={"unitCode": st.sampled_from(["M", *([NULL] if nulls else [])]), "s": part},
        ),
        *(st.fixed_dictionaries({"type": st.just("Property"), "value": one}) for one in patches),
        st.fixed_dictionaries(
            {"type": st.just("Relationship"), "object": st.one_of(TARGETS, *null)}, optional={"s": part}
        ),
        st.fixed_dictionaries({"type": st.just("GeoProperty"), "value": st.one_of(PLACES.map(place), *null)}),
        st.fixed_dictionaries(
            {"type": st.just("ListProperty"), "valueList": st.lists(st.sampled_from(SCALARS), max_size=2)}
        ),
        st.fixed_dictionaries(
            {"type": st.just("LanguageProperty"), "languageMap": st.sampled_from([{"en": "x"}, {"fr": "y", "en": "x"}])}
        ),
    )
    return st.builds(lambda one, ends: one | ({"ends": ends} if ends else {}), kinds, ENDS)


def attribute(*, nulls: bool = False) -> st.SearchStrategy[Any]:
    one = instance(nulls=nulls)
    return st.one_of(
        one,
        one,
        one.map(lambda given: given | {"datasetId": "urn:d:1"}),
        st.tuples(one, one).map(lambda two: [two[0], two[1] | {"datasetId": "urn:d:1"}]),
    )


def fragment(*, nulls: bool = False) -> st.SearchStrategy[Json]:
    scopes = st.sampled_from([None, None, "/p", ["/p", "/q"], *([NULL] if nulls else [])])
    kinds = st.sampled_from([None, "T", "U", ["V", "U"]])
    return st.builds(
        lambda attributes, scope, kind, ends: {
            **({"type": kind} if kind else {}),
            **({"scope": scope} if scope else {}),
            **({"ends": ends} if ends else {}),
            **{name: one for name, one in attributes.items() if name != "location" or is_place(one)},
        },
        st.dictionaries(NAMES, attribute(nulls=nulls), max_size=3),
        scopes,
        kinds,
        ENDS,
    )


def is_place(found: Any) -> bool:
    return all(one["type"] == "GeoProperty" for one in as_list(found))


def whole(entity: str, given: Json) -> Json:
    return {"id": entity, "type": "T"} | given


BODIES = st.builds(whole, IDS, fragment())
BATCHES = st.lists(BODIES, min_size=1, max_size=3)


class Clock:
    """Time that only the test lets go on."""

    def __init__(self) -> None:
        self.us = 1_800_000_000 * SECOND

    def time_ns(self) -> int:
        return self.us * 1000


class History(RuleBasedStateMachine):
    """One tenant's entities, kept and remembered."""

    def __init__(self, broker: Broker, clock: Clock, run: Callable[..., Any]) -> None:
        super().__init__()
        self.broker, self.clock, self.run = broker, clock, run
        self.tenant = next(TENANTS)
        self.there: dict[str, Remembered] = {}
        self.run(actions.create_all(broker, OPERATOR, self.tenant, []))

    # What is done.

    def at(self, given: Any) -> Any:
        """The payload now: what shall end gets its time."""
        if isinstance(given, list):
            return [self.at(one) for one in given]
        if not isinstance(given, dict):
            return given
        found = {key: self.at(one) for key, one in given.items() if key != "ends"}
        if "ends" in given:
            found["expiresAt"] = end_of(self.clock.us + given["ends"] * SECOND)
        return found

    def goes_on(self, us: int = 1000) -> int:
        """A moment later; who has ended is forgotten."""
        self.clock.us += us
        now = end_of(self.clock.us)
        self.there = {key: one for key, one in self.there.items() if one.expires is None or one.expires > now}
        for one in self.there.values():
            one.prune(now)
        return self.clock.us

    @rule(bodies=BATCHES)
    def create(self, bodies: list[Json]) -> None:
        now, bodies = self.goes_on(), self.at(bodies)
        outcome = self.run(
            actions.create_all(self.broker, OPERATOR, self.tenant, [read_entity(one, CORE) for one in bodies])
        )
        done = []
        for one in bodies:
            if one["id"] not in self.there:
                self.there[one["id"]] = Remembered(one, now)
                done.append(one["id"])
        assert outcome.done == done

    @rule(bodies=BATCHES, updating=st.booleans())
    def put(self, bodies: list[Json], updating: bool) -> None:
        now, bodies = self.goes_on(), self.at(bodies)
        read = [read_entity(one, CORE) for one in bodies]
        steps: list[tuple[str, actions.Alteration]] = [
            (one["id"], lambda old, at, one=one: merging.appended(old, at, one, overwrite=True))  # type: ignore[misc]
            if updating
            else (one["id"], lambda old, at, one=one: merging.replaced(old, at, one))  # type: ignore[misc]
            for one in read
        ]
        new = [one["id"] for one in bodies if one["id"] not in self.there]
        outcome = self.run(actions.alter_all(self.broker, OPERATOR, self.tenant, steps, read))
        assert outcome.new == list(dict.fromkeys(new))
        for one in bodies:
            known = self.there.get(one["id"])
            if known is None:
                self.there[one["id"]] = Remembered(one, now)
            elif updating:
                known.append(one, now, overwrite=True)
            else:
                known.replace(one, now)

    def alter(self, entity: str, alteration: actions.Alteration) -> Remembered | None:
        """Change one that is there."""
        try:
            self.run(actions.alter(self.broker, OPERATOR, self.tenant, entity, alteration))
        except ContextError:
            assert entity not in self.there
        return self.there.get(entity)

    @rule(entity=IDS, given=fragment(), overwrite=st.booleans())
    def append(self, entity: str, given: Json, overwrite: bool) -> None:
        now, given = self.goes_on(), self.at(given)
        read = read_fragment(given, CORE)
        if known := self.alter(entity, lambda old, at: merging.appended(old, at, read, overwrite=overwrite)):
            known.append(given, now, overwrite=overwrite)

    @rule(entity=IDS, given=fragment(nulls=True).filter(lambda one: "'m': 'urn:ngsi-ld:null'" not in str(one)))
    def update(self, entity: str, given: Json) -> None:
        now, given = self.goes_on(), self.at(given)
        try:
            read = read_fragment(given, CORE, nulls=True)
        except ContextError:
            return  # a null inside a value is only for a merge
        if known := self.alter(entity, lambda old, at: merging.updated(old, at, read)):
            known.update(given, now)

    @rule(entity=IDS, given=fragment(nulls=True))
    def merge(self, entity: str, given: Json) -> None:
        now, given = self.goes_on(), self.at(given)
        read = read_fragment(given, CORE, nulls=True, partial=True)
        if known := self.alter(entity, lambda old, at: merging.merge_patched(old, at, read)):
            known.merge(given, now)

    @rule(entity=IDS, body=fragment())
    def replace(self, entity: str, body: Json) -> None:
        now, body = self.goes_on(), self.at(body)
        read = read_entity({"id": entity, **body}, CORE, need_type=False)
        if known := self.alter(entity, lambda old, at: merging.replaced(old, at, read)):
            known.replace(body, now)

    @rule(entity=IDS, name=NAMES, given=instance(nulls=False), dataset=st.booleans())
    def replace_attribute(self, entity: str, name: str, given: Json, dataset: bool) -> None:
        now, given = self.goes_on(), self.at(given)
        key = (name, "urn:d:1" if dataset else None)
        if dataset:
            given["datasetId"] = "urn:d:1"
        known = self.there.get(entity)
        if known is None or key not in known.parts:
            return
        read = read_attribute(given, CORE)
        self.alter(entity, lambda old, at: merging.attribute_replaced(old, at, name, read))
        known.put(key, given, now)

    @rule(entity=IDS, name=NAMES, dataset=st.booleans(), everything=st.booleans())
    def delete_attribute(self, entity: str, name: str, dataset: bool, everything: bool) -> None:
        now, which = self.goes_on(), "urn:d:1" if dataset else None
        known = self.there.get(entity)
        gone = [key for key in (known.parts if known else {}) if key[0] == name and (everything or key[1] == which)]
        if known is None or not gone:
            return
        self.alter(
            entity, lambda old, at: merging.attribute_deleted(old, at, name, dataset=which, everything=everything)
        )
        for key in gone:
            known.drop(key, now)

    @rule(entity=IDS, names=st.sets(NAMES), keep=st.booleans())
    def thin(self, entity: str, names: set[str], keep: bool) -> None:
        now = self.goes_on()
        if known := self.alter(entity, lambda old, at: merging.thinned(old, at, frozenset(names), keep=keep)):
            for key in [one for one in known.parts if (one[0] in names) != keep]:
                known.drop(key, now)

    @rule(wanted=st.lists(IDS, min_size=1, max_size=3))
    def delete(self, wanted: list[str]) -> None:
        self.goes_on()
        outcome = self.run(actions.delete_all(self.broker, OPERATOR, self.tenant, wanted))
        assert outcome.done == [one for one in dict.fromkeys(wanted) if self.there.pop(one, None)]

    @rule(name=st.sampled_from(["a", "b"]))
    def declare(self, name: str) -> None:
        self.goes_on()
        self.run(actions.declare(self.broker, OPERATOR, self.tenant, name))

    @rule(name=st.sampled_from(["a", "b"]))
    def undeclare(self, name: str) -> None:
        self.goes_on()
        if name in actions.declared(self.broker, OPERATOR, self.tenant):
            self.run(actions.undeclare(self.broker, OPERATOR, self.tenant, name))

    @rule(seconds=st.sampled_from([1, 3, 60]))
    def wait(self, seconds: int) -> None:
        self.goes_on(seconds * SECOND)

    @rule()
    def sweep(self) -> None:
        self.goes_on()
        while sweeping.is_due(self.broker.database) and self.broker.writer.now(sweeping.sweep):
            self.goes_on()

    @rule()
    def copy_into_a_snapshot(self) -> None:
        """It holds the same, and leaves no trace when it is taken away."""
        self.goes_on()
        found = actions.retrieve_all(self.broker, OPERATOR, self.tenant, list(self.there))
        name = "urn:s:1"
        self.run(create_snapshot(self.broker, OPERATOR, self.tenant, name, [], None, None))
        fill_snapshot(self.broker, OPERATOR, self.tenant, name, [one.open() for one in found.values()])
        for entity, known in self.there.items():
            copy = actions.retrieve(self.broker, OPERATOR, self.tenant, entity, name)
            assert copy is not None
            assert shown(render(copy.open(), CORE, SYSATTRS)) == known.answer()
        assert_consistent(self.broker)
        self.run(delete_snapshot(self.broker, OPERATOR, self.tenant, name))

    # What must hold after each step.

    @invariant()
    def entities_are_as_remembered(self) -> None:
        self.goes_on(0)
        for entity in (f"urn:e:{number}" for number in range(4)):
            found = actions.retrieve(self.broker, OPERATOR, self.tenant, entity)
            assert (found is not None) == (entity in self.there)
            if found is not None:
                assert same(shown(render(found.open(), CORE, SYSATTRS)), self.there[entity].answer())

    @invariant()
    def tables_say_what_bodies_say(self) -> None:
        assert_consistent(self.broker)

    @invariant()
    def queries_find_what_is_there(self) -> None:
        world = [one.body() for one in self.there.values()]
        for kinds in ("T", "U,V"):
            wanted = set(kinds.split(","))
            expected = {one["id"] for one in world if wanted & set(as_list(one["type"]))}
            assert self.asked(Selection(types=parse_types(kinds, CORE))) == expected
        for name in ("a", "b"):
            for value in ("urn:o:1", 1, True, "x", "true", 1.5):
                query = ("==", name, [value])
                expected = {one["id"] for one in world if holds(query, one, world)}
                assert self.asked(Selection(q=parse_q(written(query), CORE))) == expected, query
        ring = [[0.5, 0.5], [2.5, 0.5], [2.5, 2.5], [0.5, 2.5], [0.5, 0.5]]
        geo = parse_geo("within", "Polygon", [ring], None, CORE)
        assert self.asked(Selection(geo=geo)) == {
            entity
            for entity, one in self.there.items()
            if any(
                name == "location"
                and part.instance["type"] == "GeoProperty"
                and all(0.5 < degree < 2.5 for degree in part.instance["value"]["coordinates"])
                for (name, _), part in one.parts.items()
            )
        }

    def asked(self, selection: Selection) -> set[str]:
        page = actions.page(
            self.broker, OPERATOR, actions.planned(self.broker, OPERATOR, self.tenant, selection), 0, 100, True
        )
        found = [one.open().id for one in page.found]
        assert page.total == len(found) == len(set(found))
        return set(found)

    def teardown(self) -> None:
        """Nothing is left behind when all is taken away."""
        self.delete(list(self.there) or ["urn:e:0"])
        for name in ("a", "b"):
            self.undeclare(name)
        self.goes_on(100_000 * SECOND)
        self.sweep()
        assert not sweeping.is_due(self.broker.database)
        assert assert_consistent(self.broker) == 0


def shown(answer: Json) -> Json:
    """The instances of each attribute as a list, in the order of their datasetIds."""
    return {
        name: sorted(as_list(one), key=lambda part: str(part.get("datasetId", "")))
        if (name, None) in dict(instances({name: {}})) and name not in {"createdAt", "modifiedAt"}
        else one
        for name, one in answer.items()
    }


def same(one: Any, other: Any) -> bool:
    """Equal, and not 1 where the other is true."""
    assert one == other
    return sorted_text(one) == sorted_text(other)


def sorted_text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{sorted_text(value[key])}" for key in sorted(value)) + "}"
    return "[" + ",".join(map(sorted_text, value)) + "]" if isinstance(value, list) else repr(value)


@pytest.fixture
def started(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Broker, Clock, Callable[..., Any]]]:
    """A broker that writes, in a time of its own."""
    clock = Clock()
    for module in (writer, kept, entities, selecting, sweeping, broker_module):
        monkeypatch.setattr(module, "time_ns", clock.time_ns)
    storage.engine.dispose()
    event.listen(
        storage.engine, "connect", lambda made, _: made.execute("PRAGMA synchronous=OFF")
    )  # no power will fail
    broker = Broker(storage)
    broker.writer.start()
    with asyncio.Runner() as runner:
        yield broker, clock, runner.run
    broker.writer.stop()
    broker.database.close()


def test_any_history_of_entities_is_kept_as_the_standard_tells_it(
    started: tuple[Broker, Clock, Callable[..., Any]],
) -> None:
    class Fresh(History):
        def __init__(self) -> None:
            super().__init__(*started)

    run_state_machine_as_test(
        Fresh,
        settings=settings(
            max_examples=40,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
