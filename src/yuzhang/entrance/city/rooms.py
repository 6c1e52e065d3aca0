"""What the rooms of devices, events and cases bring to the map. A room that is not there brings nothing."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from time import time_ns
from typing import TYPE_CHECKING

from yuzhang.core.moments import microseconds
from yuzhang.entrance.city.looking import HOUR_US, HOURS, OPEN
from yuzhang.entrance.city.model import Area, DeviceLike, Group, Named, Thing
from yuzhang.foundation.registry.room import Registry

if TYPE_CHECKING:
    from yuzhang.brain.cases.model import Case
    from yuzhang.brain.cases.room import Cases
    from yuzhang.brain.rules.model import Event
    from yuzhang.brain.rules.room import Rules

AT_ONCE = 500
MERGED = "merged"
"""Where a case stands that is handled with another one: it is not open any more, whatever its own status says."""
NOWHERE = float("nan")
"""What has no place is in the lists, and not on the map."""


class Rooms:
    """The rooms as they are asked by the system itself; who sees what of it is asked for each screen."""

    def __init__(
        self, registry: Registry | None = None, rules: "Rules | None" = None, cases: "Cases | None" = None
    ) -> None:
        self._registry, self._rules, self._cases = registry, rules, cases

    def devices(self) -> Iterable[DeviceLike]:
        """All that are registered and not retired."""
        if self._registry is None:
            return ()
        return [one for one in self._registry.everything()[0] if one.status != "retired"]

    def device(self, id_: str) -> DeviceLike | None:
        """One device."""
        return None if self._registry is None else self._registry.device(id_)

    def areas(self) -> Sequence[Area]:
        """The regions that have a boundary."""
        regions = () if self._registry is None else self._registry.regions()
        return [Area(one.id, one.name, one.level, one.boundary) for one in regions if one.boundary is not None]

    def named(self) -> Iterable[Named]:
        """Regions and units, with their names."""
        if self._registry is None:
            return ()
        return [*self.units(), *(Named(one.id, one.name) for one in self._registry.regions())]

    def units(self) -> Sequence[Named]:
        """Units alone."""
        return () if self._registry is None else [Named(one.id, one.name) for one in self._registry.units()]

    def events(self) -> Iterable[Thing]:
        """All that is open, and what was in the last hours."""
        if self._rules is None:
            return
        from yuzhang.brain.rules import store

        since = time_ns() // 1000 - HOURS * HOUR_US
        with self._rules.storage.reading() as connection:
            yield from map(_event, store.events(connection, since))

    def some_events(self, ids: Sequence[str]) -> dict[str, Thing]:
        """Those of these events that are there."""
        if self._rules is None:
            return {}
        from yuzhang.brain.rules import store

        with self._rules.storage.reading() as connection:
            return {id_: _event(one) for id_, one in store.by_ids(connection, ids).items()}

    def cases(self) -> Iterator[Thing]:
        """All that is open, and not handled with another one."""
        if self._cases is None:
            return
        from yuzhang.brain.cases.model import Filter
        from yuzhang.brain.cases.store import cases as store

        before: int | None = None
        with self._cases.storage.reading() as connection:
            while True:
                found = store.search(connection, Filter(status=OPEN), self._cases.now(), before, AT_ONCE)
                yield from (_case(one) for one in found if not one.merged_into)
                if len(found) < AT_ONCE:
                    return
                before = found[-1].id

    def some_cases(self, ids: Sequence[str]) -> dict[str, Thing]:
        """Those of these cases that are there, without what else is known of them."""
        if self._cases is None:
            return {}
        from yuzhang.brain.cases.store import cases as store

        found: dict[str, Thing] = {}
        with self._cases.storage.reading() as connection:
            for at in range(0, len(ids), AT_ONCE):
                some = store.by_numbers(connection, ids[at : at + AT_ONCE])
                found.update((one.number, _case(one)) for one in some)
        return found


def _event(one: "Event") -> Thing:
    return Thing(
        one.id,
        NOWHERE if one.lon is None else one.lon,
        NOWHERE if one.lat is None else one.lat,
        kind=one.kind,
        group=Group("brain.rules", ((one.kind, (one.region,), (one.unit,)),)),
        severity=one.severity,
        status=one.status,
        value=NOWHERE if one.value is None else one.value,
        at=one.opened_at,
        simulated=one.simulated,
        title=one.title,
        unit=one.unit,
        region=one.region,
        entity=one.entity,
        address=f"/events/{one.id}",
    )


def _case(one: "Case") -> Thing:
    return Thing(
        one.number,
        NOWHERE if one.lon is None else one.lon,
        NOWHERE if one.lat is None else one.lat,
        kind=one.matter,
        group=Group("brain.cases", ((one.matter, (one.region,), (one.unit,)),)),
        severity=one.severity,
        status=MERGED if one.merged_into and one.status == OPEN else one.status,
        at=_microseconds(one.opened_at),
        simulated=one.simulated,
        title=one.title,
        unit=one.unit,
        region=one.region,
        due=_microseconds(one.due_at),
        party=one.party,
        entity=one.entity,
        address=f"/cases/{one.number}",
    )


def _microseconds(at: datetime | None) -> int:
    return 0 if at is None else microseconds(at)
