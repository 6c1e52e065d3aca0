"""Whatever is asked, whoever asks: the answer is what filtering all entities in Python gives, page by page, with the count."""

from random import Random
from typing import Any

import pytest

from brain.context.classification.ruled import Ruled, by_attributes
from brain.context.conftest import Run
from yuzhang.brain.context import actions
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.classification.actions import classify_all
from yuzhang.brain.context.classification.model import Row
from yuzhang.brain.context.finding import found_page
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.model import ENTITY_MEMBERS, Entity
from yuzhang.brain.context.query import Selection, parse_geo, parse_order, parse_q, parse_types
from yuzhang.core.access import OPERATOR, Object, Party

KINDS = ("Well", "Person", "Road")
REGIONS = ("3601", "360102", "360103", "3602")
UNITS = ("urn:u:water", "urn:u:roads")
QUERIES = (
    'name=="n1"', "phone", "!phone", 'phone=="1"', "depth>3", "depth>3;phone", 'phone=="2"|depth<2',
    "near{depth}>3", 'near{phone}=="1"', "!near{district}",
    'owner!="urn:u:water"', 'district=="360102"', "near", "!near", 'near=="urn:e:3"', 'depth==1..4',
)  # fmt: skip


def entity(random: Random, number: int) -> dict[str, Any]:
    kinds = random.sample(KINDS, 2 if random.random() < 0.1 else 1)
    body: dict[str, Any] = {"id": f"urn:e:{number}", "type": kinds if len(kinds) > 1 else kinds[0]}
    body["name"] = {"type": "Property", "value": f"n{random.randrange(4)}"}
    if random.random() < 0.7:
        body["phone"] = {"type": "Property", "value": str(random.randrange(4))}
    if random.random() < 0.8:
        body["depth"] = {"type": "Property", "value": random.randrange(6)}
    if random.random() < 0.8:
        some = random.sample(REGIONS, 2 if random.random() < 0.1 else 1)
        body["district"] = {"type": "Property", "value": some if len(some) > 1 else some[0]}
    if random.random() < 0.7:
        body["owner"] = {"type": "Relationship", "object": random.choice(UNITS)}
    if random.random() < 0.6:
        body["near"] = {"type": "Relationship", "object": f"urn:e:{random.randrange(40)}"}
    if random.random() < 0.5:
        place = [115.9 + random.random() / 10, 28.7]
        body["location"] = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": place}}
    return body


def classes(random: Random) -> list[Row]:
    found = []
    for kind in KINDS:
        if random.random() < 0.8:
            region_by = "district" if random.random() < 0.5 else ""
            unit_by = "owner" if random.random() < 0.3 else ""
            found.append(Row("", kind, "", random.choice((1, 1, 2, 3)), random.random() < 0.2, region_by, unit_by))
        found += [
            Row("", kind, name, random.randrange(1, 5), random.random() < 0.3)
            for name in ("phone", "depth", "near", "location", "district")
            if random.random() < 0.3
        ]
    return found


def party(random: Random, guard: Ruled) -> Party:
    return Party(
        f"p{random.randrange(10**9)}",
        region=random.choice(("", "3601", "360102", "9")),
        unit=random.choice(("", "", *UNITS)),
        factors=random.choice((1, 2, 2, 3, 4)),
        purpose=random.choice(("", "care")),
        guard=guard,
    )


def selection(random: Random) -> Selection:
    asked: dict[str, Any] = {}
    if random.random() < 0.6:
        asked["types"] = parse_types(random.choice(("Well", "Person", "Road,Well", "(Person;Well)", "*")), CORE)
    if random.random() < 0.5:
        asked["q"] = parse_q(random.choice(QUERIES), CORE)
    if random.random() < 0.2:
        asked["attrs"] = tuple(random.sample(("phone", "depth", "near"), 2))
    if random.random() < 0.2:
        asked["id_pattern"] = random.choice(("1", "^urn:e:2"))
    if random.random() < 0.2:
        asked["ids"] = tuple(f"urn:e:{one}" for one in random.sample(range(45), 12))
    if random.random() < 0.2:
        asked["geo"] = parse_geo("near;maxDistance==3000", "Point", [115.95, 28.7], None, CORE)
    return Selection(**asked)


class Oracle:
    """What a party sees, worked out in the plainest way."""

    def __init__(self, entities: list[Entity], rows: list[Row], who: Party) -> None:
        self.rows = {(one.type, one.attribute): one for one in rows}
        self.who = who
        self.shown = {one.id: seen for one in entities if (seen := self._seen(one)) is not None}

    def _allowed(self, kind: str, row: Row, region: str, unit: str) -> bool:
        return by_attributes(self.who, Object("", "", kind, "", unit, region, row.level, row.personal))

    def _seen(self, one: Entity) -> Entity | None:
        hidden: set[str] = set()
        for kind in one.types:
            row = self.rows.get((kind, ""), Row("", kind))
            places = [
                (region, unit)
                for region in self._values(one, row.region_by)
                for unit in self._values(one, row.unit_by)
                if self._allowed(kind, row, region, unit)
            ]
            if not places:
                return None
            hidden |= {
                name
                for (of, name), each in self.rows.items()
                if of == kind and name and not any(self._allowed(kind, each, *place) for place in places)
            }
        left = {name: value for name, value in one.body.items() if name not in hidden}
        return Entity(left, one.created, one.modified, one.times)

    @staticmethod
    def _values(one: Entity, name: str) -> list[str]:
        if not name or name not in one.body:
            return [""]
        value = one.body[name].get("value", one.body[name].get("object"))
        return value if isinstance(value, list) else [value]

    def answer(self, wanted: Selection) -> list[Entity]:
        return [one for one in self.shown.values() if wanted.matches(one, self.shown.get)]


@pytest.mark.parametrize("seed", range(4))
def test_pages_and_counts_are_those_of_filtering_everything_whoever_asks(broker: Broker, run: Run, seed: int) -> None:
    random = Random(seed)
    run(actions.create_all, broker, OPERATOR, "", [entity(random, number) for number in range(40)])
    entities = [
        one.open() for one in actions.every(broker, OPERATOR, actions.planned(broker, OPERATOR, "", Selection()))
    ]
    for _ in range(6):
        rows = classes(random)
        run(classify_all, broker, OPERATOR, "", rows)
        for _ in range(3):
            guard = Ruled(by_attributes)
            who = party(random, guard)
            oracle = Oracle(entities, rows, who)
            _compare_queries(broker, run, random, who, oracle)
            _compare_single(broker, who, oracle, entities)
            _compare_uses(broker, who, oracle)


def _compare_queries(broker: Broker, run: Run, random: Random, who: Party, oracle: Oracle) -> None:
    for _ in range(12):
        wanted = selection(random)
        offset, limit = random.randrange(6), random.randrange(1, 9)
        order = parse_order(random.choice(("phone", "depth;desc", "name")), CORE) if random.random() < 0.3 else None
        found = run(found_page, broker, who, "", [wanted], order, offset, limit, True)
        expected = oracle.answer(wanted)
        if order is not None:
            expected = sorted(expected, key=order.key)
        assert found.total == len(expected), (wanted, who)
        assert [one.open().body for one in found.found] == [one.body for one in expected[offset : offset + limit]]
        assert found.more == (len(expected) > offset + limit)


def _compare_single(broker: Broker, who: Party, oracle: Oracle, entities: list[Entity]) -> None:
    for one in entities:
        kept = actions.retrieve(broker, who, "", one.id)
        expected = oracle.shown.get(one.id)
        assert (kept.open().body if kept else None) == (expected.body if expected else None)
    assert {*actions.retrieve_all(broker, who, "", [one.id for one in entities])} == {*oracle.shown}
    for target in ("urn:e:3", "urn:e:7", "urn:u:water"):
        pointing = [
            (name, one.id)
            for one in oracle.shown.values()
            for name in sorted(one.body)
            if name not in ENTITY_MEMBERS and one.body[name].get("object") == target
        ]
        if target in oracle.shown or target not in {one.id for one in entities}:
            assert sorted(actions.neighbours(broker, who, "", target)) == sorted(pointing)
        else:
            assert actions.neighbours(broker, who, "", target) == []


def _compare_uses(broker: Broker, who: Party, oracle: Oracle) -> None:
    counted: dict[tuple[str, str | None, str | None], int] = {}
    for one in oracle.shown.values():
        for kind in one.types:
            for name in [None, *one.attributes()]:
                key = (kind, name, None if name is None else one.body[name]["type"])
                counted[key] = counted.get(key, 0) + 1
    found = {(use.type, use.attribute, use.kind): use.count for use in actions.uses(broker, who, "")}
    assert found == counted
