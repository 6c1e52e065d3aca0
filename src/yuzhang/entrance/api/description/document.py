"""One document of all that can be asked: what the framework describes, NGSI-LD, and what neither of them knows, with examples."""

import copy
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from yuzhang.brain.context.http import openapi as standard
from yuzhang.brain.context.http.message import JSON, LD_JSON, Route
from yuzhang.entrance.api.description.forms import offer
from yuzhang.entrance.api.description.further import further, written
from yuzhang.entrance.api.description.refusals import RESPONSES, SECURITY, SECURITY_SCHEMES, refused
from yuzhang.entrance.api.description.sampling import sample
from yuzhang.entrance.api.description.titles import PARTS, part_of, tag_of
from yuzhang.entrance.api.examples import Example, examples

Document = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "patch")
RECORDED = {"zh": "示例（取自真实应答，列表从略）", "en": "Example (a real answer, lists cut)"}
MADE = {"zh": "示例（按结构生成）", "en": "Example (made from the schema)"}
SENT = {"zh": "示例请求", "en": "Example request"}
OWN_SCHEMAS = "NgsiLd"
ANSWERS: Mapping[str, Document] = {
    "GET /entities": {"type": "array", "items": {"$ref": "#/components/schemas/Entity"}},
    "POST /entityOperations/query": {"type": "array", "items": {"$ref": "#/components/schemas/Entity"}},
    "GET /entities/{entity}": {"$ref": "#/components/schemas/Entity"},
    "GET /subscriptions": {"type": "array", "items": {"$ref": "#/components/schemas/Subscription"}},
    "GET /subscriptions/{subscription}": {"$ref": "#/components/schemas/Subscription"},
    "GET /csourceRegistrations": {"type": "array", "items": {"$ref": "#/components/schemas/Registration"}},
    "GET /csourceRegistrations/{registration}": {"$ref": "#/components/schemas/Registration"},
    "GET /temporal/entities": {"type": "array", "items": {"$ref": "#/components/schemas/EntityTemporal"}},
    "GET /temporal/entities/{entity}": {"$ref": "#/components/schemas/EntityTemporal"},
}
"""What NGSI-LD answers, where it is one of its data types in the normalized form."""


def described(framework: Mapping[str, Any], routes: Sequence[Route], cookie: str) -> Document:
    """The OpenAPI 3.1 document of the application. `framework`: as FastAPI describes it; `cookie`: the session's name."""
    found: Document = copy.deepcopy(dict(framework))
    components = found.setdefault("components", {})
    of_standard = _standard(routes)
    components.setdefault("schemas", {}).update(of_standard["components"]["schemas"])
    for more in (of_standard["paths"], further()):
        for path, item in more.items():
            found["paths"].setdefault(path, {}).update(item)
    for (method, path), schema in written().items():
        if path not in found["paths"]:
            continue  # an application without that room
        found["paths"][path][method]["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    components["responses"] = copy.deepcopy(RESPONSES)
    components["securitySchemes"] = copy.deepcopy(SECURITY_SCHEMES)
    components["securitySchemes"]["session"]["name"] = cookie
    components["examples"] = {}
    recorded = {one.name: one for one in examples()}
    for path, item in found["paths"].items():
        for method in METHODS:
            if method in item:
                _complete(found, path, method, item[method], recorded.get(f"{method.upper()} {path}"))
    used = {part_of(path) for path in found["paths"]}
    found["tags"] = [{"name": tag_of(part), "description": tag_of(part)} for part in PARTS if part in used]
    found["security"] = SECURITY
    found["servers"] = [{"url": "/"}]
    return found


def _standard(routes: Sequence[Route]) -> Document:
    """NGSI-LD with full paths, and names of its own for its data types."""
    made = standard.document(list(routes))
    for path, item in made["paths"].items():
        for method, operation in item.items():
            schema = ANSWERS.get(f"{method.upper()} {path}")
            operation["answers"] = schema
    text = json.dumps(made).replace("#/components/schemas/", f"#/components/schemas/{OWN_SCHEMAS}")
    found: Document = json.loads(text)
    found["paths"] = {f"{standard.PREFIX}{path}": item for path, item in found["paths"].items()}
    schemas = found["components"]["schemas"]
    found["components"]["schemas"] = {f"{OWN_SCHEMAS}{name}": schema for name, schema in schemas.items()}
    return found


def _complete(document: Document, path: str, method: str, operation: Document, one: Example | None) -> None:
    """Give an operation its part, its refusals and its examples."""
    operation["tags"] = [tag_of(part_of(path))]
    operation.setdefault("description", f"{operation.get('summary', '')} (ETSI GS CIM 009 v1.9.1).")
    operation["operationId"] = _name(f"{method} {path}")
    if path.startswith(standard.PREFIX):
        _answer_of_standard(operation, method, one)
    refused(operation, path)
    offer(operation, path, document)
    if one is not None:
        for parameter in operation.get("parameters", ()):
            given = {"path": one.path, "query": one.query, "header": one.headers}.get(parameter["in"], {})
            if parameter["name"] in given:
                parameter["example"] = given[parameter["name"]]
    key = _name(f"{method} {path}")
    body = operation.get("requestBody")
    if body is not None:
        _request(document, key, body["content"], one)
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            _answer(document, f"{key}_{status}", status, response, one)


def _answer_of_standard(operation: Document, method: str, one: Example | None) -> None:
    """The status that was recorded, in place of any: with a payload or without one. Source: clause 6.3.6 and table 6.3.4-1."""
    schema = operation.pop("answers", None)
    responses = operation["responses"]
    if one is None:
        return
    del responses["2XX"]
    found: Document = {"description": "Done."}
    if one.answer is not None:
        schema = schema or _shape(one.answer)
        found["content"] = {JSON: {"schema": schema}, LD_JSON: {"schema": schema}}
    responses[str(one.status)] = found
    responses["2XX"] = {"description": "Done otherwise: 201 made, 204 changed, 207 done in part (ETSI GS CIM 009, 6)."}


def _shape(value: Any) -> Document:
    """What is certain of an answer that no schema describes: its outermost type."""
    return {"type": "array" if isinstance(value, list) else "object"}


def _request(document: Document, key: str, content: Document, one: Example | None) -> None:
    recorded = one is not None and (one.body is not None or one.file is not None)
    for media, body in content.items():
        if one is not None and recorded and _same(media, one.media):
            value = one.body if one.file is None else {"file": one.file["content"]} | (one.body or {})
            if body.get("schema", {}).get("type") == "string" and not isinstance(value, str):
                value = json.dumps(value, ensure_ascii=False)  # any bytes are taken; these are JSON
            _put(document, f"{key}_request", body, SENT, value)
        elif not recorded:
            _put(document, f"{key}_request", body, MADE, sample(body.get("schema", {}), document))


def _answer(document: Document, key: str, status: str, response: Document, one: Example | None) -> None:
    recorded = one is not None and one.answer is not None and str(one.status) == status
    if one is not None and recorded:
        response.setdefault("content", {}).setdefault(one.answer_media, {})
    content = response.get("content", {})
    for media, body in content.items():
        if one is not None and recorded and _same(media, one.answer_media):
            body.setdefault("schema", _shape(one.answer) if _is_json(media) else {"type": "string"})
            if body["schema"] == {}:
                body["schema"] = _shape(one.answer)
            _put(document, key, body, RECORDED, one.answer)
        elif _is_json(media):
            _put(document, key, body, MADE, sample(body.get("schema", {}), document))


def _put(document: Document, key: str, body: Document, summary: Mapping[str, str], value: Any) -> None:
    document["components"]["examples"][key] = {"summary": f"{summary['zh']} · {summary['en']}", "value": value}
    body["examples"] = {"example": {"$ref": f"#/components/examples/{key}"}}


def _same(media: str, other: str) -> bool:
    """Whether an example in one media type is one in the other: JSON-LD and merge patches are written as JSON is."""
    return media in (other, "*/*") or (_is_json(media) and _is_json(other))


def _is_json(media: str) -> bool:
    return media == JSON or media.endswith("+json")


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "_", text).strip("_")
