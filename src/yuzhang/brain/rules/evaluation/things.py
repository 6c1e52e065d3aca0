"""What rules have to know of a thing: its types, where it is, who answers for it, whether it is simulated."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.presentation import LABELS, short
from yuzhang.brain.rules.evaluation.contents import point_of
from yuzhang.core.language import Title
from yuzhang.core.simulated import is_simulated

MOST_REMEMBERED = 300_000


@dataclass(frozen=True, slots=True)
class Thing:
    """One entity as rules see it. `types` are short names; none if nobody knows it yet."""

    id: str
    types: frozenset[str]
    name: Title
    lon: float | None = None
    lat: float | None = None
    unit: str = ""
    region: str = ""
    simulated: bool = False


class Owned(Protocol):
    """A device, as far as rules ask."""

    @property
    def name(self) -> str: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def simulated(self) -> bool: ...


class Registered(Protocol):
    """What rules ask of the registry."""

    def devices_of(self, entities: Iterable[str], /) -> Mapping[str, Owned]:
        """The devices that observe entities, by entity."""

    def region_at(self, lon: float, lat: float, /) -> str:
        """The region of a position, "" if it is in none."""


class Facts(Protocol):
    """Who knows things."""

    def of(self, ids: Iterable[str]) -> Mapping[str, Thing]:
        """All of `ids`; those that nobody knows have no types."""

    def learn(self, types: Mapping[str, Iterable[str]]) -> None:
        """What the log says of the types of entities."""

    def forget(self, ids: Iterable[str]) -> None:
        """These have changed."""


@runtime_checkable
class Changing(Protocol):
    """Who knows things that change while rules watch them."""

    def changed(self) -> tuple[list[str], list[str]]:
        """Of which things the types, and of which the place or whatever else, may have changed since this was asked last."""


class Things:
    """Asks the present and the registry, and remembers."""

    def __init__(self, broker: Broker, registry: Registered | None, tenant: str = "") -> None:
        self._broker, self._registry, self._tenant = broker, registry, tenant
        self._known: dict[str, Thing] = {}
        self._types: dict[str, frozenset[str]] = {}
        self._retyped: deque[str] = deque(maxlen=MOST_REMEMBERED)
        self._moved: deque[str] = deque(maxlen=MOST_REMEMBERED)
        """Queues: the registry tells of its devices from other threads."""

    def learn(self, types: Mapping[str, Iterable[str]]) -> None:
        """What the log says of the types of entities: the present may learn of it later."""
        if len(self._types) > MOST_REMEMBERED:
            self._types.clear()
        for id_, some in types.items():
            named = frozenset(short(one) for one in some)
            if self._types.get(id_) != named:
                self._types[id_] = named
                self._known.pop(id_, None)
                self._retyped.append(id_)

    def forget(self, ids: Iterable[str]) -> None:
        """These have changed."""
        for one in ids:
            self._known.pop(one, None)
            self._moved.append(one)

    def changed(self) -> tuple[list[str], list[str]]:
        """Of which things the types, and of which the place or whatever else, may have changed since this was asked last."""
        retyped, moved = ([queue.popleft() for _ in range(len(queue))] for queue in (self._retyped, self._moved))
        return list(dict.fromkeys(retyped)), list(dict.fromkeys(moved))

    def of(self, ids: Iterable[str]) -> Mapping[str, Thing]:
        """All of `ids`."""
        wanted = list(dict.fromkeys(ids))
        missing = [one for one in wanted if one not in self._known]
        if missing:
            if len(self._known) + len(missing) > MOST_REMEMBERED:
                self._known.clear()
                missing = wanted
            made = self._asked(missing)
            return {one: self._known.get(one) or made[one] for one in wanted}
        return {one: self._known[one] for one in wanted}

    def _asked(self, ids: list[str]) -> dict[str, Thing]:
        space = self._broker.numbering.space(self._tenant) if self._tenant else 1
        there = {} if space is None else self._broker.store.retrieve_all(space, ids)
        devices = self._registry.devices_of(ids) if self._registry is not None else {}
        made = {one: self._made(one, there[one].open().body if one in there else {}, devices.get(one)) for one in ids}
        # What the present does not have yet is asked for again: its name and place come later than its first value.
        self._known.update({one: made[one] for one in there if made[one].types})
        return made

    def _made(self, id_: str, body: Mapping[str, Any], device: Owned | None) -> Thing:
        kind = body.get("type", [])
        types = frozenset(short(one) for one in ([kind] if isinstance(kind, str) else kind))
        lon, lat = _position(body)
        if lon is None and device is not None:
            lon, lat = device.lon, device.lat
        region = device.region if device is not None else ""
        if not region and self._registry is not None and lon is not None and lat is not None:
            region = self._registry.region_at(lon, lat)
        return Thing(
            id_,
            types | self._types.get(id_, frozenset()),
            _name(body, (device.name if device is not None else "") or id_),
            lon,
            lat,
            device.unit if device is not None else "",
            region,
            bool(device is not None and device.simulated) or is_simulated(id_),
        )


def _position(body: Mapping[str, Any]) -> tuple[float | None, float | None]:
    given = body.get("location")
    one = given[0] if isinstance(given, list) and given else given
    lon, lat = point_of(one.get("value")) if isinstance(one, dict) else (float("nan"), 0.0)
    return (None, None) if lon != lon else (lon, lat)


def _name(body: Mapping[str, Any], otherwise: str) -> Title:
    for label in LABELS:
        given = body.get(label)
        one = given[0] if isinstance(given, list) and given else given
        if not isinstance(one, dict):
            continue
        words = one.get("languageMap")
        if isinstance(words, dict) and words:
            first = str(next(iter(words.values())))
            return Title(str(words.get("zh", first)), str(words.get("en", first)))
        if isinstance(one.get("value"), str):
            return Title(one["value"], one["value"])
    return Title(otherwise, otherwise)
