"""Of all statements, those that can concern a party's roles and an action: what others say need not be read for a decision.

A statement is left out only if its head rules it out for certain; so the decision is that of all statements (a property test looks).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cedarpy import PolicySet, pst

from yuzhang.core.access import Party, Policy
from yuzhang.entrance.policy.cedar.folding import attributes, folded, given
from yuzhang.entrance.policy.cedar.schema import groups
from yuzhang.entrance.policy.model import Statement


@dataclass(frozen=True, slots=True)
class Slice:
    """What of the statements can concern a question, ready to be asked; None where nothing can permit it.

    `attributes`: what they read of the party, the object and the circumstances; no more of them need be told. `grouped`: whether they ask
    what the party or the action belongs to, beyond what was worked out already.
    """

    policies: PolicySet | None
    count: int = 0
    attributes: frozenset[str] = frozenset()
    grouped: bool = True


def policy_set(nodes: Iterable[pst.Template]) -> PolicySet:
    """Statements as Cedar evaluates them, each under its own id."""
    return PolicySet.from_pst(pst.PolicySet({}, {one.id: one for one in nodes}, ()))


def sliced(statements: Iterable[Statement], caller: Party, policy: Policy) -> Slice:
    """What can concern whoever has the roles and kind of `caller`, doing that action."""
    known = given(caller, policy)
    concerned = [one.node for one in statements if action_fits(one.node, policy) and party_can_fit(one.node, caller)]
    left = [one for one in (folded(node, known) for node in concerned) if one is not None]
    if not any(one.effect == "permit" for one in left):
        return Slice(None)
    grouped = any(pst.entity_uids(one) for one in left)
    return Slice(policy_set(left), len(left), attributes(left), grouped)


def action_fits(node: pst.Template, policy: Policy) -> bool:
    """Whether the head names the action, or a group that it is in."""
    names = {policy.action, *groups(policy)}
    match node.action:
        case pst.ActionEq(entity):
            return entity.id == policy.action
        case pst.ActionIn(entities):
            return any(one.id in names for one in entities)
    return True


def party_fits(node: pst.Template, caller: Party) -> bool:
    """Whether the head names the party, its kind or one of its roles."""
    match node.principal:
        case pst.ScopeEq(pst.EntityUid(kind, name)):
            return kind.basename == "Party" and name == caller.id
    return party_can_fit(node, caller)


def party_can_fit(node: pst.Template, caller: Party) -> bool:
    """Whether the head can name a party of the same roles and kind; who it is by name is left open."""
    match node.principal:
        case pst.ScopeIn(pst.EntityUid(kind, name)) | pst.ScopeIsIn(_, pst.EntityUid(kind, name)):
            if kind.basename == "Role":
                return name in caller.roles
            if kind.basename == "Kind":
                return name == caller.kind
    return True


def names_objects(statements: Iterable[Statement]) -> bool:
    """Whether any statement speaks of a single object by its name; if none does, decisions do not depend on names."""
    return any(uid.type.basename == "Object" for one in statements for uid in pst.entity_uids(one.node))
