"""What tests of cases start from: a small city with units and regions, people, a pack, and a clock that they set."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from yuzhang.brain.cases import actions
from yuzhang.brain.cases.model import Case, Report, Upload
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import OPERATOR, Party
from yuzhang.core.announcing import Announcements
from yuzhang.core.calendar import Calendar
from yuzhang.core.language import Title
from yuzhang.core.packs import Pack, read_pack
from yuzhang.core.storage import Storage

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in the city
RIGHTS = frozenset({"visitor", "self", "reader", "operator"})
DUTY = Party("liu", RIGHTS | {"duty-officer"}, kind="official")
REVIEWER = Party("zhou", RIGHTS | {"duty-officer"}, kind="official")
WORKER = Party("wang", RIGHTS | {"department-officer"}, kind="official", unit="drainage-east")
COLLEAGUE = Party("chen", RIGHTS | {"department-officer"}, kind="official", unit="drainage-east")
ROADS = Party("zhao", RIGHTS | {"department-officer"}, kind="official", unit="roads")
CITIZEN = Party("citizen-1", frozenset({"visitor", "self"}), kind="citizen")
OTHER = Party("citizen-2", frozenset({"visitor", "self"}), kind="citizen")
SYSTEM = Party("app-1", frozenset({"visitor", "self"}), kind="application")
PLACE = (115.0, 28.0)
PACK = """
[[matter]]
id = "waterlogging"
title = { zh = "道路积水", en = "Waterlogging" }
code = "0108"
limits = { handle = "4 working hours" }
urgent = { handle = "1 hour" }

[[matter]]
id = "pothole"
title = { zh = "路面坑洞", en = "Pothole" }
evidence = false

[[dispatch]]
matter = "waterlogging"
unit = "drainage"

[[dispatch]]
matter = "waterlogging"
region = "east"
unit = "drainage-east"
"""


@dataclass(frozen=True)
class Unit:
    """A unit of the small city."""

    id: str
    name: Title
    parent: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Region:
    """A region of it."""

    id: str
    parent: str = ""


class Registry:
    """Units and regions, as cases ask for them."""

    def __init__(self) -> None:
        known = (
            Unit("water", Title("水务局", "Water bureau")),
            Unit("drainage-east", Title("东区排水所", "Drainage east"), "water", "drainage"),
            Unit("roads", Title("道桥处", "Roads"), "", "roads"),
        )
        self._units = {one.id: one for one in known}
        self._regions = {"city": Region("city"), "east": Region("east", "city"), "street": Region("street", "east")}

    def unit(self, id: str, /) -> Unit | None:
        """A unit."""
        return self._units.get(id)

    def units(self) -> list[Unit]:
        """All units."""
        return list(self._units.values())

    def region(self, id: str, /) -> Region | None:
        """A region."""
        return self._regions.get(id)

    def region_at(self, lon: float, lat: float, /) -> str:
        """All of the small city's places lie in one street."""
        return "street" if 114 < lon < 116 else ""


@dataclass
class Clock:
    """The time, as a test sets it."""

    at: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.at

    def later(self, **much: float) -> None:
        """Let time pass."""
        self.at += timedelta(**much)


@dataclass(frozen=True)
class Event:
    """An event of a rule."""

    id: str
    matter: str = "waterlogging"
    status: str = "open"
    kind: str = "level"
    entity: str = "urn:ngsi-ld:Pump:1"
    severity: int = 3
    title: Title = field(default=Title("水位过高", "The level is too high"))  # a frozen title
    opened_at: int = int(MONDAY.timestamp() * 1_000_000)
    lon: float | None = PLACE[0]
    lat: float | None = PLACE[1]
    region: str = "street"
    unit: str = "drainage-east"
    simulated: bool = False


def pack(folder: Path, text: str = PACK, **processes: str) -> Pack:
    """A pack of that cases.toml, with processes by their stem."""
    home = folder / "governance" / "rain"
    (home / "processes").mkdir(parents=True)
    (home / "pack.toml").write_text('title = { zh = "雨", en = "Rain" }\n')
    (home / "cases.toml").write_text(text)
    for stem, bpmn in processes.items():
        (home / "processes" / stem.replace("_", ".")).write_text(bpmn)
    return read_pack(home)[0]


def room(storage: Storage, packs: list[Pack], clock: Clock, calendar: Calendar | None = None) -> Cases:
    """The room over a storage."""
    return Cases(storage, Registry(), packs, Announcements(), now=clock, calendar=calendar)


def note(cases: Cases, *events: Event) -> None:
    """Events of rules open and end; their cases wait."""
    with cases.storage.writing() as connection:
        cases.opened_by(connection, events)


def happen(cases: Cases, *events: Event) -> None:
    """Events of rules open and end, and so do their cases."""
    note(cases, *events)
    while cases.open_waiting():
        pass


def photo(colour: int = 0) -> Upload:
    """A small picture."""
    made = BytesIO()
    Image.new("RGB", (8, 8), (colour % 256, colour // 256 % 256, 0)).save(made, "JPEG")
    return Upload("photo.jpg", made.getvalue())


def reported(cases: Cases, matter: str = "waterlogging", lon: float = PLACE[0], **more: Any) -> Case:
    """A case that a citizen reported."""
    return actions.report(cases, CITIZEN, Report(matter, "water on the road", lon, PLACE[1], **more))


def do(
    cases: Cases, who: Party, case: Case, decision: str = "", *, note: str = "", photos: int = 0, **values: Any
) -> Case:
    """Do the task that a case waits for."""
    task = actions.case(cases, OPERATOR, case.number).tasks[0].id
    given = {"decision": decision, **values} if decision else values
    return actions.step(cases, who, case.number, task, given, note, [photo(at) for at in range(photos)])


def closed(cases: Cases, case: Case) -> Case:
    """The same case after all of its way, fixed."""
    case = do(cases, DUTY, case, "accepted")
    case = do(cases, WORKER, case, "fixed", photos=1)
    case = do(cases, DUTY, case, "pass")
    case = actions.confirm(cases, CITIZEN, case.number, True)
    return do(cases, DUTY, case)
