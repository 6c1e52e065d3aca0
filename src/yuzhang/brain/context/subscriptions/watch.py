"""A subscription made ready to be asked of every change: its queries parsed, its context compiled, its headers written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec

from yuzhang.brain.context.jsonld import CORE, Contexts, Terms
from yuzhang.brain.context.query import Q, Selection, parse_geo, parse_q, parse_scope, parse_types
from yuzhang.brain.context.rendering import Representation
from yuzhang.brain.context.subscriptions.model import Endpoint, Subscription, endpoint_of
from yuzhang.brain.context.subscriptions.names import type_names

GEO_JSON, LD_JSON = "application/geo+json", "application/ld+json"
FORMATS = {"keyValues": "simplified"}
TOUCHES = {"attributeCreated": "created", "attributeUpdated": "updated", "attributeDeleted": "deleted"}


@dataclass(frozen=True, slots=True)
class Look:
    """How the notifications of a subscription look. `headers` is the JSON that goes with each into the outbox."""

    terms: Terms
    how: Representation
    show_changes: bool
    join: str
    join_level: int
    accept: str
    context_inside: bool
    headers: str


@dataclass(frozen=True, slots=True)
class Watch:
    """A subscription ready for use.

    `types` are those of which an entity has at least one if any of `selections` matches; None if every entity may match.
    `touches` are the changes of attributes that it is told of, `watched` the attributes (None: all), `datasets` the instances.
    `csf` is asked of the properties of context sources.
    """

    subscription: Subscription
    selections: tuple[Selection, ...]
    types: frozenset[str] | None
    triggers: frozenset[str]
    touches: frozenset[str]
    watched: frozenset[str] | None
    datasets: frozenset[str] | None
    endpoint: Endpoint
    look: Look
    csf: Q | None = None


def watch_of(subscription: Subscription, spoken: Mapping[str, Terms], out: Terms) -> Watch:
    """The watch of a checked subscription; `spoken` are the terms of its query strings, `out` those of its notifications."""
    document = subscription.document
    entities = document.get("entities")
    everything = entities is None or any(one["type"] == "*" for one in entities)
    triggers = subscription.triggers
    watched = document.get("watchedAttributes")
    datasets = document.get("datasetId")
    return Watch(
        subscription=subscription,
        selections=_selections(subscription, spoken),
        types=None if everything else frozenset(name for one in entities or () for name in type_names(one["type"])),
        triggers=triggers,
        touches=frozenset(touch for trigger, touch in TOUCHES.items() if trigger in triggers),
        watched=None if watched is None else frozenset(watched),
        datasets=None if datasets is None else frozenset(datasets),
        endpoint=endpoint_of(document),
        look=_look(subscription, out),
        csf=parse_q(document["csf"], spoken.get("csf", CORE)) if "csf" in document else None,
    )


def _selections(subscription: Subscription, spoken: Mapping[str, Terms]) -> tuple[Selection, ...]:
    document = subscription.document
    asked: dict[str, Any] = {}
    if "q" in document:
        asked["q"] = parse_q(unquote(document["q"]), spoken.get("q", CORE))
    if "geoQ" in document:
        geo = document["geoQ"]
        asked["geo"] = parse_geo(geo["georel"], geo["geometry"], geo["coordinates"], geo.get("geoproperty"), CORE)
    if "scopeQ" in document:
        asked["scope"] = parse_scope(document["scopeQ"])
    found = []
    for one in document.get("entities", [{"type": "*"}]):
        chosen = dict(asked)
        if one["type"] != "*":
            # The document holds names, which are what the core context makes of themselves.
            chosen["types"] = parse_types(one["type"], CORE)
        if "id" in one:
            chosen["ids"] = tuple(one["id"]) if isinstance(one["id"], list) else (one["id"],)
        elif "idPattern" in one:
            chosen["id_pattern"] = one["idPattern"]
        found.append(Selection(**chosen))
    return tuple(found)


def _look(subscription: Subscription, terms: Terms) -> Look:
    document = subscription.document
    asked = document["notification"]
    endpoint = endpoint_of(document)
    kind = asked.get("format", "normalized")
    geojson = endpoint.accept == GEO_JSON
    datasets = document.get("datasetId")
    how = Representation(
        format=FORMATS.get(kind, kind),
        sysattrs=asked.get("sysAttrs", False),
        pick=_split(asked.get("pick")),
        omit=_split(asked.get("omit")),
        attrs=_split(asked.get("attributes")),
        lang=document.get("lang"),
        dataset=None if datasets is None else tuple(datasets),
        geojson=geojson,
    )
    prefers_json = any(key.lower() == "prefer" and value.strip() == "body=json" for key, value in endpoint.receiver)
    # Clause 6.3.8: the context is linked for JSON, and for GeoJSON only if the receiver prefers that.
    inside = endpoint.accept == LD_JSON or (geojson and not prefers_json)
    headers = {"Content-Type": endpoint.accept}
    if not inside:
        headers["Link"] = f'<{terms.link}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    return Look(
        terms=terms,
        how=how,
        show_changes=asked.get("showChanges", False),
        join=asked.get("join", "@none"),
        join_level=int(asked.get("joinLevel", 1)),
        accept=endpoint.accept,
        context_inside=inside,
        headers=msgspec.json.encode(headers).decode(),
    )


def _split(projections: list[str] | None) -> tuple[str, ...] | None:
    """Each projection as its parts, braces kept whole.

    >>> _split(["id,name", "located{name,id}"])
    ('id', 'name', 'located{name,id}')
    """
    if projections is None:
        return None
    found: list[str] = []
    for text in projections:
        depth, start = 0, 0
        for place, char in enumerate(text):
            depth += (char == "{") - (char == "}")
            if char in ",|" and not depth:
                found.append(text[start:place])
                start = place + 1
        found.append(text[start:])
    return tuple(one.strip() for one in found if one.strip())


async def ready(subscription: Subscription, contexts: Contexts) -> Watch:
    """The watch of a subscription, its contexts obtained. Raises BadRequestData, LdContextNotAvailable."""
    spoken = {
        member: await contexts.terms(reference, subscription.tenant)
        for member, reference in subscription.spoken.items()
    }
    reference = subscription.document.get("jsonldContext")
    out = await contexts.terms(reference, subscription.tenant)
    return watch_of(subscription, spoken, out)
