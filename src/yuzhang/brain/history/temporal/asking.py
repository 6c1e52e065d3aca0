"""What a request of the temporal API asks for: which entities, when, and how they shall be shown. Clauses 5.7.3, 5.7.4, 6.18.3.2, 6.19.3.1."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.http.asking import Asked, asked_in_address, members_in_address
from yuzhang.brain.context.http.message import Call
from yuzhang.brain.context.http.query_payload import asked_in_payload
from yuzhang.brain.context.http.representing import ALONE, representation_of
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.rendering import PLAIN, Representation
from yuzhang.brain.history.temporal.model import TemporalQuery
from yuzhang.brain.history.temporal.periods import AGGREGATING, TEMPORAL, TIMING, form_of, temporal_query

ORDERED_BY = re.compile(r"id(?:;(?:asc|desc))?")
MAPS = ("entityMap", "entityMapLifetime")


@dataclass(frozen=True, slots=True)
class Wish:
    """A request that was read: `query` by time, `how` to show it, and, if it is a query of entities, `asked` for which.

    `timing` are its parameters by time as they came, for whoever passes them on.
    """

    query: TemporalQuery
    how: Representation
    timing: Mapping[str, str]
    asked: Asked | None = None

    @property
    def selections(self) -> tuple[Selection, ...]:
        """What chooses the entities, one of them suffices."""
        return self.asked.selections if self.asked is not None else (Selection(),)


def retrieval(call: Call, terms: Terms) -> Wish:
    """The request for one entity. Raises BadRequestData, InvalidRequest. Source: clauses 5.7.3.4 and 6.19.3.1."""
    members = members_in_address(call.query_string)
    options = set(call.words("options"))
    plain = call.without(*TEMPORAL)
    how = representation_of(plain, members_in_address(plain.query_string), terms, ALONE, geojson=False)
    return _wish(members, options, members.get("format"), how, None)


def query_in_address(call: Call, terms: Terms) -> Wish:
    """The query in an address. Raises BadRequestData, InvalidRequest. Source: clauses 5.7.4.4 and 6.18.3.2."""
    members = members_in_address(call.query_string)
    options = set(call.words("options"))
    asked = asked_in_address(call.without(*TEMPORAL, *MAPS), terms, geojson=False)
    return _checked(_wish(members, options, members.get("format"), asked.how, asked))


def query_in_payload(call: Call, data: Any, terms: Terms) -> Wish:
    """The query in a payload. Raises BadRequestData, InvalidRequest. Source: clauses 5.2.21, 5.2.23, 5.2.44, 6.24.3.1.

    A payload that names methods of aggregation wants values to be aggregated, if the address names no form.
    """
    options, named = set(call.words("options")), call.parameter("format") or None
    rest = dict(data) if isinstance(data, dict) else data
    members: dict[str, Any] = {}
    if isinstance(rest, dict):
        members = _members(rest, "temporalQ", TIMING | AGGREGATING)
        members |= _members(rest, "aggrParams", AGGREGATING)
    if named is None and options.isdisjoint({"temporalValues", "aggregatedValues"}) and "aggrMethods" in members:
        named = "aggregatedValues"
    asked = asked_in_payload(call.without(*TEMPORAL, *MAPS), rest, terms, geojson=False)
    return _checked(_wish(members, options, named, asked.how, asked))


def _members(data: dict[str, Any], name: str, known: frozenset[str]) -> dict[str, Any]:
    found = data.pop(name, {})
    if not isinstance(found, dict):
        raise BadRequestData(said(f"{name} is an object."), where=f"/{name}")
    return {key: value for key, value in found.items() if key in known}


def _wish(
    members: Mapping[str, Any], options: set[str], named: str | None, how: Representation, asked: Asked | None
) -> Wish:
    query = temporal_query(members, form_of(named, options))
    if "sysAttrs" in options and not how.sysattrs:
        how = replace(how, sysattrs=True)
    timing = {name: str(value) for name, value in members.items() if name in TIMING}
    return Wish(query, how if how != PLAIN else PLAIN, timing, asked)


def _checked(wish: Wish) -> Wish:
    if not wish.query.asked:
        raise BadRequestData(said("A query of the past has timerel and timeAt."), where="?timerel")
    assert wish.asked is not None  # noqa: S101  # it is a query
    order = wish.asked.members.get("orderBy")
    if order is not None and not ORDERED_BY.fullmatch(order.replace(" ", "")):
        raise BadRequestData(said("A query of the past is ordered by id only."), where="?orderBy")
    return wish
