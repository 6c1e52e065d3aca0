"""How a request wants its entities to be shown, and which linked ones come along. Clauses 4.5.23, 4.21, 6.3.7, 6.3.11."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, TooComplexQuery, said
from yuzhang.brain.context.http.message import Call
from yuzhang.brain.context.http.parameters import SHOWING, format_of, options_of
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.projection import MAX_HOPS, Projection, heads, hops, parse_projection
from yuzhang.brain.context.reading import checked_uri
from yuzhang.brain.context.rendering import PLAIN, Representation

Members = Mapping[str, Any]
"""The members of a query as texts, but for coordinates, which may be lists."""
MAX_WORDS = 500
NO_ATTRIBUTES = frozenset({"id", "type", "scope", "@context", "@id", "@type"})


@dataclass(frozen=True, slots=True)
class Joining:
    """How linked entities come along: not at all (`join` empty), `flat` or `inline`, up to so many links away. Clause 4.5.23."""

    join: str = ""
    level: int = 1
    contained_by: tuple[str, ...] = ()


ALONE = Joining()
JOINED = frozenset({"join", "joinLevel", "containedBy"})
AS_FEATURES = Representation(geojson=True)
SHOWN = frozenset({"attrs", "pick", "omit", "options", "format", "sysAttrs", "lang", "datasetId", "geometryProperty"})
"""Members that make an answer differ from what is kept."""


def representation_of(call: Call, members: Members, terms: Terms, joining: Joining, *, geojson: bool) -> Representation:
    """How the entities shall be shown. Raises BadRequestData, InvalidRequest. Source: clauses 4.21, 5.7.1.4, 6.3.7, 6.3.11."""
    if SHOWN.isdisjoint(members) and SHOWN.isdisjoint(call.query):
        return AS_FEATURES if geojson else PLAIN
    options = options_of(call, SHOWING)
    parts: dict[str, Projection | None] = {
        name: parse_projection(members[name], terms, f"?{name}") if name in members else None
        for name in ("attrs", "pick", "omit")
    }
    attrs, pick, omit = parts["attrs"], parts["pick"], parts["omit"]
    if attrs is not None:
        if pick is not None or omit is not None:
            raise BadRequestData(said("attrs does not go together with pick and omit."), where="?attrs")
        if hops(attrs) or heads(attrs) & NO_ATTRIBUTES:
            raise BadRequestData(said("attrs is a list of attributes."), where="?attrs")
    if pick is not None and omit is not None and set(pick) & set(omit):
        raise BadRequestData(said("The same member is picked and omitted."), where="?omit")
    if max(hops(pick), hops(omit)) > (joining.level if joining.join else 0):
        raise BadRequestData(
            said("The projection looks at more linked entities than are retrieved."),
            fix=said("Set join and joinLevel."),
        )
    geometry = members.get("geometryProperty")
    if geometry is not None and not geojson:
        raise BadRequestData(
            said("geometryProperty is for answers in application/geo+json."), where="?geometryProperty"
        )
    dataset = tuple(one if one == "@none" else checked_uri(one, "?datasetId") for one in words(members, "datasetId"))
    how = Representation(
        format=format_of(call, options),
        sysattrs="sysAttrs" in options or bool(flag(members, "sysAttrs")),
        pick=pick,
        omit=omit,
        attrs=attrs,
        lang=members.get("lang"),
        dataset=dataset or None,
        geojson=geojson,
        geometry_property=None if geometry is None else terms.expand(geometry),
    )
    return PLAIN if how == PLAIN else how


def joining_of(members: Members) -> Joining:
    """Which linked entities come along. Raises BadRequestData. Source: clause 4.5.23."""
    if JOINED.isdisjoint(members):
        return ALONE
    join = members.get("join", "@none")
    if join not in {"flat", "inline", "@none"}:
        raise BadRequestData(said("join is flat, inline or @none."), where="?join")
    level = str(members.get("joinLevel", "1"))
    if not level.isascii() or not level.isdigit() or not 1 <= int(level[:9]) <= MAX_HOPS:
        raise BadRequestData(said(f"joinLevel is a whole number from 1 to {MAX_HOPS}."), where="?joinLevel")
    around = tuple(checked_uri(one, "?containedBy") for one in words(members, "containedBy"))
    return Joining("" if join == "@none" else join, int(level), around)


def words(members: Members, name: str) -> tuple[str, ...]:
    """The parts of a list with commas. Raises TooComplexQuery."""
    found = tuple(one.strip() for one in members.get(name, "").split(",") if one.strip())
    if len(found) > MAX_WORDS:
        raise TooComplexQuery(said(f"{name} has at most {MAX_WORDS} parts."), where=f"?{name}")
    return found


def flag(members: Members, name: str) -> bool | None:
    """A boolean member; None if it is not given. Raises BadRequestData."""
    found = str(members.get(name, "")).lower()
    if found not in {"", "true", "false"}:
        raise BadRequestData(said(f"{name} is true or false."), where=f"?{name}")
    return None if not found else found == "true"
