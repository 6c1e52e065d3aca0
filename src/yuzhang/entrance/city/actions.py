"""What can be seen on the screen of the city. Everything is asked for with the caller's rights, group by group of things."""

from dataclasses import dataclass
from time import time_ns

from yuzhang.brain.context import actions as context
from yuzhang.brain.context.presentation import label_of
from yuzhang.core.access import Object, Party, action
from yuzhang.core.language import Language, Title
from yuzhang.entrance.city import looking
from yuzhang.entrance.city.entities import REGISTRY
from yuzhang.entrance.city.errors import NoSuchThing
from yuzhang.entrance.city.looking import Hour, Line, Load, Queue
from yuzhang.entrance.city.model import Layer
from yuzhang.entrance.city.places import Rows
from yuzhang.entrance.city.room import City
from yuzhang.entrance.city.seeing import CONTEXT
from yuzhang.entrance.city.tiles.drawn import Tile

ROOM = Object("entrance.city")
FIRST = 8
FEW = 20
PAGE = 50


@dataclass(frozen=True, slots=True)
class Overview:
    """The queues, and the city's state in numbers. `ages`: how many devices by the age of their value."""

    events: Queue
    mine: Queue
    unit: Queue
    overdue: Queue
    deadlines: Queue
    recent: tuple[Line, ...]
    hours: tuple[Hour, ...]
    load: tuple[Load, ...]
    devices: int
    ages: dict[str, int]
    extent: tuple[float, float, float, float] | None
    at: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing with what belongs to it: the attribute that is shown, the entity, the other events and cases that are open there."""

    line: Line
    layer: Layer
    attribute: str
    entity: str
    label: Title
    events: tuple[Line, ...]
    cases: tuple[Line, ...]


@action("reader")
def look(city: City, caller: Party, /) -> Overview:
    """All that the screen shows beside the map."""
    now = time_ns() // 1000
    devices, events, cases = city.layers["devices"], city.layers["events"], city.layers["cases"]
    sees_devices, sees_events, sees_cases = (city.seeing.masks(caller, one) for one in (devices, events, cases))
    all_devices, all_events, all_cases = (
        looking.seen(one, masks) for one, masks in ((devices, sees_devices), (events, sees_events), (cases, sees_cases))
    )
    open_events, open_cases = looking.still_open(events, all_events), looking.still_open(cases, all_cases)
    late = looking.overdue(cases, open_cases, now)
    due = open_cases[cases.rows["due"][open_cases] > 0]

    def of_cases(numbers: Rows) -> Queue:
        return looking.queue(cases, sees_cases, numbers, FIRST, looking.by_deadline)

    return Overview(
        looking.queue(events, sees_events, open_events, FIRST, looking.by_urgency),
        of_cases(looking.is_mine(cases, open_cases, caller)),
        of_cases(looking.of_unit(cases, open_cases, caller.unit)),
        of_cases(late),
        of_cases(due),
        looking.queue(events, sees_events, all_events, FIRST * 2, looking.by_time).first,
        looking.hours(events, all_events, now),
        looking.load(cases, open_cases, now),
        len(all_devices),
        looking.by_age(devices, sees_devices, all_devices, now),
        _extent(city, all_devices, all_events),
        now,
        any(places.rows["simulated"][some].any() for places, some in ((devices, all_devices), (events, all_events))),
    )


@action("reader")
def listed(
    city: City, caller: Party, /, layer: Layer, age: str = "", text: str = "", number: int = 1
) -> tuple[tuple[Line, ...], int]:
    """A page of a layer as a list: what the map shows, the worst first; and how many there are in all."""
    places = city.layers[layer]
    masks = city.seeing.masks(caller, places)
    found = looking.seen(places, masks)
    if layer != "devices":
        found = looking.still_open(places, found)
    if age:
        found = looking.of_age(places, masks, found, age, time_ns() // 1000)
    if text:
        found = looking.holding(places, found, text)
    order = looking.by_urgency(places.rows[found]) if layer != "cases" else looking.by_deadline(places.rows[found])
    ranked = found[order.argsort(kind="stable")][(number - 1) * PAGE : number * PAGE]
    return looking.lines(places, masks, ranked), len(found)


@action("reader")
def tile(city: City, caller: Party, /, layer: Layer, address: tuple[int, int, int]) -> Tile:
    """A vector tile of a layer, with what the caller may see."""
    places = city.layers[layer]
    return city.drawn.of(layer, places, city.seeing.masks(caller, places), address)


@action("reader")
def region_tile(city: City, caller: Party, /, address: tuple[int, int, int], language: Language) -> Tile:
    """A vector tile of the regions, named in a language."""
    return city.drawn.of_areas(address, language)


@action("reader")
def thing(city: City, caller: Party, /, layer: Layer, number: int) -> Seen:
    """One thing of the map. Raises NoSuchThing."""
    places = city.layers[layer]
    masks = city.seeing.masks(caller, places)
    row = places.rows[number] if 0 <= number < len(places) else None
    if row is None or not row["there"] or not masks.sees(places.rows[[number]])[0]:
        raise NoSuchThing(
            Title("它已不在地图上，或您无权查看。", "It is not on the map any more, or you may not see it."),
            where=f"/{layer}/{number}",
        )
    line = looking.lines(places, masks, looking.rows_of(number))[0]
    group = places.groups[row["group"]]
    shown = group.attribute if masks.values(places.rows[[number]])[0] else ""
    entity = line.id if layer == "devices" and group.room in (CONTEXT, REGISTRY) else city.entity_of(layer, line.id)
    events, cases = (_others(city, caller, one, entity, line.id) for one in ("events", "cases"))
    return Seen(line, layer, shown, entity, _label(city, caller, line, layer), events, cases)


@action("reader")
def listen(city: City, caller: Party, /) -> None:
    """Listen to what happens; each message is held against what the caller may see."""


def _label(city: City, caller: Party, line: Line, layer: Layer) -> Title:
    if layer != "devices":
        return line.title
    stored = context.retrieve(city.broker, caller, "", line.id)
    if stored is None:
        return line.title
    entity = stored.open()
    named = Title(label_of(entity, "zh"), label_of(entity, "en"))
    return line.title if line.id in (named.zh, named.en) else named


def _others(city: City, caller: Party, layer: Layer, entity: str, but: str) -> tuple[Line, ...]:
    """The open things of a layer that are of an entity, but one."""
    places = city.layers[layer]
    masks = city.seeing.masks(caller, places)
    ids = [one for one in city.open_at(layer, entity) if one != but]
    rows = looking.rows_of(*(number for one in ids if (number := places.number(one)) is not None))
    return looking.lines(places, masks, rows[masks.sees(places.rows[rows])])


def _extent(city: City, devices: Rows, events: Rows) -> tuple[float, float, float, float] | None:
    """What the map shows at first: where the devices are, if there are some; a few say nothing of where the city lies."""
    around = city.drawn.extent()
    if around is not None and len(devices) < FEW:
        return around
    return city.layers["devices"].extent(devices) or city.layers["events"].extent(events) or around
