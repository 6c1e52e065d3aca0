"""From a change to the letters that tell of it, in the transaction of the change: what was acknowledged is told."""

from collections.abc import Mapping, Sequence
from typing import Any

from yuzhang.brain.context.classification.room import Sights
from yuzhang.brain.context.classification.sight import Sight
from yuzhang.brain.context.linking import joined
from yuzhang.brain.context.model import Change, Entity
from yuzhang.brain.context.moments import microseconds
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.query.paths import Lookup
from yuzhang.brain.context.registrations.matching import Period, Request, Sought, matches, narrowed
from yuzhang.brain.context.registrations.model import Registration, RegistrationChange
from yuzhang.brain.context.registrations.parts import shown as shown_registration
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.brain.context.subscriptions.matching import Happened, Index, fired, happened
from yuzhang.brain.context.subscriptions.notification import notification, shown, told
from yuzhang.brain.context.subscriptions.watch import Watch

Letter = tuple[int, str, str, bytes]
"""Subscription, entity, headers as JSON, body."""
CSOURCE = "ContextSourceNotification"


def letters_of(index: Index, sights: Sights, transaction: Transaction, changes: Sequence[Change]) -> list[Letter]:
    """The letters that `changes` cause. A change that concerns nobody costs one look into the index."""
    found: list[Letter] = []
    for change in changes:
        watches = index.concerned(change)
        if not watches:
            continue
        what = happened(change)
        for watch in watches:
            sight = sights.of_absent(watch.subscription.owner, change.tenant)
            letter = _letter_of(transaction, watch, change, what, sight)
            if letter is not None:
                found.append(letter)
    return found


def _letter_of(
    transaction: Transaction, watch: Watch, change: Change, what: Happened, sight: Sight | None
) -> Letter | None:
    """The letter that a change causes to one subscription; None if it is told nothing. What it may not see did not happen."""
    if sight is not None:
        seen = as_seen(change, sight)
        if seen is None:
            return None
        change, what = seen, happened(seen)
    keys = fired(watch, change, what, _finding(transaction, change.tenant, sight))
    if keys is None:
        return None
    data = [told(watch, change, what, keys)]
    if watch.look.join in {"flat", "inline"} and change.after is not None:
        data = _with_linked(transaction, watch, change.tenant, [change.after], data, sight)
    if sight is not None:
        sight.read([change.entity])
    return _letter(watch, change.entity.id, notification(watch, data, change.at))


def as_seen(change: Change, sight: Sight) -> Change | None:
    """A change as a party sees it; None if it sees nothing. An entity that comes into its sight, or leaves it, is made or deleted."""
    before = sight.shown(change.before) if change.before is not None else None
    after = sight.shown(change.after) if change.after is not None else None
    if before is None and after is None:
        return None
    shown = {name for one in (before, after) if one is not None for name in one.body}
    there = {name for one in (change.before, change.after) if one is not None for name in one.body}
    touched = {key: how for key, how in change.touched.items() if key.partition("\n")[0] not in there - shown}
    return Change(change.tenant, before, after, touched, change.at)


def _finding(transaction: Transaction, tenant: str, sight: Sight | None) -> Lookup:
    def lookup(entity: str) -> Entity | None:
        kept = transaction.load(transaction.space(tenant), [entity]).get(entity)
        if kept is None or sight is None:
            return kept.entity if kept else None
        return sight.shown(kept.entity)

    return lookup


def _letter(watch: Watch, entity: str, body: bytes) -> Letter:
    return (watch.subscription.number, entity, watch.look.headers, body)


def _with_linked(
    transaction: Transaction,
    watch: Watch,
    tenant: str,
    entities: list[Entity],
    data: list[dict[str, Any]],
    sight: Sight | None,
) -> list[dict[str, Any]]:
    """The entities that relationships point to come along. Source: clause 5.8.6."""
    space = transaction.space(tenant)

    def fetch(ids: Sequence[str]) -> Mapping[str, Entity]:
        found = {one: kept.entity for one, kept in transaction.load(space, ids).items()}
        if sight is None:
            return found
        shown = {one: seen for one, entity in found.items() if (seen := sight.shown(entity)) is not None}
        sight.read(shown.values())
        return shown

    look = watch.look
    return joined(fetch, entities, data, look.terms, look.how, look.join, look.join_level)


def periodic_letter(transaction: Transaction, watch: Watch, entities: list[Entity], sight: Sight | None) -> Letter:
    """What a periodic subscription is told: all that it asks for. Source: clause 5.8.6."""
    data = [shown(one, watch.look) for one in entities]
    if watch.look.join in {"flat", "inline"}:
        data = _with_linked(transaction, watch, watch.subscription.tenant, entities, data, sight)
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
