"""What a notification says. Source: clauses 5.3.1 and 5.8.6."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import msgspec

from yuzhang.brain.context.model import (
    NULL,
    VALUE_MEMBER,
    Body,
    Change,
    Entity,
    Instance,
    Microseconds,
)
from yuzhang.brain.context.moments import stamp
from yuzhang.brain.context.rendering import render, render_geojson
from yuzhang.brain.context.subscriptions.matching import Happened, instance_of
from yuzhang.brain.context.subscriptions.watch import Look, Watch

encode = msgspec.json.Encoder().encode
Data = list[dict[str, Any]]


def told(watch: Watch, change: Change, what: Happened, keys: Sequence[str]) -> dict[str, Any]:
    """One entity as a notification shows it after `change`."""
    if change.after is None:
        return _deleted_entity(watch, change, keys)
    look = watch.look
    gone = [key for key, touch in what.items() if touch == "deleted"]
    changed = [key for key, touch in what.items() if touch == "updated"] if look.show_changes else []
    entity = change.after
    if change.before is not None and (gone or changed):
        body = dict(entity.body)
        for key in changed:
            _show_previous(body, change.before, key)
        _mark_deleted(body, change.before, gone, look, change.at)
        ended = {key: change.before.times_of(key) for key in gone}
        entity = Entity(body, entity.created, entity.modified, entity.times | ended)
    return shown(entity, look)


def shown(entity: Entity, look: Look) -> dict[str, Any]:
    """An entity in the format that a subscription asked for."""
    if look.how.geojson:
        return render_geojson(entity, look.terms, look.how)
    return render(entity, look.terms, look.how)


def _deleted_entity(watch: Watch, change: Change, keys: Sequence[str]) -> dict[str, Any]:
    """A deleted entity: only its deletedAt, or with the previous values; or the watched attributes that went with it."""
    before, look = change.entity, watch.look
    whole = "entityDeleted" in watch.triggers
    body: Body = {"id": before.body["id"], "type": before.body["type"]}
    if look.show_changes or not whole:
        names = before.attributes() if whole else dict.fromkeys(key.partition("\n")[0] for key in keys)
        for name in names:
            made = [_null(one, look, change.at) for one in before.instances(name)]
            body[name] = made if len(made) > 1 else made[0]
    found = shown(Entity(body, before.created, before.modified, before.times), look)
    properties = found["properties"] if look.how.geojson else found
    properties["deletedAt"] = stamp(change.at)
    return found


def _mark_deleted(body: Body, before: Entity, keys: Sequence[str], look: Look, at: Microseconds) -> None:
    """Put an NGSI-LD Null for each deleted instance; one alone, without datasetId, if the whole attribute went."""
    by_name: dict[str, list[str]] = {}
    for key in keys:
        name, _, dataset = key.partition("\n")
        by_name.setdefault(name, []).append(dataset)
    for name, datasets in by_name.items():
        made = []
        for dataset in datasets:
            old = instance_of(before, name, dataset)
            if old is not None:
                made.append(_null(old, look, at))
        left = body.get(name, [])
        left = left if isinstance(left, list) else [left]
        default = next((one for one in made if "datasetId" not in one), None)
        if not left and default is not None and not (look.show_changes or look.how.sysattrs):
            made = [default]
        together = [*left, *made]
        if together:
            body[name] = together if len(together) > 1 else together[0]


def _null(old: Instance, look: Look, at: Microseconds) -> Instance:
    """A deleted instance. Source: clauses 4.5.0 and 5.8.6."""
    kind = old.get("type", "Property")
    member = VALUE_MEMBER.get(kind, "value")
    null: Any = NULL
    if kind == "LanguageProperty":
        null = {"@none": NULL}
    elif member.endswith("List"):
        null = [NULL]
    found: Instance = {"type": kind, member: null}
    if "datasetId" in old:
        found["datasetId"] = old["datasetId"]
    if look.show_changes and member in old:
        found[previous(member)] = old[member]
    if look.how.sysattrs:
        found["deletedAt"] = stamp(at)
    return found


def _show_previous(body: Body, before: Entity, key: str) -> None:
    name, _, dataset = key.partition("\n")
    old = instance_of(before, name, dataset)
    now = body.get(name)
    if old is None or now is None:
        return
    member = VALUE_MEMBER.get(old.get("type", "Property"), "value")
    if member not in old:
        return
    extra = {previous(member): old[member]}
    if isinstance(now, list):
        body[name] = [one | extra if one.get("datasetId", "") == dataset else one for one in now]
    else:
        body[name] = now | extra


def previous(member: str) -> str:
    """The member that carries what `member` was.

    >>> previous("languageMap")
    'previousLanguageMap'
    """
    return "previous" + member[0].upper() + member[1:]


def notification(watch: Watch, data: Data, at: Microseconds, kind: str = "Notification", **more: Any) -> bytes:
    """The whole message. Its id stays the same however often it is sent.

    A csource notification is of `kind` ContextSourceNotification and has `triggerReason` as one of `more` (clause 5.3.2).
    """
    look = watch.look
    reference = look.terms.reference
    found: dict[str, Any] = {
        "id": f"urn:ngsi-ld:{kind}:{uuid4()}",
        "type": kind,
        "subscriptionId": watch.subscription.id,
        "notifiedAt": stamp(at),
        **more,
    }
    if look.how.geojson:
        collection: dict[str, Any] = {"type": "FeatureCollection", "features": data}
        if look.context_inside:
            collection["@context"] = reference
        found["data"] = collection
    elif look.context_inside:
        found["data"] = [one | {"@context": reference} for one in data]
        # The entities bring their own; the members of the notification itself need one too.
        found["@context"] = reference
    else:
        found["data"] = data
    return encode(found)


def merged(bodies: Sequence[bytes]) -> bytes:
    """Several notifications of one subscription as one: its id is that of the first, of each entity the last state counts."""
    if len(bodies) == 1:
        return bodies[0]
    opened = [msgspec.json.decode(one) for one in bodies]
    found: dict[str, Any] = {}
    for one in opened:
        data = one["data"]
        for entity in data["features"] if isinstance(data, dict) else data:
            found.pop(entity.get("id", ""), None)
            found[entity.get("id", str(len(found)))] = entity
    last = opened[-1]
    last["id"] = opened[0]["id"]
    if isinstance(last["data"], dict):
        last["data"]["features"] = list(found.values())
    else:
        last["data"] = list(found.values())
    return encode(last)
