"""The live screen: what its queues say, and what days and days of it leave behind: nothing of screens that went, little of what is over."""

import asyncio
from dataclasses import replace
from pathlib import Path
from time import time_ns
from typing import Any

import pytest
from fastapi.testclient import TestClient

from yuzhang.app import create_app
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings
from yuzhang.entrance.city import actions
from yuzhang.entrance.city import places as columns
from yuzhang.entrance.city.looking import HOUR_US, Load
from yuzhang.entrance.city.model import Group, Thing
from yuzhang.entrance.city.places import Places
from yuzhang.entrance.city.streaming import stream


def test_a_screen_that_goes_at_its_first_words_leaves_nothing_behind(tmp_path: Path) -> None:
    app = create_app(Settings(tmp_path / "data", trust="machine", mqtt_port=None))

    async def still() -> bool:
        return True

    async def left() -> int:
        parts = stream(app.state.city, OPERATOR, still, "", lambda: False)
        await anext(parts)
        await parts.aclose()  # type: ignore[attr-defined]  # it is a generator
        told = app.state.city.screens.listen("another-7")
        await anext(told)
        await told.aclose()
        return len(asyncio.all_tasks()) - 1

    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)):
        assert asyncio.run(left()) == 0


def case(id_: str, unit: str, due: int, **more: Any) -> Thing:
    """An open case of a unit."""
    group = Group("brain.cases", (("level", ("east",), (unit,)),))
    titled = {"title": Title(id_, f"Case {id_}"), "unit": unit, "at": time_ns() // 1000}
    return Thing(id_, 115.9, 28.7, "level", group, 3, "open", due=due, **{**titled, **more})


def test_queues_say_deadlines_load_of_units_the_last_hours_and_ages_in_words(tmp_path: Path) -> None:
    app = create_app(Settings(tmp_path / "data", trust="machine", mqtt_port=None))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)) as client:
        # Whoever follows the city would take away what only this test knows.
        app.state.city.following.stop()
        layers, now = app.state.city.layers, time_ns() // 1000
        layers["cases"].put([
            case("c-late", "u1", now - HOUR_US), case("c-soon", "u1", now + HOUR_US), case("c-free", "u2", 0),
            case("c-mine", "u2", now + 9 * HOUR_US, party=f"person:{OPERATOR.id}"),
        ])  # fmt: skip
        layers["events"].put([replace(event(number), at=now) for number in range(3)])
        aged = {"fresh": 1.4, "late": 2.9, "silent": 3.1}
        group = Group("foundation.registry", (("Pump", ("",), ("",)),))
        layers["devices"].put(
            Thing(word, 115.9, 28.7, "Pump", group, at=now - int(periods * 60e6), expected_s=60.0)
            for word, periods in aged.items()
        )
        seen = actions.look(app.state.city, OPERATOR)
        page = client.get("/city/queues?lang=en").text

    assert [one.id for one in seen.deadlines.first] == ["c-late", "c-soon", "c-mine"]
    assert [one.id for one in seen.overdue.first] == ["c-late"]
    assert [one.id for one in seen.mine.first] == ["c-mine"]
    assert seen.load == (Load("u1", 2, 1, 1), Load("u2", 2, 0, 0))
    assert seen.hours[-1].counts == (0, 0, 3, 0)
    assert seen.ages == {"unknown": 0, "fresh": 1, "late": 1, "silent": 1}
    for said in ("Overdue", "Case c-late", "Load of units", "Next deadlines", "late", "silent", "of them 3 severe"):
        assert said in page
    assert page.count("◆</span> severe") == page.count("sev-3")


def event(number: int) -> Thing:
    """An event."""
    group = Group("brain.rules", (("level", ("east",), ("u1",)),))
    return Thing(
        f"e{number}", 115.9, 28.7, "level", group, 3, "open", at=number + 1, title=Title(f"{number}", f"{number}")
    )


def test_events_that_are_long_over_make_room_for_those_that_come(monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places()
    now = [0.0]
    monkeypatch.setattr(columns, "monotonic", lambda: now[0])
    for number in range(10):
        places.put([event(number)])
        places.drop([f"e{number}"])
    places.put([event(3)])  # it is opened again
    assert len(places) == 10
    now[0] = columns.FREE_S + 1
    places.put([event(number) for number in range(10, 19)])
    assert len(places) == 10
    assert places.number("e0") is None
    assert {places.titles[places.number(f"e{number}") or 0].en for number in (3, *range(10, 19))} == {
        str(number) for number in (3, *range(10, 19))
    }
    assert len(places.near(0, 0, 0)[0]) == 10
    places.put([event(19)])
    assert len(places) == 11
