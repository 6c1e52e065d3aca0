"""The NGSI-LD API described for machines: OpenAPI 3.1, made of the routes that answer, so that it cannot name another one.

What a payload holds is said as far as JSON Schema can; the rest is the standard's text.
"""

from typing import Any

from yuzhang import __version__
from yuzhang.brain.context.http.message import JSON, LD_JSON, MERGE_PATCH, Answer, Call, Route, json_answer
from yuzhang.brain.context.http.parameters import MAX_LIMIT, MAX_OFFSET
from yuzhang.brain.context.model import VALUE_MEMBER

Schema = dict[str, Any]
PREFIX = "/ngsi-ld/v1"
PROBLEM = "application/problem+json"
TEXT: Schema = {"type": "string"}
URI: Schema = {"type": "string", "format": "uri"}
FLAG: Schema = {"type": "boolean"}
DATE_TIME: Schema = {"type": "string", "format": "date-time"}
ANY: Schema = {}

PARAMETERS: dict[str, Schema] = {
    "limit": {"type": "integer", "minimum": 0, "maximum": MAX_LIMIT},
    "offset": {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET},
    "count": FLAG,
    "sysAttrs": FLAG,
    "details": FLAG,
    "local": FLAG,
    "splitEntities": FLAG,
    "format": {"enum": ["normalized", "concise", "simplified", "keyValues"]},
    "georel": {
        "enum": ["near;maxDistance==1000", "near;minDistance==10", "within", "contains", "intersects", "disjoint"]
    },
    "geometry": {"enum": ["Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"]},
    "coordinates": {"type": "string", "examples": ["[115.9,28.7]", "[[[115,28],[117,28],[117,30],[115,28]]]"]},
    "join": {"enum": ["flat", "inline", "@none"]},
    "joinLevel": {"type": "integer", "minimum": 1, "maximum": 10},
    "timerel": {"enum": ["before", "after", "between"]},
    "timeAt": DATE_TIME,
    "endTimeAt": DATE_TIME,
    "timeproperty": {"enum": ["observedAt", "createdAt", "modifiedAt", "deletedAt"]},
    "lastN": {"type": "integer", "minimum": 1},
    "aggrMethods": {"type": "string", "examples": ["avg,max", "totalCount"]},
    "aggrPeriodDuration": {"type": "string", "examples": ["PT5M", "P1D"]},
}
"""What the parameters hold that are more than a text. Source: clauses 6.3.7 to 6.3.13, 6.4.3.2."""


def _object(required: str = "", **members: Schema) -> Schema:
    found: Schema = {"type": "object", "properties": members}
    return found | {"required": required.split()} if required else found


def _listed(of: Schema) -> Schema:
    return {"type": "array", "items": of, "minItems": 1}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _one_or_more(of: Schema) -> Schema:
    return {"anyOf": [of, _listed(of)]}


CARRIED: dict[str, Schema] = {
    "Property": ANY,
    "GeoProperty": _reference("Geometry"),
    "Relationship": _one_or_more(URI),
    "LanguageProperty": {"type": "object", "additionalProperties": _one_or_more(TEXT)},
    "VocabProperty": _one_or_more(TEXT),
    "JsonProperty": ANY,
    "ListProperty": {"type": "array"},
    "ListRelationship": _listed(_object("object", object=URI)),
}
INSTANCE_MEMBERS: dict[str, Schema] = {"datasetId": URI, "observedAt": DATE_TIME, "unitCode": TEXT}


def _kind(name: str, value: Schema) -> Schema:
    member = VALUE_MEMBER[name]
    return _object(f"type {member}", type={"const": name}, **{member: value}, **INSTANCE_MEMBERS)


SELECTOR = _object("type", id=_one_or_more(URI), idPattern=TEXT, type=TEXT)
GEO_QUERY = _object(
    "geometry coordinates georel", geometry=TEXT, coordinates={"type": "array"}, georel=TEXT, geoproperty=TEXT
)
ENDPOINT = _object("uri", uri=URI, accept=TEXT)
SCHEMAS: dict[str, Schema] = {
    "Geometry": _object(
        "type coordinates", type={"enum": PARAMETERS["geometry"]["enum"]}, coordinates={"type": "array"}
    ),
    "Instance": {"oneOf": [_kind(name, value) for name, value in CARRIED.items()]},
    "Attribute": _one_or_more(_reference("Instance")),
    "Entity": _object("id type", id=URI, type=_one_or_more(TEXT), scope=_one_or_more(TEXT), expiresAt=DATE_TIME)
    | {"additionalProperties": _reference("Attribute")},
    "Fragment": _object(type=_one_or_more(TEXT), scope=_one_or_more(TEXT))
    | {"additionalProperties": _reference("Attribute")},
    "Query": _object(
        "type",
        type={"const": "Query"},
        entities=_listed(SELECTOR),
        attrs=_listed(TEXT),
        q=TEXT,
        geoQ=GEO_QUERY,
        scopeQ=TEXT,
        lang=TEXT,
    ),
    "EntityTemporal": _object("id type", id=URI, type=_one_or_more(TEXT), scope=ANY)
    | {"additionalProperties": _reference("Attribute")},
    "TemporalQuery": _object(
        "type temporalQ",
        type={"const": "Query"},
        entities=_listed(SELECTOR),
        attrs=_listed(TEXT),
        q=TEXT,
        geoQ=GEO_QUERY,
        scopeQ=TEXT,
        lang=TEXT,
        temporalQ=_object(
            "timerel timeAt",
            timerel={"enum": ["before", "after", "between"]},
            timeAt=DATE_TIME,
            endTimeAt=DATE_TIME,
            timeproperty={"enum": ["observedAt", "createdAt", "modifiedAt", "deletedAt"]},
            lastN={"type": "integer", "minimum": 1},
        ),
        aggrParams=_object("aggrMethods", aggrMethods=_listed(TEXT), aggrPeriodDuration=TEXT),
    ),
    "Subscription": _object(
        "type notification",
        id=URI,
        type={"const": "Subscription"},
        entities=_listed(SELECTOR),
        watchedAttributes=_listed(TEXT),
        q=TEXT,
        geoQ=GEO_QUERY,
        notification=_object("endpoint", endpoint=ENDPOINT, attributes=_listed(TEXT), format=TEXT),
        throttling={"type": "number", "minimum": 1},
        timeInterval={"type": "number", "minimum": 1},
        expiresAt=DATE_TIME,
        isActive=FLAG,
    ),
    "Registration": _object(
        "type information endpoint",
        id=URI,
        type={"const": "ContextSourceRegistration"},
        information=_listed(
            _object(entities=_listed(SELECTOR), propertyNames=_listed(TEXT), relationshipNames=_listed(TEXT))
        ),
        endpoint=URI,
        mode={"enum": ["inclusive", "exclusive", "redirect", "auxiliary"]},
        operations=_listed(TEXT),
        expiresAt=DATE_TIME,
    ),
    "Context": _object("@context", **{"@context": {"anyOf": [{"type": "object"}, {"type": "array"}, TEXT]}}),
    "Part": {"type": "object"},
    "Problem": _object(
        "type title", type=URI, title=TEXT, status={"type": "integer"}, detail=TEXT, where=TEXT, fix=TEXT
    ),
}
"""The data types of payloads. Source: clauses 4.5, 5.2 and annex C of the standard, in our words."""

PAYLOADS: dict[tuple[str, str], Schema] = {
    ("POST", "/entities"): _reference("Entity"),
    ("PUT", "/entities/{entity}"): _reference("Entity"),
    ("PUT", "/entities/{entity}/attrs/{attribute}"): _reference("Attribute"),
    ("PATCH", "/entities/{entity}/attrs/{attribute}"): _reference("Attribute"),
    ("POST", "/entityOperations/delete"): _listed(URI),
    ("POST", "/entityOperations/query"): _reference("Query"),
    ("POST", "/subscriptions"): _reference("Subscription"),
    ("POST", "/csourceSubscriptions"): _reference("Subscription"),
    ("POST", "/csourceRegistrations"): _reference("Registration"),
    ("POST", "/jsonldContexts"): _reference("Context"),
    ("POST", "/temporal/entities"): _reference("EntityTemporal"),
    ("PATCH", "/temporal/entities/{entity}/attrs/{attribute}/{instance}"): _reference("Attribute"),
    ("POST", "/temporal/entityOperations/query"): _reference("TemporalQuery"),
    ("POST", "/temporal/entityMaps"): _reference("TemporalQuery"),
}
FAMILIES: dict[str, Schema] = {
    "/entityOperations/": _listed(_reference("Entity")),
    "/entities/": _reference("Fragment"),
    "/temporal/entities/": _reference("Fragment"),
}


def payload(route: Route) -> Schema | None:
    """What the payload of a route holds; None if it has none."""
    if route.method not in {"POST", "PATCH", "PUT"}:
        return None
    found = PAYLOADS.get((route.method, route.pattern))
    if found is None:
        found = next(
            (schema for start, schema in FAMILIES.items() if route.pattern.startswith(start)), _reference("Part")
        )
    return found


def operation(route: Route) -> dict[str, Any]:
    """One route as an Operation Object. Source: OpenAPI 3.1, section 4.8.10."""
    varying = [part[1:-1] for part in route.pattern.split("/") if part.startswith("{")]
    found: dict[str, Any] = {
        "summary": route.summary,
        "operationId": f"{route.method.lower()}{route.pattern}",
        "tags": [route.pattern.split("/")[1]],
        "parameters": [
            *(
                {"name": one, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
                for one in varying
            ),
            *({"name": one, "in": "query", "schema": PARAMETERS.get(one, TEXT)} for one in sorted(route.params)),
            {"name": "NGSILD-Tenant", "in": "header", "schema": {"type": "string", "maxLength": 256}},
        ],
        "responses": {
            "2XX": {"description": "Done.", "content": {JSON: {}, LD_JSON: {}}},
            "4XX": {"description": "Refused.", "content": {JSON: {"schema": _reference("Problem")}}},
        },
    }
    schema = payload(route)
    if schema is not None:
        media = [JSON, LD_JSON, *([MERGE_PATCH] if route.method == "PATCH" else [])]
        found["requestBody"] = {"required": True, "content": {one: {"schema": schema} for one in media}}
    return found


def document(routes: list[Route]) -> dict[str, Any]:
    """The OpenAPI document of `routes`."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.pattern, {})[route.method.lower()] = operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "NGSI-LD (ETSI GS CIM 009 v1.9.1)", "version": __version__},
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }


def description(routes: list[Route]) -> Route:
    """The route that answers the description of `routes`, and of itself."""

    async def answer(broker: Any, call: Call) -> Answer:
        return json_answer(document([*routes, itself]))

    itself = Route("GET", "/openapi.json", answer, frozenset(), "This description")
    return itself
