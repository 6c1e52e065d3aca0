"""Snapshots as a resource. Clauses 5.16, 6.36 to 6.38."""

from typing import Any
from uuid import uuid4

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.http.filling import Filling, begin_filling
from yuzhang.brain.context.http.message import JSON, Answer, Call, Route
from yuzhang.brain.context.http.negotiation import answer_media, body_answer, encode, payload_of
from yuzhang.brain.context.http.query_payload import asked_in_payload
from yuzhang.brain.context.jsonld import CORE, Terms
from yuzhang.brain.context.query import parse_q
from yuzhang.brain.context.reading import checked_uri
from yuzhang.brain.context.snapshots.actions import (
    create_snapshot,
    delete_snapshot,
    purge_snapshots,
    retrieve_snapshot,
    update_snapshot,
    use_snapshot,
)
from yuzhang.brain.context.snapshots.model import ASKABLE, Snapshot, checked_members

RESOURCE = "/ngsi-ld/v1/snapshots/"
MAX_QUERIES = 50


async def create(broker: Broker, call: Call) -> Answer:
    """Freeze what some queries find; they are answered after this. Source: clause 5.16.1."""
    data, terms = await payload_of(broker, call)
    priority, expires = checked_members(data, broker.now(), fresh=True)
    queries, asked = _queries(call, data, terms)
    name = checked_uri(data["id"], "/id") if "id" in data else f"urn:ngsi-ld:Snapshot:{uuid4()}"
    if call.tenant:
        broker.store.space(call.tenant)  # raises NonexistentTenant
    made = await create_snapshot(broker, call.caller, call.tenant, name, queries, priority, expires)
    begin_filling(broker, call, made, asked)
    return _created(made)


def _queries(call: Call, data: dict[str, Any], terms: Terms) -> tuple[list[dict[str, Any]], list[Filling]]:
    queries = data.get("snapshotQueries")
    if not isinstance(queries, list) or not 0 < len(queries) <= MAX_QUERIES:
        raise BadRequestData(
            said(f"snapshotQueries is a list of 1 to {MAX_QUERIES} queries."), where="/snapshotQueries"
        )
    return queries, [Filling(asked_in_payload(call, one, terms, geojson=False), terms) for one in queries]


def _created(made: Snapshot) -> Answer:
    return Answer(201, b"", [("location", RESOURCE + made.id), ("ngsild-snapshot", made.id)])


async def clone(broker: Broker, call: Call, snapshot: str) -> Answer:
    """Copy a snapshot. Source: clause 5.16.2."""
    data = (await payload_of(broker, call))[0] if call.body else {"type": "Snapshot"}
    priority, expires = checked_members(data, broker.now(), fresh=True)
    if "snapshotQueries" in data:
        raise BadRequestData(said("A clone has the queries of its origin."), where="/snapshotQueries")
    origin = await use_snapshot(broker, call.caller, call.tenant, checked_uri(snapshot, "/id"))
    kept = retrieve_snapshot(broker, call.caller, call.tenant, origin)
    name = checked_uri(data["id"], "/id") if "id" in data else f"urn:ngsi-ld:Snapshot:{uuid4()}"
    made = await create_snapshot(
        broker,
        call.caller,
        call.tenant,
        name,
        kept.queries,
        kept.priority if priority is None else priority,
        expires,
        origin,
    )
    begin_filling(broker, call, made, [])
    return _created(made)


async def retrieve(broker: Broker, call: Call, snapshot: str) -> Answer:
    """One snapshot with its state. Source: clause 5.16.3."""
    media = answer_media(call)
    found = retrieve_snapshot(broker, call.caller, call.tenant, checked_uri(snapshot, "/id"))
    return body_answer(encode(found.shown()), CORE, media)


async def update(broker: Broker, call: Call, snapshot: str) -> Answer:
    """Change the priority or the end of a snapshot. Source: clause 5.16.4."""
    checked_uri(snapshot, "/id")
    data, _ = await payload_of(broker, call)
    priority, expires = checked_members(data, broker.now(), fresh=False)
    changes = {name: value for name, value in (("priority", priority), ("expires", expires)) if value is not None}
    retrieve_snapshot(broker, call.caller, call.tenant, snapshot)
    changed = await update_snapshot(broker, call.caller, call.tenant, snapshot, **changes)
    return body_answer(encode(changed.shown()), CORE, JSON)


async def delete(broker: Broker, call: Call, snapshot: str) -> Answer:
    """Take a snapshot away. Source: clause 5.16.5."""
    await delete_snapshot(broker, call.caller, call.tenant, checked_uri(snapshot, "/id"))
    return Answer(204)


async def purge(broker: Broker, call: Call) -> Answer:
    """Take the snapshots away that `q` chooses. Source: clause 5.16.7."""
    text = call.parameter("q")
    q = None if text is None else parse_q(text, CORE)
    if q is not None and (wrong := q.attributes() - ASKABLE):
        raise BadRequestData(said(f"A snapshot has no member {min(wrong)[:100]}."), where="?q")
    await purge_snapshots(broker, call.caller, call.tenant, q)
    return Answer(204)


NONE: frozenset[str] = frozenset()
ROUTES = [
    Route("POST", "/snapshots", create, NONE, "Create Snapshot"),
    Route("DELETE", "/snapshots", purge, frozenset({"q"}), "Purge Snapshots"),
    Route("GET", "/snapshots/{snapshot}", retrieve, NONE, "Retrieve Snapshot Status"),
    Route("PATCH", "/snapshots/{snapshot}", update, NONE, "Update Snapshot"),
    Route("DELETE", "/snapshots/{snapshot}", delete, NONE, "Delete Snapshot"),
    Route("POST", "/snapshots/{snapshot}/clone", clone, NONE, "Clone Snapshot"),
]
