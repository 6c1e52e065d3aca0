"""Subscriptions of entities and of registrations. Clauses 6.10 to 6.13."""

from typing import Any
from urllib.parse import quote

import msgspec

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.http.message import Answer, Call, Route
from yuzhang.brain.context.http.negotiation import answer_media, body_answer, payload_of, terms_of
from yuzhang.brain.context.http.parameters import options_of, wanted
from yuzhang.brain.context.http.registrations import paging
from yuzhang.brain.context.http.showing import preference_headers
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.moments import stamp
from yuzhang.brain.context.subscriptions import actions
from yuzhang.brain.context.subscriptions.model import DEFAULT_TRIGGERS, Document, Kind, Subscription, Tally
from yuzhang.brain.context.subscriptions.names import renamed

OPTIONS = frozenset({"sysAttrs"})
LISTING = frozenset({"limit", "offset", "count", "options", "local"})


def shown(one: Subscription, tally: Tally, terms: Terms, now: Microseconds, *, sysattrs: bool) -> Document:
    """The subscription as an answer. Source: clauses 5.2.12, 5.2.14.2."""
    found: dict[str, Any] = {"id": one.id, **renamed(one.document, terms.compact)}
    notification = dict(found["notification"])
    if tally.sent:
        notification["timesSent"] = tally.sent
        if tally.failed:  # its value is greater than 0
            notification["timesFailed"] = tally.failed
        times = {"lastNotification": tally.last, "lastSuccess": tally.success, "lastFailure": tally.failure}
        notification |= {name: stamp(at) for name, at in times.items() if at is not None}
    if tally.given_up:
        notification["timesGivenUp"] = tally.given_up
    if tally.ok is not None:
        notification["status"] = "ok" if tally.ok else "failed"
    found["notification"] = notification
    if one.kind == "entity":
        found.setdefault("notificationTrigger", list(DEFAULT_TRIGGERS))
    found["status"] = one.status(now)
    if sysattrs:
        found |= {"createdAt": stamp(one.created), "modifiedAt": stamp(one.modified)}
    return found


def routes(kind: Kind, base: str, what: str) -> list[Route]:
    """The resources of one kind of subscription."""

    async def create(broker: Broker, call: Call) -> Answer:
        data, terms = await payload_of(broker, call)
        kept = await actions.subscribe(broker, call.caller, kind, call.tenant, data, terms)
        if kind == "entity" and broker.federation.asks(call):
            broker.federation.following.follow(call, broker.subscriptions.watches[kept.number])
        return Answer(201, headers=[("location", f"/ngsi-ld/v1{base}/{quote(kept.id, safe=':')}")])

    async def one(broker: Broker, call: Call, subscription: str) -> Answer:
        media, terms = answer_media(call), await terms_of(broker, call)
        sysattrs = "sysAttrs" in options_of(call, OPTIONS)
        found, tally = actions.subscription_of(broker, call.caller, kind, call.tenant, subscription)
        body = msgspec.json.encode(shown(found, tally, terms, broker.now(), sysattrs=sysattrs))
        return body_answer(body, terms, media, preference_headers(call))

    async def many(broker: Broker, call: Call) -> Answer:
        media, terms = answer_media(call), await terms_of(broker, call)
        sysattrs, page = "sysAttrs" in options_of(call, OPTIONS), wanted(call)
        found = actions.subscriptions_of(broker, call.caller, kind, call.tenant)
        some = [
            shown(item, tally, terms, broker.now(), sysattrs=sysattrs)
            for item, tally in found[page.offset : page.offset + page.limit]
        ]
        headers = [*paging(call, page, len(found), f"/ngsi-ld/v1{base}"), *preference_headers(call)]
        return body_answer(msgspec.json.encode(some), terms, media, headers)

    async def change(broker: Broker, call: Call, subscription: str) -> Answer:
        data, terms = await payload_of(broker, call)
        await actions.change_subscription(broker, call.caller, kind, call.tenant, subscription, data, terms)
        if kind == "entity" and broker.federation.concerns(call):
            broker.federation.following.leave(call, subscription)
            watch = broker.subscriptions.find(kind, call.tenant, subscription)
            if watch is not None and broker.federation.asks(call):
                broker.federation.following.follow(call, watch)
        return Answer(204)

    async def delete(broker: Broker, call: Call, subscription: str) -> Answer:
        await actions.unsubscribe(broker, call.caller, kind, call.tenant, subscription)
        if kind == "entity" and broker.federation.following.remotes:
            broker.federation.following.leave(call, subscription)
        return Answer(204)

    return [
        Route("POST", base, create, frozenset({"local"}), f"Create {what} Subscription"),
        Route("GET", base, many, LISTING, f"Query {what} Subscriptions"),
        Route("GET", f"{base}/{{subscription}}", one, frozenset({"options"}), f"Retrieve {what} Subscription"),
        Route("PATCH", f"{base}/{{subscription}}", change, frozenset(), f"Update {what} Subscription"),
        Route("DELETE", f"{base}/{{subscription}}", delete, frozenset(), f"Delete {what} Subscription"),
    ]


ROUTES = [
    *routes("entity", "/subscriptions", "Context Information"),
    *routes("csource", "/csourceSubscriptions", "Context Source Registration"),
]
