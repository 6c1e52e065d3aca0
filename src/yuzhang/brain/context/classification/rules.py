"""A sight as conditions for a database: which types are seen at all, and of those that are placed, in which regions and units.

Values that are not there need no rule: a row that comes meanwhile is looked at once more before it is shown.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

from yuzhang.brain.context.classification.model import UNCLASSIFIED, TypeClass
from yuzhang.brain.context.classification.sight import Sight, View
from yuzhang.brain.context.classification.store import is_mixed, types_there, values_there
from yuzhang.brain.context.store.engines import Reader
from yuzhang.brain.context.store.numbering import Numbering

MOST_VALUES = 1000
MOST_PLACES = 5000
"""Pairs of regions and units that are asked about; where a type has more, its entities are looked at one by one."""
ELSEWHERE = "~"
"""A region, or a unit, that nobody is of: who may see even that one may see all."""
Parameters = tuple[object, ...]
Condition = tuple[str, Parameters]
"""A condition in SQL on the key `{k}` of an entity of the present; empty if it always holds."""
ALWAYS: Condition = ("", ())
Known = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class Places:
    """Where a type's entities are seen, and where an attribute of it that is not shown everywhere is.

    `where` is None if no database can decide it.
    """

    where: Condition | None
    shown: dict[str, Condition | None]


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds of the types that are there: `unseen` ones, `hidden` attributes of seen ones that are not placed, `placed` ones."""

    unseen: tuple[str, ...]
    seen: tuple[str, ...]
    hidden: dict[str, frozenset[str]]
    placed: dict[str, Places]

    @property
    def everything(self) -> bool:
        """Whether they leave nothing out."""
        return (
            not self.unseen
            and not any(self.hidden.values())
            and all(
                one.where == ALWAYS and all(each == ALWAYS for each in one.shown.values())
                for one in self.placed.values()
            )
        )


def rules_of(
    sight: Sight, kinds: Iterable[str], reader: Reader, space: int | None, declared: frozenset[str], known: Known
) -> Rules:
    """The rules for the types `kinds`; `declared` are the attributes whose values are indexed."""
    unseen: list[str] = []
    seen: list[str] = []
    hidden: dict[str, frozenset[str]] = {}
    placed: dict[str, Places] = {}
    for kind in kinds:
        classed = sight.classes.get(kind, UNCLASSIFIED)
        if not classed.placed:
            view = sight.view(kind)
            if view is None:
                unseen.append(kind)
                continue
            hidden[kind] = view.hidden
        else:
            found = _places(sight, kind, classed, reader, space, declared, known)
            if found is None:
                unseen.append(kind)
                continue
            placed[kind] = found
        seen.append(kind)
    return Rules(tuple(unseen), tuple(seen), hidden, placed)


def rules_for(
    sight: Sight, reader: Reader, numbering: Numbering, space: int, declared: frozenset[str]
) -> tuple[Rules, bool]:
    """The rules for the types of a space, and whether entities of several types are among them."""
    kinds = [numbering.text(one) for one in types_there(reader, space)]
    return rules_of(sight, kinds, reader, space, declared, numbering.known), is_mixed(reader, space)


def _places(
    sight: Sight,
    kind: str,
    classed: TypeClass,
    reader: Reader,
    space: int | None,
    declared: frozenset[str],
    known: Known,
) -> Places | None:
    """Where a type is seen; None if nowhere, as far as is known."""
    own = {name: None for name in classed.attributes}
    names = [name for name in (classed.region_by, classed.unit_by) if name]
    if space is None or not all(name in declared for name in names):
        return Places(None, dict(own))
    values = {
        name: values_there(reader, space, number, MOST_VALUES) for name in names if (number := known(name)) is not None
    }
    regions = ["", *values.get(classed.region_by, [])]
    units = ["", *values.get(classed.unit_by, [])] if classed.unit_by != classed.region_by else [""]
    if len(regions) * len(units) > MOST_PLACES or any(len(one) >= MOST_VALUES for one in values.values()):
        return Places(None, dict(own))
    views = {(region, unit): sight.view(kind, region, unit) for region, unit in product(regions, units)}
    beyond = sight.view(kind, ELSEWHERE if classed.region_by else "", ELSEWHERE if classed.unit_by else "")
    if beyond is None and not any(views.values()):
        return None
    writing = _Writing(space, classed, known, regions, units)
    return Places(
        writing.condition({place for place, one in views.items() if one is not None}, all_else=beyond is not None),
        {
            name: writing.condition(
                {place for place, one in views.items() if _shows(one, name)}, all_else=_shows(beyond, name)
            )
            for name in own
        },
    )


def _shows(view: View | None, name: str) -> bool:
    return view is not None and name not in view.hidden


class _Writing:
    """Writes the conditions of one type."""

    def __init__(self, space: int, classed: TypeClass, known: Known, regions: list[str], units: list[str]) -> None:
        self.space = space
        self.classed = classed
        self.known = known
        self.regions, self.units = frozenset(regions), frozenset(units)

    def condition(self, places: set[tuple[str, str]], *, all_else: bool) -> Condition:
        """What holds for entities in one of the places; in all others, too, that there may come, if `all_else`."""
        if all_else and len(places) == len(self.regions) * len(self.units):
            return ALWAYS
        by_region: dict[str, frozenset[str]] = {}
        for region in {one for one, _ in places}:
            by_region[region] = frozenset(unit for one, unit in places if one == region)
        by_units: dict[frozenset[str], list[str]] = {}
        for region, units in by_region.items():
            by_units.setdefault(units, []).append(region)
        parts: list[str] = []
        parameters: list[object] = []
        for units, regions in by_units.items():
            found = [
                self._has(self.classed.region_by, frozenset(regions), self.regions),
                self._has(self.classed.unit_by, units, self.units),
            ]
            some = [text for text, _ in found if text]
            parts.append(f"({' AND '.join(some)})" if some else "1 = 1")
            parameters += [value for text, values in found if text for value in values]
        return (f"({' OR '.join(parts)})" if parts else "1 = 0"), tuple(parameters)

    def _has(self, name: str, wanted: frozenset[str], there: frozenset[str]) -> Condition:
        """One of the values `wanted` of those that are `there`; the empty one stands for none at all."""
        number = self.known(name) if name else None
        if number is None or wanted == there:
            return ALWAYS
        some = sorted(wanted - {""})
        marks = ",".join("?" * len(some)) or "NULL"
        text = (
            "EXISTS (SELECT 1 FROM context_value_text v WHERE v.space = ? AND v.name = ? "  # noqa: S608  # marks
            f"AND v.value IN ({marks}) AND v.key = {{k}})"
        )
        parameters: Parameters = (self.space, number, *some)
        if "" in wanted:
            none = "{k} NOT IN (SELECT n.key FROM context_value_text n WHERE n.space = ? AND n.name = ?)"
            text, parameters = f"({text} OR {none})", (*parameters, self.space, number)
        return text, parameters
