"""What the framework cannot describe: resource paths of SensorThings, the addresses of sign-in that answer browsers, this description."""

from typing import Any

from yuzhang.web.problems import PROBLEM

Operation = dict[str, Any]
SENSORTHINGS = "/sensorthings/v1.1"
SETS = (
    "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations", "FeaturesOfInterest",
)  # fmt: skip
OPTIONS = {
    "$filter": "which ones: `result gt 20`, `st_within(location, geography'POLYGON((…))')`",
    "$expand": "what comes along: `Datastreams/Observations`",
    "$select": "which properties",
    "$orderby": "in which order: `phenomenonTime desc`",
    "$top": "so many at most",
    "$skip": "without the first ones",
    "$count": "`true`: how many there are",
}
TENANT = {"name": "NGSILD-Tenant", "in": "header", "schema": {"type": "string", "maxLength": 256}}
FOUND = {"200": {"description": "What was found."}, "4XX": PROBLEM, "5XX": PROBLEM}
FORM = "application/x-www-form-urlencoded"


def further() -> dict[str, dict[str, Operation]]:
    """The paths, each with its operations."""
    found = {f"{SENSORTHINGS}/{name}": {"get": _listed(name)} for name in SETS}
    stream = {"name": "datastream", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    of_one = _listed("Observations of one Datastream")
    of_one["parameters"] = [stream, *of_one["parameters"]]
    found[f"{SENSORTHINGS}/Datastreams({{datastream}})/Observations"] = {"get": of_one}
    return found | _signing_in() | {"/api/openapi.json": {"get": _itself()}}


def written() -> dict[tuple[str, str], dict[str, Any]]:
    """The bodies that are read as they come: those of SensorThings (OGC 18-088, 10.2 and 13.3), and the classification."""
    result = {"phenomenonTime": {"type": "string"}, "resultTime": {"type": "string"}, "result": {}}
    stream = {"type": "object", "required": ["@iot.id"], "properties": {"@iot.id": {"type": ["integer", "string"]}}}
    one = {"type": "object", "required": ["result"], "properties": result}
    with_stream = {**one, "required": ["result", "Datastream"], "properties": result | {"Datastream": stream}}
    arrays = {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["Datastream", "components", "dataArray"],
            "properties": {
                "Datastream": stream,
                "components": {"type": "array", "items": {"type": "string"}},
                "dataArray": {"type": "array", "items": {"type": "array"}},
            },
        },
    }
    anything = {"type": "object"}
    classification = {
        "type": "object",
        "required": ["types"],
        "properties": {"types": {"type": "object", "additionalProperties": {"type": "object"}}},
    }
    return {
        ("post", f"{SENSORTHINGS}/Observations"): with_stream,
        ("post", f"{SENSORTHINGS}/Datastreams({{datastream}})/Observations"): one,
        ("post", f"{SENSORTHINGS}/CreateObservations"): arrays,
        ("put", "/api/classification"): classification,
        **{(method, f"{SENSORTHINGS}/{{path}}"): anything for method in ("post", "put", "patch")},
    }


def _listed(name: str) -> Operation:
    return {
        "summary": name,
        "description": f"{name}; options choose, order and bring along (OGC 18-088, 9.3).",
        "operationId": f"sensorthings {name}",
        "parameters": [
            TENANT,
            *({"name": one, "in": "query", "description": said, "schema": {"type": "string"}} for one, said in OPTIONS.items()),
        ],
        "responses": dict(FOUND),
    }  # fmt: skip


def _signing_in() -> dict[str, dict[str, Operation]]:
    asked = (
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
    )
    leaving = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")
    said = "A client wants its user signed in: to be opened in the user's browser (OpenID Connect Core 1.0, 3.1.2)."
    out = "A client wants its user signed out: to be opened in the user's browser (RP-Initiated Logout 1.0)."
    return {
        "/oauth2/authorize": {
            "get": _opened("authorize", said, asked, ()),
            "post": _opened("authorize by form", said, (), asked),
        },
        "/oauth2/consent": {
            "post": _opened("consent", "What the user answers on the page that asks for consent.", (), ("query", "proof", "decision"))
        },
        "/oauth2/logout": {
            "get": _opened("logout", out, leaving, ()),
            "post": _opened("logout by form", out, (), (*leaving, "sure")),
        },
    }  # fmt: skip


def _opened(name: str, said: str, query: tuple[str, ...], form: tuple[str, ...]) -> Operation:
    text = {"type": "string"}
    found: Operation = {
        "summary": name.capitalize(),
        "description": said,
        "operationId": f"openid {name}",
        "parameters": [{"name": one, "in": "query", "schema": text} for one in query],
        "responses": {
            "200": {"description": "A page that asks the user.", "content": {"text/html": {"schema": text}}},
            "303": {"description": "To the client, or to a page that asks the user."},
            "4XX": PROBLEM,
        },
    }
    if form:
        schema = {"type": "object", "properties": dict.fromkeys(form, text)}
        found["requestBody"] = {"content": {FORM: {"schema": schema}}}
    return found


def _itself() -> Operation:
    return {
        "summary": "This description",
        "description": "All that can be asked of this server (OpenAPI 3.1).",
        "operationId": "openapi",
        "parameters": [],
        "responses": {
            "200": {
                "description": "The description.",
                "content": {"application/json": {"schema": {"type": "object", "required": ["openapi", "info", "paths"]}}},
            },
            "4XX": PROBLEM,
        },
    }  # fmt: skip
