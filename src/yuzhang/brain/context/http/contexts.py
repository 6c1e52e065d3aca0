"""The contexts that this broker keeps. Clauses 5.13, 6.29 and 6.30."""

from typing import Any

import msgspec

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import BadRequestData, InvalidRequest, ResourceNotFound, said
from yuzhang.brain.context.http.message import Answer, Call, Route, json_answer
from yuzhang.brain.context.http.negotiation import answer_media, payload_media
from yuzhang.brain.context.http.parameters import wanted
from yuzhang.brain.context.jsonld import actions
from yuzhang.brain.context.jsonld.contexts import HOSTED, core_kept
from yuzhang.brain.context.jsonld.core import is_core_address
from yuzhang.brain.context.jsonld.store import Kept
from yuzhang.brain.context.moments import stamp

KINDS = {"hosted": "Hosted", "cached": "Cached", "implicitlycreated": "ImplicitlyCreated"}
MAX_BYTES = 1 << 20


async def add(broker: Broker, call: Call) -> Answer:
    """Add @context."""
    payload_media(call)
    if len(call.body) > MAX_BYTES:
        raise BadRequestData(said(f"A @context has at most {MAX_BYTES} bytes."), where="/@context")
    data = call.payload
    if not isinstance(data, dict):
        raise InvalidRequest(said("The payload is a JSON object with a member @context."), where="/")
    if "@context" not in data:
        raise InvalidRequest(said("The payload has a member @context."), where="/@context")
    kept = await actions.host_context(broker, call.caller, call.tenant, {"@context": data["@context"]})
    return Answer(201, headers=[("location", f"{HOSTED}{kept.local}")])


async def listed(broker: Broker, call: Call) -> Answer:
    """List @contexts."""
    details = call.flag("details")
    kind = call.parameter("kind")
    if kind is not None and kind.lower() not in KINDS:
        raise BadRequestData(said(f"kind is one of {', '.join(KINDS.values())}."), where="?kind")
    part = wanted(call)
    found = actions.contexts(broker, call.caller, call.tenant)
    if kind is not None:
        found = [one for one in found if one.kind == KINDS[kind.lower()]]
    shown = found[part.offset : part.offset + part.limit]
    headers = [("ngsild-results-count", str(len(found)))] if part.count else []
    return json_answer([metadata(broker, one) if details else one.address for one in shown], headers=headers)


async def served(broker: Broker, call: Call, context: str) -> Answer:
    """Serve @context."""
    details, media = call.flag("details"), answer_media(call)
    kept = _kept(broker, call, context)
    if details:
        answer = json_answer(metadata(broker, kept))
        broker.contexts.used(kept)
        return answer
    return Answer(200, msgspec.json.encode(kept.document), [("content-type", media)])


async def delete(broker: Broker, call: Call, context: str) -> Answer:
    """Delete and Reload @context."""
    reload = call.flag("reload")
    if is_core_address(context):
        if not reload:
            raise BadRequestData(said("The core @context is built in and cannot be deleted."), where=context)
        return Answer(204)
    kept = None if reload and not _is_there(broker, call, context) else _kept(broker, call, context)
    if kept is None or (reload and kept.kind != "Cached"):
        raise BadRequestData(said("Only a cached @context can be reloaded."), where="?reload")
    if reload:
        await actions.reload_context(broker, call.caller, kept)
    else:
        await actions.delete_context(broker, call.caller, kept)
    return Answer(204)


def _is_there(broker: Broker, call: Call, context: str) -> bool:
    return actions.find_context(broker, call.caller, call.tenant, context) is not None


def _kept(broker: Broker, call: Call, context: str) -> Kept:
    if is_core_address(context):
        return core_kept(broker.started)
    found = actions.find_context(broker, call.caller, call.tenant, context)
    if found is None:
        raise ResourceNotFound(said(f"There is no @context {context[:200]}."), where=call.path)
    return found


def metadata(broker: Broker, kept: Kept) -> dict[str, Any]:
    """What is known of a context. Source: table 5.13.3.5-1."""
    found: dict[str, Any] = {
        "URL": kept.address,
        "localId": kept.local,
        "kind": kept.kind,
        "createdAt": stamp(kept.created),
        "numberOfHits": kept.hits + broker.contexts.uses_of(kept),
    }
    if kept.used is not None:
        found["lastUsage"] = stamp(kept.used)
    return found


ROUTES = [
    Route("POST", "/jsonldContexts", add, frozenset(), "Add @context"),
    Route(
        "GET", "/jsonldContexts", listed, frozenset({"details", "kind", "limit", "offset", "count"}), "List @contexts"
    ),
    Route("GET", "/jsonldContexts/{context}", served, frozenset({"details"}), "Serve @context"),
    Route("DELETE", "/jsonldContexts/{context}", delete, frozenset({"reload"}), "Delete and Reload @context"),
]
