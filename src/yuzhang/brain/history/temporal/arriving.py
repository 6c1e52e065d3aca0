"""Entities over time in the answers of other brokers, and several accounts of one entity put together. Source: clause 4.5.5."""

from collections.abc import Sequence
from typing import Any

from yuzhang.brain.context.errors import ContextError
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.moments import is_moment, microseconds
from yuzhang.brain.history.model import TimeProperty
from yuzhang.brain.history.temporal.asking import Wish
from yuzhang.brain.history.temporal.model import SCOPE, Evolution, Past
from yuzhang.brain.history.temporal.reading import Told, read_account

UNKNOWN: Microseconds = 0


def arrived(data: Any, terms: Terms, wish: Wish) -> Evolution:
    """An entity over time as another broker answered it, normalized; of what was asked, lest it answered more.

    Raises: BadRequestData, InvalidRequest if it is none. Instances of which no time is known count as the oldest.
    """
    account = read_account(data, terms)
    raw = {terms.expand(term): value for term, value in data.items()}
    attributes: dict[str, list[Past]] = {}
    for name, told in account.attributes.items():
        given = raw.get(name)
        givens = given if isinstance(given, list) and len(given) == len(told) else [given] * len(told)
        past = [
            _past(one, each if isinstance(each, dict) else {}, wish) for one, each in zip(told, givens, strict=True)
        ]
        kept = [one for one in past if name == SCOPE or _is_asked(one, wish)]
        if kept:
            attributes[name] = sorted(kept, key=lambda one: one.key)
    deleted = _time(data, "deletedAt") or None
    return Evolution(
        account.id, account.types, _time(data, "createdAt"), _time(data, "modifiedAt"), deleted, attributes
    )


def _past(told: Told, given: dict[str, Any], wish: Wish) -> Past:
    created, modified = _time(given, "createdAt"), _time(given, "modifiedAt")
    observed, deleted = _time(told.instance, "observedAt"), _time(given, "deletedAt")
    time = observed or deleted or modified or created
    key = {
        TimeProperty.OBSERVED: time,
        TimeProperty.CREATED: created,
        TimeProperty.MODIFIED: modified,
        TimeProperty.DELETED: deleted,
    }[wish.query.by]
    return Past(told.instance, time, key, created, modified, told.ended, str(given.get("instanceId", "")))


def _time(data: dict[str, Any], member: str) -> Microseconds:
    found = data.get(member)
    try:
        return microseconds(str(found)) if is_moment(found) else UNKNOWN
    except ContextError:
        return UNKNOWN


def _is_asked(one: Past, wish: Wish) -> bool:
    if wish.how.dataset is not None and (one.dataset or "@none") not in wish.how.dataset:
        return False
    window = wish.query.window
    if window is None:
        return True
    if window.by is TimeProperty.OBSERVED and "observedAt" not in one.instance:
        return False
    if window.by is TimeProperty.DELETED and not one.deleted:
        return False
    return (window.start is None or one.key >= window.start) and (window.end is None or one.key < window.end)


def merged(whole: Sequence[Evolution], gaps: Sequence[Evolution] = ()) -> Evolution:
    """One entity out of several accounts of it; `gaps` only add instances of moments that nobody else has.

    Of two instances of one dataset and moment the one that was modified last counts.
    """
    created = [one.created for one in whole if one.created]
    found = Evolution(
        whole[0].id,
        list(dict.fromkeys(kind for one in whole for kind in one.types)),
        min(created, default=UNKNOWN),
        max(one.modified for one in whole),
        whole[0].deleted,
        {},
    )
    slots: dict[str, dict[tuple[str, Microseconds], Past]] = {}
    for account in whole:
        for name, past in account.attributes.items():
            there = slots.setdefault(name, {})
            for one in past:
                old = there.get((one.dataset, one.key))
                if old is None or one.modified > old.modified:
                    there[one.dataset, one.key] = one
    for account in gaps:
        for name, past in account.attributes.items():
            there = slots.setdefault(name, {})
            for one in past:
                there.setdefault((one.dataset, one.key), one)
    found.attributes = {name: sorted(some.values(), key=lambda one: one.key) for name, some in slots.items()}
    return found


def keep_last(evolution: Evolution, last_n: int | None) -> None:
    """Only the instances of the last `last_n` moments of each attribute; None: all of them. Source: clause 5.7.3.4."""
    if last_n is None:
        return
    for name, past in evolution.attributes.items():
        if name != SCOPE:
            moments = sorted({one.key for one in past})[-last_n:]
            evolution.attributes[name] = [one for one in past if one.key >= moments[0]]
