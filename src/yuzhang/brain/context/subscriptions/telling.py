"""From a change to the letters that tell of it, in the transaction of the change: what was acknowledged is told."""

from collections.abc import Mapping, Sequence
from typing import Any

from yuzhang.brain.context.linking import joined
from yuzhang.brain.context.model import Change, Entity
from yuzhang.brain.context.moments import microseconds
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.query.paths import Lookup
from yuzhang.brain.context.registrations.matching import Period, Request, Sought, matches, narrowed
from yuzhang.brain.context.registrations.model import Registration, RegistrationChange
from yuzhang.brain.context.registrations.parts import shown as shown_registration
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.brain.context.subscriptions.matching import Index, fired, happened
from yuzhang.brain.context.subscriptions.notification import notification, shown, told
from yuzhang.brain.context.subscriptions.watch import Watch

Letter = tuple[int, str, str, bytes]
"""Subscription, entity, headers as JSON, body."""
CSOURCE = "ContextSourceNotification"


def letters_of(index: Index, transaction: Transaction, changes: Sequence[Change]) -> list[Letter]:
    """The letters that `changes` cause. A change that concerns nobody costs one look into the index."""
    found: list[Letter] = []
    for change in changes:
        watches = index.concerned(change)
        if not watches:
            continue
        what = happened(change)
        for watch in watches:
            keys = fired(watch, change, what, _finding(transaction, change.tenant))
            if keys is None:
                continue
            data = [told(watch, change, what, keys)]
            if watch.look.join in {"flat", "inline"} and change.after is not None:
                data = _with_linked(transaction, watch, change.tenant, [change.after], data)
            found.append(_letter(watch, change.entity.id, notification(watch, data, change.at)))
    return found


def _finding(transaction: Transaction, tenant: str) -> Lookup:
    def lookup(entity: str) -> Entity | None:
        kept = transaction.load(transaction.space(tenant), [entity]).get(entity)
        return kept.entity if kept else None

    return lookup


def _letter(watch: Watch, entity: str, body: bytes) -> Letter:
    return (watch.subscription.number, entity, watch.look.headers, body)


def _with_linked(
    transaction: Transaction, watch: Watch, tenant: str, entities: list[Entity], data: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The entities that relationships point to come along. Source: clause 5.8.6."""
    space = transaction.space(tenant)

    def fetch(ids: Sequence[str]) -> Mapping[str, Entity]:
        return {one: kept.entity for one, kept in transaction.load(space, ids).items()}

    look = watch.look
    return joined(fetch, entities, data, look.terms, look.how, look.join, look.join_level)


def periodic_letter(transaction: Transaction, watch: Watch, entities: list[Entity]) -> Letter:
    """What a periodic subscription is told: all that it asks for. Source: clause 5.8.6."""
    data = [shown(one, watch.look) for one in entities]
    if watch.look.join in {"flat", "inline"}:
        data = _with_linked(transaction, watch, watch.subscription.tenant, entities, data)
    return _letter(watch, "", notification(watch, data, transaction.now))


def request_of(watch: Watch) -> Request:
    """What a subscription asks of registrations. Source: clause 5.11.2.4."""
    document = watch.subscription.document
    first: Selection = watch.selections[0] if watch.selections else Selection()
    named = document.get("watchedAttributes") or document["notification"].get("attributes")
    return Request(
        entities=tuple(
            Sought(one.types, one.ids, one.id_pattern)
            for one in watch.selections
            if (one.types, one.ids, one.id_pattern) != (None, None, None)
        ),
        attributes=frozenset(named) if named else None,
        geo=first.geo,
        scope=first.scope,
        csf=watch.csf,
        period=_period(document.get("temporalQ")),
    )


def _period(asked: dict[str, Any] | None) -> Period | None:
    """The interval of registrations that a temporal query asks for. Source: clauses 4.11 and 5.11.7."""
    if asked is None:
        return None
    return Period(
        asked["timerel"],
        microseconds(asked["timeAt"]),
        microseconds(asked["endTimeAt"]) if asked["timerel"] == "between" else None,
        asked.get("timeproperty", "observedAt"),
    )


def letter_of_registration(watch: Watch, request: Request, change: RegistrationChange) -> Letter | None:
    """The letter that a change of a registration causes; None if it does not concern the subscription. Source: clause 5.11.7."""
    subscription = watch.subscription
    if subscription.status(change.at) != "active" or subscription.interval_s is not None:
        return None
    before = change.before is not None and matches(change.before, request)
    after = change.after is not None and change.after.alive(change.at) and matches(change.after, request)
    if not before and not after:
        return None
    reason = "updated" if before and after else "newlyMatching" if after else "noLongerMatching"
    return registrations_letter(watch, [change.registration], reason, change.at)


def registrations_letter(watch: Watch, some: Sequence[Registration], reason: str, at: int) -> Letter:
    """A letter about registrations: of each only what the subscription asks for. Source: clause 5.11.7."""
    request = request_of(watch)
    data = [
        shown_registration(narrowed(one, request), watch.look.terms, sysattrs=watch.look.how.sysattrs) for one in some
    ]
    return _letter(watch, "", notification(watch, data, at, CSOURCE, triggerReason=reason))
