"""What cases can be about, who gets them, and until when: of all packs together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from yuzhang.brain.cases.model import Matter
from yuzhang.brain.cases.processes.definition import Definition
from yuzhang.brain.cases.processes.reading import (
    BUILT_IN,
    FILE,
    Dispatch,
    PackCases,
    built_in,
    built_in_limits,
    built_in_matters,
    read,
)
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.core.packs import Fault, Pack, read_toml

URGENT = 4


class UnitOf(Protocol):
    """A unit of the registry."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def name(self) -> Title:
        """What it is called."""
        ...

    @property
    def parent(self) -> str:
        """The unit above; "" or nothing for none."""
        ...

    @property
    def kind(self) -> str:
        """What kind of unit it is."""
        ...


class RegionOf(Protocol):
    """A region of the registry."""

    @property
    def parent(self) -> str:
        """The region around it; "" or nothing for none."""
        ...


class Registered(Protocol):
    """What cases ask of the registry of units and regions."""

    def unit(self, id: str, /) -> UnitOf | None:
        """A unit; None if there is none."""
        ...

    def units(self) -> Sequence[UnitOf]:
        """All units."""
        ...

    def region(self, id: str, /) -> RegionOf | None:
        """A region; None if there is none."""
        ...

    def region_at(self, lon: float, lat: float, /) -> str:
        """The region of a place; "" for none."""
        ...


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All matters by id, all processes by name as packs have them now, all lines of dispatch."""

    matters: Mapping[str, Matter]
    definitions: Mapping[str, Definition]
    dispatch: tuple[Dispatch, ...]
    limits: Mapping[str, str]
    urgent: Mapping[str, str]
    origins: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def matter(self, id_: str) -> Matter:
        """A matter; one of that name with nothing of its own, where no pack has it: nothing that happens is left out."""
        return self.matters.get(id_) or Matter(id_, Title(id_, id_))

    def limit(self, matter: Matter, step: str, severity: int) -> str:
        """The time limit of a step; "" for none."""
        lists = (matter.urgent, matter.limits, self.urgent, self.limits) if severity >= URGENT else ()
        return next((one[step] for one in (*lists, matter.limits, self.limits) if step in one), "")

    def unit_for(self, matter: str, region: str, registry: Registered) -> str:
        """The unit that gets a matter in a region; "" if no line says so."""
        around = regions_around(region, registry)
        pack = self.matter(matter).pack
        fitting = [
            (bool(one.matter), len(around) - around.index(one.region) if one.region else 0, one.unit)
            for one in self.dispatch
            if (one.matter == matter or (not one.matter and one.pack == pack))
            and (not one.region or one.region in around)
        ]
        for _, _, named in sorted(fitting, key=lambda one: one[:2], reverse=True):
            if unit_of(named, registry) is not None:
                return named
            of_kind = [one.id for one in registry.units() if one.kind == named]
            if of_kind:
                return of_kind[0]
        return ""


def catalogue(packs: Sequence[Pack]) -> Catalogue:
    """What all packs say; of two matters of one id the first counts, and a pack's before ours."""
    own = [(pack, *read(pack)) for pack in packs]
    parts: list[tuple[Pack, PackCases]] = [(pack, part) for pack, part, _ in own]
    matters: dict[str, Matter] = {}
    twice: list[Fault] = []
    definitions = {BUILT_IN: built_in()}
    origins = {BUILT_IN: "built-in"}
    for pack, part in parts:
        twice += [_twice(pack, one, matters[one.id]) for one in part.matters if one.id in matters]
        matters |= {one.id: one for one in part.matters if one.id not in matters}
        definitions |= part.definitions
        origins |= dict.fromkeys(part.definitions, pack.id)
    matters |= {one.id: one for one in built_in_matters() if one.id not in matters}
    limits, urgent = built_in_limits()
    dispatch = tuple(line for _, part in parts for line in part.dispatch)
    faults = (*(fault for _, _, wrong in own for fault in wrong), *twice)
    in_order = sorted(matters.values(), key=lambda one: (not one.pack, one.pack, one.group.zh, one.code, one.id))
    ordered = {one.id: one for one in in_order}
    return Catalogue(ordered, definitions, dispatch, limits, urgent, origins, faults)


def _twice(pack: Pack, matter: Matter, first: Matter) -> Fault:
    located, _ = read_toml(pack.folder / FILE)
    at = [one.get("id") for one in located.data["matter"]].index(matter.id)
    return Fault(
        located.path,
        located.line("matter", at, "id"),
        "cases.id",
        Title(f"应用包 {first.pack} 已有事项 {matter.id}", f"the pack {first.pack} has a matter {matter.id} already"),
        Title("换一个 id", "choose another id"),
    )


def unit_of(id_: str, registry: Registered) -> UnitOf | None:
    """A unit of the registry; None if there is none."""
    if not id_:
        return None
    try:
        return registry.unit(id_)
    except NotFound:
        return None


def regions_around(id_: str, registry: Registered) -> list[str]:
    """A region and those around it, the smallest first."""
    found: list[str] = []
    while id_ and id_ not in found:
        found.append(id_)
        try:
            region = registry.region(id_)
        except NotFound:
            region = None
        id_ = (region.parent or "") if region is not None else ""
    return found
