"""A query that comes as a payload: its members are read as if they had come in the address. Clause 5.2.23."""

from collections.abc import Mapping
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, TooComplexQuery, said
from yuzhang.brain.context.http.asking import Asked, Selector, asked, selector
from yuzhang.brain.context.http.message import Call
from yuzhang.brain.context.jsonld import Terms

LISTS = frozenset({"attrs", "pick", "omit", "containedBy", "datasetId", "jsonKeys", "expandValues"})
TEXTS = frozenset({"q", "csf", "scopeQ", "lang", "join", "geometryProperty"})
FLAGS = frozenset({"entityMap", "splitEntities"})
MAX_SELECTORS = 100


def asked_in_payload(call: Call, data: Any, terms: Terms, *, geojson: bool) -> Asked:
    """The Query in a payload; paging, options and `local` are in the address. Raises BadRequestData. Source: clause 5.2.23."""
    members, selectors = members_in_payload(data, terms)
    if local := call.parameter("local"):
        members["local"] = local
    return asked(call, members, selectors, terms, geojson=geojson)


def members_in_payload(data: Any, terms: Terms) -> tuple[dict[str, Any], list[Selector]]:
    """The members of a Query, and its selectors. Raises BadRequestData. Source: clause 5.2.23."""
    if not isinstance(data, dict) or data.get("type") != "Query":
        raise BadRequestData(said("The payload of a query has the type Query."), where="/type")
    if "temporalQ" in data:
        raise BadRequestData(said("temporalQ is for queries of the temporal evolution."), where="/temporalQ")
    members: dict[str, Any] = {}
    for name, value in data.items():
        if name in LISTS:
            members[name] = ",".join(_texts(value, f"/{name}"))
        elif name in TEXTS:
            members[name] = _text(value, f"/{name}")
        elif name in FLAGS or name == "joinLevel":
            members[name] = _text(str(value).lower() if isinstance(value, bool | int) else value, f"/{name}")
    if "geoQ" in data:
        members |= _parts(
            data["geoQ"], "/geoQ", {name: name for name in ("georel", "geometry", "coordinates", "geoproperty")}
        )
    if "ordering" in data:
        ordering = data["ordering"] if isinstance(data["ordering"], dict) else {}
        orders = {"orderBy": ",".join(_texts(ordering.get("orderBy"), "/ordering/orderBy"))}
        names = {"collation": "collation", "geometry": "orderGeometry", "coordinates": "orderFrom"}
        members |= _parts(data["ordering"], "/ordering", names) | orders
    return members, _selectors(data["entities"], terms) if "entities" in data else []


def _selectors(value: Any, terms: Terms) -> list[Selector]:
    if not isinstance(value, list) or not value:
        raise BadRequestData(said("entities is a list with at least one EntitySelector."), where="/entities")
    if len(value) > MAX_SELECTORS:
        raise TooComplexQuery(said(f"A query has at most {MAX_SELECTORS} EntitySelectors."), where="/entities")
    found = []
    for index, one in enumerate(value):
        where = f"/entities/{index}"
        if not isinstance(one, dict) or "type" not in one:
            raise BadRequestData(said("An EntitySelector has a type."), where=f"{where}/type")
        ids = one.get("id")
        ids = [ids] if isinstance(ids, str) else None if ids is None else _texts(ids, f"{where}/id")
        pattern = None if one.get("idPattern") is None else _text(one["idPattern"], f"{where}/idPattern")
        made = selector(ids, pattern, _text(one["type"], f"{where}/type"), terms)
        assert made is not None  # noqa: S101  # it has a type
        found.append(made)
    return found


def _parts(value: Any, where: str, names: Mapping[str, str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequestData(said("This is an object."), where=where)
    return {
        name: value[member] if member == "coordinates" else _text(value[member], f"{where}/{member}")
        for member, name in names.items()
        if member in value
    }


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadRequestData(said("This is a text."), where=where)
    return value


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise BadRequestData(said("This is a list of texts, with at least one."), where=where)
    return value
