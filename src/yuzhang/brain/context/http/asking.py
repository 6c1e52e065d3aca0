"""What a request asks for: which entities, how they shall be shown, in which order, with which links.

A query comes in the address (clause 6.4.3.2) or as a payload (clause 5.2.23, `query_payload.py`); both are read as members of the
same names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, TooComplexQuery, said
from yuzhang.brain.context.http.message import Call, parameters_in
from yuzhang.brain.context.http.representing import (
    NO_ATTRIBUTES,
    Joining,
    Members,
    flag,
    joining_of,
    representation_of,
    words,
)
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.projection import heads
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
from yuzhang.brain.context.rendering import Representation

SYSTEM = frozenset({"createdAt", "modifiedAt", "deletedAt", "expiresAt", "observedAt"})
MAX_IDS = 10_000
"""Fewer than a database takes parameters in one statement."""


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
        if len(parts) > MAX_IDS:
            raise TooComplexQuery(said(f"A query names at most {MAX_IDS} ids."), where="?id")
        found = tuple(dict.fromkeys(checked_uri(one, "?id") for one in parts))
        pattern = None  # `id` takes precedence
    return Selector(found, pattern, None if types is None or types == "*" else _types(types, terms), types)


_types = lru_cache(maxsize=512)(parse_types)
