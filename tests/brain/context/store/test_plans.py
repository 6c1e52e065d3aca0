"""Where a search starts, what it costs, and where it ends."""

from itertools import count
from typing import Any

import pytest

from brain.context.store.plainly import DECLARED
from brain.context.store.present import Present
from yuzhang.brain.context.errors import TooComplexQuery
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.query import Selection, parse_geo, parse_q, parse_types
from yuzhang.brain.context.store import entities, selecting
from yuzhang.brain.context.store.engines import QUERY_SECONDS, Sqlite

CITY = [
    {
        "id": f"urn:e:{number}",
        "type": "T" if number % 2 else ["U", "V"],
        "a": {"type": "Property", "value": number},
        "b": {"type": "Property", "value": f"text {number % 10}"},
        "owner": {"type": "Relationship", "object": f"urn:o:{number % 10}"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [number / 10, 0]}},
    }
    for number in range(300)
]


def chosen(kinds: str | None = None, q: str | None = None, **more: Any) -> Selection:
    return Selection(types=parse_types(kinds, CORE) if kinds else None, q=parse_q(q, CORE) if q else None, **more)


NEAR = parse_geo("near;maxDistance==20000", "Point", [10, 0], None, CORE)
STARTS = {
    "type": (chosen("T"), "SEARCH d USING PRIMARY KEY (space=? AND name=?)", 150),
    "several types": (chosen("T,U"), "SEARCH d USING PRIMARY KEY (space=? AND name=?)", 300),
    "both types": (chosen("U;V"), "SEARCH t USING PRIMARY KEY (space=? AND name=? AND key=?)", 150),
    "id": (chosen(ids=("urn:e:5",)), "SEARCH d USING COVERING INDEX context_entity_id (space=? AND id=?)", 1),
    "start of ids": (chosen(id_pattern="^urn:e:29"), "context_entity_id (space=? AND id>? AND id<?)", 11),
    "target": (chosen(q="owner==urn:o:3"), "SEARCH d USING PRIMARY KEY (space=? AND target=? AND name=?)", 30),
    "target and type": (
        chosen("T", q="owner==urn:o:3"),
        "SEARCH d USING PRIMARY KEY (space=? AND target=? AND name=?)",
        30,
    ),
    "number": (chosen(q="a==5"), "SEARCH d USING PRIMARY KEY (space=? AND name=? AND value=?)", 1),
    "text and type": (chosen("T", 'b=="text 3"'), "SEARCH d USING PRIMARY KEY (space=? AND name=? AND value=?)", 30),
    "one of two values": (
        chosen(q='a==5|b=="text 4"'),
        "SEARCH x USING PRIMARY KEY (space=? AND name=? AND value=?)",
        31,
    ),
    "range": (chosen(q="a==5..9"), "SEARCH x USING PRIMARY KEY (space=? AND name=? AND value>? AND value<?)", 5),
    "order and type": (chosen("T", "a>=290"), "SEARCH x USING PRIMARY KEY (space=? AND name=? AND value>?)", 5),
    "place": (chosen(geo=NEAR), "SCAN context_box VIRTUAL TABLE INDEX 2", 3),
    "place and type": (chosen("T", geo=NEAR), "SEARCH d USING PRIMARY KEY (space=? AND name=? AND key=?)", 2),
}


@pytest.mark.parametrize("name", STARTS)
def test_search_starts_from_an_index(present: Present, name: str) -> None:
    selection, start, count = STARTS[name]
    space = present.keep(CITY, DECLARED)
    how = present.plan(space, selection)
    page = present.page(space, selection, limit=20)
    assert (len(page.found), page.total, page.more) == (min(20, count), count, count > 20)
    if isinstance(present.database, Sqlite):
        for sql, first, rest in ((how.paged, (0,), (21, 0)), (how.all, (0, 0), (21,))):
            steps = present.database.reader().all(f"EXPLAIN QUERY PLAN {sql}", (*first, *how.parameters, *rest))
            said = [bytes(step[3]).decode() for step in steps]
            assert any(start.rstrip(")") in step for step in said), said
            assert not [step for step in said if step.startswith("SCAN d") or step.startswith("SCAN e")], said


def test_count_of_a_type_is_looked_up_and_leaves_out_what_has_expired(present: Present) -> None:
    past = {"id": "urn:e:gone", "type": "T", "expiresAt": "2020-01-01T00:00:00Z"}
    space = present.keep([*CITY, past], DECLARED)
    how = present.plan(space, chosen("T"))
    assert "context_use" in how.counted
    assert present.page(space, chosen("T")).total == 150
    assert "urn:e:gone" not in present.ids(space, chosen("T"))


def test_pages_of_a_type_follow_one_another_in_the_order_in_which_entities_were_made(present: Present) -> None:
    space = present.keep(CITY)
    for kinds in ("T", "T,U"):
        pages = [present.page(space, chosen(kinds), offset, 70) for offset in range(0, 301, 70)]
        found = [one.open().id for page in pages for one in page.found]
        assert found == [body["id"] for body in CITY if kinds == "T,U" or body["type"] == "T"]


def test_more_types_than_are_walked_side_by_side_are_found_too(present: Present) -> None:
    world = [{"id": f"urn:e:{number}", "type": f"K{number}"} for number in range(selecting.MAX_ARMS + 4)]
    space = present.keep(world)
    everything = ",".join(f"K{number}" for number in range(2, selecting.MAX_ARMS + 4))
    assert present.ids(space, chosen(everything)) == [body["id"] for body in world[2:]]


def test_everything_is_given_if_nothing_is_asked_for(present: Present, monkeypatch: pytest.MonkeyPatch) -> None:
    space = present.keep(CITY)
    assert len(present.ids(space, Selection())) == 300
    monkeypatch.setattr(selecting, "FEW", 0)
    assert present.ids(space, Selection()) == [body["id"] for body in CITY]


def test_what_was_never_kept_costs_no_search(present: Present) -> None:
    space = present.keep(CITY)
    for selection in (
        chosen("Nothing"),
        chosen(q="nothing==1"),
        chosen(q="a==1;nothing"),
        chosen(attrs=("nothing",)),
        chosen(ids=()),
    ):
        assert present.plan(space, selection).empty
        assert present.ids(space, selection) == []
    assert len(present.ids(space, chosen(q="!nothing"))) == 300
    assert len(present.ids(space, chosen("T,Nothing"))) == 150


def test_value_of_another_kind_later_on_is_found_too(present: Present) -> None:
    space = present.keep([{"id": "urn:e:1", "type": "T", "ref": {"type": "Relationship", "object": "urn:o:1"}}])
    assert present.ids(space, chosen(q="ref==urn:o:1")) == ["urn:e:1"]
    other = present.keep([{"id": "urn:e:1", "type": "T", "ref": {"type": "Property", "value": "urn:o:1"}}])
    assert present.ids(other, chosen(q="ref==urn:o:1")) == ["urn:e:1"]


def test_query_that_takes_too_long_is_stopped(present: Present) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i > ?"
    with pytest.raises(TooComplexQuery), present.database.limited(0.02):
        present.database.reader().all(endless, (0,))


def test_search_that_opens_entities_ends_at_its_time(present: Present, monkeypatch: pytest.MonkeyPatch) -> None:
    space = present.keep(CITY)
    monkeypatch.setattr(entities, "QUERY_SECONDS", 0.0)
    with pytest.raises(TooComplexQuery):
        present.page(space, chosen("T", "a>5"))


def test_entities_come_bit_by_bit_and_none_is_lost_between_bits(
    present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = present.keep(CITY)
    monkeypatch.setattr(entities, "FIRST_BIT", 3)
    monkeypatch.setattr(entities, "LARGEST_BIT", 20)
    for kinds in (None, "T", "T,U"):
        expected = [body["id"] for body in CITY if kinds != "T" or body["type"] == "T"]
        found = present.store.every(present.plan(space, chosen(kinds, "a>=0|b")))
        assert [one.open().id for one in found] == expected


def test_whoever_makes_an_index_of_all_entities_reads_them_to_their_end_however_long_that_takes(
    present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = present.plan(present.keep(CITY), chosen(None))
    monkeypatch.setattr(entities, "FIRST_BIT", 3)
    monkeypatch.setattr(entities, "LARGEST_BIT", 3)
    clock = count(step=QUERY_SECONDS)  # whenever anybody looks, as long as a query may take has passed
    monkeypatch.setattr(entities, "monotonic", lambda: next(clock))

    def slowly(*, whole: bool) -> int:
        return sum(1 for _ in present.store.every(how, whole=whole))

    assert slowly(whole=True) == len(CITY)
    with pytest.raises(TooComplexQuery):
        slowly(whole=False)


def test_values_that_no_index_holds_are_sieved_before_bodies_are_opened(present: Present) -> None:
    space = present.keep(CITY)
    how = present.plan(space, chosen("T", "a==5..9"))
    assert ("json_extract" in how.all) is isinstance(present.database, Sqlite)
    assert present.ids(space, chosen("T", "a==5..9")) == ["urn:e:5", "urn:e:7", "urn:e:9"]


def test_plan_is_made_once_until_other_attributes_are_declared(present: Present) -> None:
    space = present.keep(CITY)
    selection = chosen("T", "a==5")
    first = present.plan(space, selection)
    assert present.plan(space, selection) is first
    present.writer.now(lambda transaction: transaction.declare(space, "a"))
    second = present.plan(space, selection)
    assert (first.matches is None, second.matches is None) == (False, True)
    assert present.ids(space, selection) == ["urn:e:5"]


def test_text_that_no_database_can_hold_is_in_none(present: Present) -> None:
    space = present.keep(CITY, DECLARED)
    for selection in (
        chosen(q='b=="\\u0000"'),
        chosen(q='owner=="\\u0000"'),
        chosen(ids=("urn:\0",)),
        chosen(attrs=("\0",)),
        chosen(id_pattern="^urn:\\x00"),
    ):
        assert present.ids(space, selection) == []
