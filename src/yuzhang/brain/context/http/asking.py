"""What a request asks for: which entities, how they shall be shown, in which order, with which links.

A query comes in the address (clause 6.4.3.2) or as a payload (clause 5.2.23, `query_payload.py`); both are read as members of the
same names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.http.message import Call, parameters_in
from yuzhang.brain.context.http.parameters import SHOWING, format_of, options_of
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.projection import MAX_HOPS, Projection, heads, hops, parse_projection
from yuzhang.brain.context.query import (
    Order,
    Selection,
    Types,
    parse_geo,
    parse_order,
    parse_q,
    parse_scope,
    parse_types,
)
from yuzhang.brain.context.reading import checked_uri
from yuzhang.brain.context.rendering import PLAIN, Representation

Members = Mapping[str, Any]
"""The members of a query as texts, but for coordinates, which may be lists."""
SYSTEM = frozenset({"createdAt", "modifiedAt", "deletedAt", "expiresAt", "observedAt"})
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


@dataclass(frozen=True, slots=True)
class Selector:
    """One EntitySelector: all that is given must hold; `text` is the choice of types as it came. Clause 5.2.33."""

    ids: tuple[str, ...] | None = None
    id_pattern: str | None = None
    types: Types | None = None
    text: str | None = None

    @property
    def any_type(self) -> bool:
        """Whether every type is explicitly wanted."""
        return self.text == "*"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was read: an entity is chosen if one of `selections` matches; there is one for each of `selectors`.

    `members` are what it was read from, as texts, for whoever passes the query on.
    """

    members: Members
    selectors: tuple[Selector, ...]
    selections: tuple[Selection, ...]
    how: Representation
    joining: Joining
    order: Order | None = None
    local: bool = False
    entity_map: bool = False


def asked_in_address(call: Call, terms: Terms, *, geojson: bool) -> Asked:
    """The query in the address of a call. Raises BadRequestData, InvalidRequest. Source: clauses 5.7.2.4, 6.4.3.2."""
    return _remembered(call.query_string, terms, geojson)


@lru_cache(maxsize=512)
def _remembered(query_string: bytes, terms: Terms, geojson: bool) -> Asked:
    call = Call("GET", "", query_string, {}, b"", None)  # type: ignore[arg-type]  # nobody acts here
    members = members_in_address(query_string)
    one = selector(members.get("id"), members.get("idPattern"), members.get("type"), terms)
    return asked(call, members, (one,) if one else (), terms, geojson=geojson)


def members_in_address(query_string: bytes) -> dict[str, Any]:
    """The parameters, each with its one value. Raises BadRequestData if one is given twice."""
    found = {}
    for name, values in parameters_in(query_string).items():
        if len(values) > 1:
            raise BadRequestData(said(f"The parameter {name} is given {len(values)} times."), where=f"?{name}")
        if values[0]:
            found[name] = values[0]
    return found


def asked(call: Call, members: Members, selectors: Sequence[Selector], terms: Terms, *, geojson: bool) -> Asked:
    """Put the parts together and check that they go together. Raises BadRequestData. Source: clause 5.7.2.4."""
    joining = joining_of(members)
    how = representation_of(call, members, terms, joining, geojson=geojson)
    local = flag(members, "local")
    any_type = any(one.any_type for one in selectors)
    if any_type and local is False:
        raise BadRequestData(said("type=* asks this broker alone; local=false contradicts it."), where="?local")
    selections = selections_of(members, selectors, terms, how, joining)
    if not (local or any_type or any(one.types for one in selectors) or is_narrow(members, selections[0])):
        raise BadRequestData(
            said("The query is too wide."), fix=said("Give a type, an attribute in attrs or q, a place, or local=true.")
        )
    if (csf := members.get("csf")) is not None:
        parse_q(csf, terms)
    order = None
    if "orderBy" in members:
        order = parse_order(
            members["orderBy"],
            terms,
            collation=members.get("collation"),
            order_from=members.get("orderFrom"),
            order_geometry=members.get("orderGeometry"),
        )
    return Asked(
        members,
        tuple(selectors),
        selections,
        how,
        joining,
        order,
        bool(local or any_type),
        bool(flag(members, "entityMap")),
    )


def selections_of(
    members: Members, selectors: Sequence[Selector], terms: Terms, how: Representation, joining: Joining
) -> tuple[Selection, ...]:
    """What chooses: one selection for each selector, or one alone. Raises BadRequestData."""
    q = None
    if "q" in members:
        q = parse_q(
            members["q"],
            terms,
            json_keys=words(members, "jsonKeys"),
            expand_values=words(members, "expandValues"),
        )
        if q.depth > (joining.level if joining.join else 0):
            raise BadRequestData(
                said("q asks for entities farther away than joinLevel."),
                where="?q",
                fix=said("Set join and joinLevel."),
            )
    geo = None
    if "georel" in members:
        geo = parse_geo(
            members["georel"],
            members.get("geometry", ""),
            members.get("coordinates", ""),
            members.get("geoproperty"),
            terms,
        )
    elif members.keys() & {"geometry", "coordinates", "geoproperty"}:
        raise BadRequestData(said("A place needs georel, geometry and coordinates."), where="?georel")
    attrs = how.attrs
    if attrs is None and how.pick and not heads(how.pick) & (NO_ATTRIBUTES | SYSTEM):
        attrs = tuple(heads(how.pick))  # an entity of which nothing is left is not in the answer
    scope = parse_scope(members["scopeQ"]) if "scopeQ" in members else None
    return tuple(
        Selection(one.ids, one.id_pattern, one.types, attrs, q, geo, scope, how.dataset)
        for one in selectors or (Selector(),)
    )


def is_narrow(members: Members, selection: Selection) -> bool:
    """Whether a query without types says enough: an attribute of the user, or a place. Source: clause 5.7.2.4."""
    if selection.geo is not None or (selection.attrs and set(selection.attrs) - SYSTEM):
        return True
    return selection.q is not None and bool(selection.q.attributes())


def selector(ids: Any, pattern: str | None, types: str | None, terms: Terms) -> Selector | None:
    """One EntitySelector; None if nothing is said. Raises BadRequestData. Source: clauses 4.17, 5.2.33."""
    if ids is None and pattern is None and types is None:
        return None
    found = None
    if ids is not None:
        parts = [one.strip() for one in ids.split(",")] if isinstance(ids, str) else ids
        found = tuple(dict.fromkeys(checked_uri(one, "?id") for one in parts))
        pattern = None  # `id` takes precedence
    return Selector(found, pattern, None if types is None or types == "*" else _types(types, terms), types)


_types = lru_cache(maxsize=512)(parse_types)


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
    """The parts of a list with commas."""
    return tuple(one.strip() for one in members.get(name, "").split(",") if one.strip())


def flag(members: Members, name: str) -> bool | None:
    """A boolean member; None if it is not given. Raises BadRequestData."""
    found = str(members.get(name, "")).lower()
    if found not in {"", "true", "false"}:
        raise BadRequestData(said(f"{name} is true or false."), where=f"?{name}")
    return None if not found else found == "true"
