"""Whoever is on duty is told of what cannot wait, once, whatever came in between; and only somebody who can be told is on the roster."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time_ns

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event as listening

from brain.cases.stories import CITIZEN, DUTY, WORKER
from entrance.city.test_casework import SECRETS, account
from entrance.city.test_following import until
from yuzhang.app import Yuzhang, create_app
from yuzhang.brain.cases import actions as cases
from yuzhang.brain.cases.model import Case, Report
from yuzhang.core.access import OPERATOR
from yuzhang.core.announcing import BEHIND, Announcement
from yuzhang.core.errors import TryAgain
from yuzhang.core.language import Title
from yuzhang.core.moments import ZONE
from yuzhang.core.settings import Settings
from yuzhang.entrance.city import actions, store
from yuzhang.entrance.city.duty import actions as duty
from yuzhang.entrance.city.errors import UnfitTurn
from yuzhang.entrance.city.model import Group, Thing
from yuzhang.entrance.city.room import City
from yuzhang.entrance.city.rooms import Rooms
from yuzhang.entrance.identity.store import parties
from yuzhang.entrance.portal.store import notifications
from yuzhang.foundation.registry.model import Unit
from yuzhang.foundation.registry.store import places

NOW = time_ns() // 1000
UNIT = "drainage-east"
MANY = 40


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Yuzhang]:
    """The application with a unit, a region and two officials, of whom one is on duty for the unit; it is not started."""
    made = create_app(Settings(tmp_path / "data", trust="machine", mqtt_port=None))
    with made.state.storage.writing() as connection:
        places.put_units(connection, [Unit(UNIT, Title("东区排水所", "Drainage east"))])
        places.put_regions(connection, [("east", Title("东区", "East district"), "", "district", None)])
        for one in (account(WORKER.id, "王工", UNIT), account(DUTY.id, "刘值班")):
            parties.add_party(connection, SECRETS, one)
    made.state.registry.forget_places()
    now = datetime.now(UTC)
    city: City = made.state.city
    duty.assign(city, OPERATOR, WORKER.id, UNIT, now - timedelta(hours=1), now + timedelta(hours=1))
    duty.assign(city, OPERATOR, DUTY.id, UNIT, now + timedelta(hours=1), now + timedelta(hours=2))
    yield made
    made.state.storage.close()


@pytest.fixture
def city(app: Yuzhang) -> City:
    """The screen of that application."""
    found: City = app.state.city
    return found


def thing(id_: str, severity: int = 3, unit: str = UNIT, **more: object) -> Thing:
    """An open event of a unit."""
    made = Thing(
        id_, 115.9, 28.7, "level", Group("brain.rules", (("level", ("east",), (unit,)),)), severity, "open", at=NOW,
        title=Title("水位", f"Level {id_}"), region="east", unit=unit, address=f"/events/{id_}",
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]  # fields of Thing


def told(city: City, party: str = WORKER.id) -> list[str]:
    """What a party was told, in order."""
    with city.storage.reading() as connection:
        return [one.title.en for one in reversed(notifications(connection, party, False, 0, 1_000))]


class Open(Rooms):
    """Rooms of which only events are there; one opens while the others are read."""

    def __init__(self, city: City, *open_: Thing) -> None:
        super().__init__()
        self._city, self.open = city, {one.id: one for one in open_}
        self.late: Thing | None = None

    def events(self) -> list[Thing]:
        """Those that were there when they were read."""
        found = list(self.open.values())
        if self.late is not None:
            self.open[self.late.id] = self.late
            self._city.announcements.tell("event", {"id": self.late.id})
        return found

    def some_events(self, ids: Sequence[str]) -> dict[str, Thing]:
        """Some of them."""
        return {one: self.open[one] for one in ids if one in self.open}


def test_whoever_is_on_duty_is_told_once_of_what_is_severe_and_nobody_of_what_is_minor_over_or_another_units(
    city: City,
) -> None:
    some = [thing("e1"), thing("e2", 2), thing("e3", status="cleared"), thing("e4", unit="roads"), thing("e5", 4)]
    city.telling.happened("events", some)
    city.telling.happened("events", some)
    assert told(city) == ["New event (severe): Level e1", "New event (critical): Level e5"]
    assert told(city, DUTY.id) == []

    late = Group("brain.cases", (("level", ("east",), (UNIT,)),))
    city.layers["cases"].put([thing("c1", due=NOW - 1_000_000, group=late, simulated=True)])
    for _ in range(2):
        city.telling.deadlines(city.layers["cases"], NOW)
    assert told(city)[2:] == ["Case c1: overdue: Level c1 (simulated)"]


def test_what_opened_while_nobody_listened_is_told_at_the_next_start_and_what_opens_during_it_is_seen(
    city: City,
) -> None:
    city.sources = rooms = Open(city, thing("e1"))
    rooms.late = thing("e2")

    async def started() -> None:
        await city.broker.start()
        await city.start()
        await until(lambda: len(told(city)) == 2)
        await city.stop()
        await city.broker.stop()

    asyncio.run(started())
    assert sorted(told(city)) == ["New event (severe): Level e1", "New event (severe): Level e2"]
    assert sorted(one.id for one in actions.look(city, OPERATOR).events.first) == ["e1", "e2"]


def test_what_was_left_out_because_too_much_was_announced_at_once_is_told_all_the_same(city: City) -> None:
    city.sources = Open(city, thing("e1"))
    for _ in range(2):
        city._heard([Announcement(BEHIND, {})])
    assert told(city) == ["New event (severe): Level e1"]


def test_an_alert_that_could_not_be_written_is_tried_again_and_nothing_else_is_told_twice(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = city.telling._portal.keep  # type: ignore[union-attr]  # the application has a portal

    def busy(*_: object, **__: object) -> int:
        raise TryAgain(Title("忙", "Busy"))

    monkeypatch.setattr(city.telling._portal, "keep", busy)
    with pytest.raises(TryAgain):
        city.telling.happened("events", [thing("e1")])
    assert told(city) == []
    monkeypatch.setattr(city.telling._portal, "keep", keep)
    for _ in range(2):
        city.telling.happened("events", [thing("e1")])
    assert told(city) == ["New event (severe): Level e1"]


def test_a_screen_that_could_not_follow_tries_again_by_itself(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuzhang.entrance.city.room.AGAIN_S", 0.0)
    city.sources = rooms = Open(city)
    faults: list[Exception] = [TryAgain(Title("忙", "Busy")), OSError("the disk is away")]
    read = rooms.some_events

    def failing(ids: Sequence[str]) -> dict[str, Thing]:
        if faults:
            raise faults.pop()
        return read(ids)

    monkeypatch.setattr(rooms, "some_events", failing)

    async def heard() -> None:
        await city.broker.start()
        await city.start()
        rooms.open["e1"] = thing("e1")
        city.announcements.tell("event", {"id": "e1"})
        await until(lambda: told(city) == ["New event (severe): Level e1"])
        await city.stop()
        await city.broker.stop()

    asyncio.run(heard())
    assert faults == []


def test_a_screen_goes_on_after_what_nobody_foresaw_and_the_log_says_what_it_was(
    city: City, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    city.sources = rooms = Open(city)
    read = rooms.some_events

    def failing(ids: Sequence[str]) -> dict[str, Thing]:
        if "odd" in ids:
            raise ValueError("half a row")
        return read(ids)

    monkeypatch.setattr(rooms, "some_events", failing)

    async def heard() -> None:
        await city.broker.start()
        await city.start()
        rooms.open["e1"] = thing("e1")
        city.announcements.tell("event", {"id": "odd"})
        await until(lambda: "half a row" in caplog.text)
        city.announcements.tell("event", {"id": "e1"})
        await until(lambda: told(city) == ["New event (severe): Level e1"])
        await city.stop()
        await city.broker.stop()

    asyncio.run(heard())


class Statements:
    """Counts what a database is asked."""

    def __init__(self, city: City) -> None:
        self.asked: list[str] = []
        self._engine = city.storage.engine

    def __enter__(self) -> "Statements":
        listening.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        listening.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self.asked.append(statement)


def test_a_sweep_over_many_overdue_cases_that_were_told_asks_a_few_times_and_takes_no_lock(city: City) -> None:
    overdue = Group("brain.cases", (("level", ("east",), (UNIT,)),))
    layer = city.layers["cases"]
    layer.put([thing(f"c{number}", due=NOW - 1_000_000, group=overdue) for number in range(MANY)])
    city.telling.deadlines(layer, NOW)
    assert len(told(city)) == MANY
    with Statements(city) as counted:
        city.telling.deadlines(layer, NOW)
    assert len(counted.asked) <= 4
    assert not [one for one in counted.asked if not one.startswith("SELECT")]
    layer.put([thing("new", due=NOW - 1_000_000, group=overdue)])
    city.telling.deadlines(layer, NOW)
    assert len(told(city)) == MANY + 1


def reported(app: Yuzhang, many: int) -> list[Case]:
    """Cases of one flood."""
    said = Report("waterlogging", "water on the road", 115.9, 28.7)
    return [cases.report(app.state.cases, CITIZEN, said) for _ in range(many)]


def open_now(city: City) -> dict[str, int]:
    """What the screen says that units have to do."""
    return {one.unit: one.open for one in actions.look(city, OPERATOR).load}


def test_reports_of_one_flood_that_were_merged_are_one_open_case_on_the_screen(app: Yuzhang, city: City) -> None:
    first, *others = reported(app, 4)
    city._read_open()
    assert open_now(city) == {first.unit: 4}
    for one in others:
        cases.merge(app.state.cases, OPERATOR, one.number, first.number)

    city._heard([Announcement("case", {"id": one.number}) for one in (first, *others)])
    assert open_now(city) == {first.unit: 1}
    assert actions.listed(city, OPERATOR, "cases")[1] == 1
    number = city.layers["cases"].number(others[0].number)
    assert number is not None
    assert actions.thing(city, OPERATOR, "cases", number).line.status == "merged"

    city._read_open()
    assert [one.id for one in city.sources.cases()] == [first.number]
    assert open_now(city) == {first.unit: 1}


def test_many_cases_that_are_announced_together_are_read_together(app: Yuzhang, city: City) -> None:
    some = reported(app, MANY)
    with Statements(city) as counted:
        found = city.sources.some_cases([one.number for one in some] + ["20200101-000001"])
        assert len(counted.asked) == 1
        assert len(list(city.sources.cases())) == MANY
    assert list(found) == [one.number for one in some]


def test_nobody_is_on_the_roster_who_cannot_be_told_nor_for_what_is_no_unit(app: Yuzhang, city: City) -> None:
    client = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1))
    times = {"begins": "2099-01-01T08:00", "ends": "2099-01-01T20:00"}
    before = len(duty.turns(city, OPERATOR))
    for given, said in (
        ({"party": "wnag@city"}, "No official has the account “wnag@city”."),
        ({"party": CITIZEN.id}, f"No official has the account “{CITIZEN.id}”."),
        ({"party": WORKER.id, "unit": "east"}, "There is no unit “east”."),
    ):
        answer = client.post("/duty", data=given | times, params={"lang": "en"}, follow_redirects=False)
        assert (answer.status_code, said in answer.text) == (UnfitTurn.status, True)
    assert len(duty.turns(city, OPERATOR)) == before
    page = client.get("/duty").text
    assert re.findall(r'<option value="([^"]*)"', page.partition("datalist")[2]) == [UNIT]
    for given in ({"party": f"{WORKER.id}@city", "unit": UNIT}, {"party": OPERATOR.id}):
        assert client.post("/duty", data=given | times, follow_redirects=False).status_code == 303
    with city.storage.reading() as connection:
        assert [one.party for one in store.turns(connection, NOW, 10)][-2:] == [OPERATOR.id, WORKER.id]


def test_the_hours_of_the_time_line_are_those_of_the_citys_clock(app: Yuzhang) -> None:
    client = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1))
    page = client.get("/city/queues").text
    hours = re.findall(r'<th scope="row"><time datetime="([^"]+)"([^>]*)>(\d\d:00)</time>', page)
    assert len(hours) == 12
    for begins, more, said in hours:
        assert said == datetime.fromisoformat(begins).astimezone(ZONE).strftime("%H:%M")
        assert more == ""  # no script writes another one over it
