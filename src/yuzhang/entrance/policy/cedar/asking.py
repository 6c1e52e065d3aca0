"""A question as Cedar takes it: the party, the action and the object with what they belong to, and the circumstances."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cedarpy import Decision, Entities, PolicySet, is_authorized, is_authorized_batch

from yuzhang.core.access import Object, Party, Policy
from yuzhang.entrance.policy.cedar.schema import groups

REGION_ENDS = (2, 4, 6, 9, 12)
"""Digits that a code of province, city, county, town or village has. Source: GB/T 2260-2007, GB/T 10114-2003."""
Uid = dict[str, str]


@lru_cache(maxsize=4096)
def within(region: str) -> tuple[str, ...]:
    """A region and those above it, where it is a code that says so; a name stands for itself.

    >>> within("360102"), within("360102003"), within("a harbour"), within("")
    (('360102', '360100', '360000'), ('360102003', '360102', '360100', '360000'), ('a harbour',), ())
    """
    if not region.isdigit() or len(region) not in REGION_ENDS:
        return (region,) if region else ()
    above = [region[:end].ljust(6, "0") for end in reversed(REGION_ENDS) if end < len(region)]
    return tuple(dict.fromkeys((region, *above)))


def uid(kind: str, name: str) -> Uid:
    """The name of a thing of that kind."""
    return {"type": kind, "id": name}


def object_name(about: Object) -> str:
    """What an object is called in policies.

    >>> object_name(Object("brain.context", "urn:x:1"))
    'brain.context/urn:x:1'
    """
    return f"{about.room}/{about.id}"


def party_told(caller: Party) -> dict[str, Any]:
    """What a party says of itself."""
    return {
        "id": caller.id,
        "kind": caller.kind,
        "unit": caller.unit,
        "region": caller.region,
        "acting_for": caller.acting_for,
        "factors": caller.factors,
        "scoped": caller.scopes is not None,
        "scopes": sorted(caller.scopes or ()),
    }


def object_told(about: Object) -> dict[str, Any]:
    """What an object says of itself."""
    return {
        "room": about.room,
        "kind": about.kind,
        "owner": about.owner,
        "unit": about.unit,
        "region": about.region,
        "within": within(about.region),
        "level": about.level,
        "personal": about.personal,
    }


def circumstances(caller: Party) -> dict[str, Any]:
    """What for, how surely known, in whose name and from where."""
    return {
        "purpose": caller.purpose,
        "factors": caller.factors,
        "acting_for": caller.acting_for,
        "peer": caller.peer,
    }


OBJECT_SAYS = frozenset(object_told(Object("")))


def entities(caller: Party, policy: Policy) -> Entities:
    """Who asks and which action, with all that is told of them."""
    return Entities.from_json_str(json.dumps([_party(caller, party_told(caller), grouped=True), _action(policy)]))


def entities_told(caller: Party, policy: Policy, told: frozenset[str], grouped: bool) -> Entities:
    """Who asks and which action, as far as policies need it: the attributes `told`, and what they belong to if `grouped`."""
    party = _party(caller, _of(party_told(caller), told), grouped)
    return Entities.from_json_str(json.dumps([party, _action(policy)] if grouped else [party]))


def _party(caller: Party, told: dict[str, Any], grouped: bool) -> dict[str, Any]:
    parents = [uid("Kind", caller.kind), *(uid("Role", one) for one in sorted(caller.roles))] if grouped else []
    return {"uid": uid("Party", caller.id), "attrs": told, "parents": parents}


def _action(policy: Policy) -> dict[str, Any]:
    parents = [uid("Action", one) for one in groups(policy)]
    return {"uid": uid("Action", policy.action), "attrs": {}, "parents": parents}


def with_objects(known: Entities, abouts: Sequence[Object], told: frozenset[str] | None = None) -> Entities:
    """`known` and the objects, which have different names."""
    if told is not None and not told & OBJECT_SAYS:
        return known
    things = [
        {"uid": uid("Object", object_name(one)), "attrs": _of(object_told(one), told), "parents": []} for one in abouts
    ]
    return known.with_added_json_str(json.dumps(things))


def request(caller: Party, policy: Policy, about: Object, context: str) -> dict[str, Any]:
    """The question itself."""
    return {
        "principal": uid("Party", caller.id),
        "action": uid("Action", policy.action),
        "resource": uid("Object", object_name(about)),
        "context": context,
    }


def asked(policies: PolicySet, caller: Party, policy: Policy, about: Object) -> tuple[bool, tuple[str, ...]]:
    """The decision of those policies, and the ids of those that gave it. What cannot be evaluated is a no."""
    known = with_objects(entities(caller, policy), [about])
    context = json.dumps(circumstances(caller))
    result = is_authorized(request(caller, policy, about, context), policies, known)
    return result.allowed and not result.diagnostics.errors, tuple(result.diagnostics.reasons)


def asked_for_each(
    policies: PolicySet,
    known: Entities,
    caller: Party,
    policy: Policy,
    abouts: Sequence[Object],
    told: frozenset[str],
) -> list[bool]:
    """The decisions for several objects of different names. `known`: the party and the action."""
    context = json.dumps(_of(circumstances(caller), told))
    requests = [request(caller, policy, one, context) for one in abouts]
    together = with_objects(known, abouts, told)
    alone = len(requests) == 1  # is a little faster than a batch of one
    results = (
        [is_authorized(requests[0], policies, together)] if alone else is_authorized_batch(requests, policies, together)
    )
    return [one.decision is Decision.Allow and not one.diagnostics.errors for one in results]


def _of(said: dict[str, Any], told: frozenset[str] | None) -> dict[str, Any]:
    return said if told is None else {name: value for name, value in said.items() if name in told}
