"""Conditions worked out as far as the action, the roles and the kind of the party tell: `action in room:plan` is true or it is not.

What is left is what depends on the object and the circumstances. Only what stands first in an `and` or `or` decides it, as in Cedar, where
the second part is not looked at then; so what is left means exactly the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace

from cedarpy import pst

from yuzhang.core.access import Party, Policy
from yuzhang.entrance.policy.cedar.schema import groups

TRUE, FALSE = pst.BoolLit(True), pst.BoolLit(False)


@dataclass(frozen=True, slots=True)
class Given:
    """What is known before anything is asked: the groups of the action, and the roles and kind of the party, and whether a token limits it."""

    action: frozenset[str]
    roles: frozenset[str]
    kind: str
    scoped: bool


def given(caller: Party, policy: Policy) -> Given:
    """What is known of whoever has the roles, kind and limits of `caller`, doing that action."""
    return Given(frozenset({policy.action, *groups(policy)}), caller.roles, caller.kind, caller.scopes is not None)


def folded(node: pst.Template, known: Given) -> pst.Template | None:
    """The statement with what is known put in, of which the head fits; None if it can never apply."""
    left: list[pst.Clause] = []
    for clause in node.clauses:
        expr = _folded(clause.expr, known)
        never, always = (FALSE, TRUE) if isinstance(clause, pst.When) else (TRUE, FALSE)
        if expr == never:
            return None
        if expr != always:
            left.append(replace(clause, expr=expr))
    by_name = isinstance(node.principal, pst.ScopeEq)
    return replace(
        node,
        principal=node.principal if by_name else pst.ScopeAny(),
        action=pst.ScopeAny(),
        clauses=tuple(left),
        annotations={},
    )


def attributes(nodes: Iterable[pst.Template]) -> frozenset[str]:
    """The names of all attributes that the statements read."""
    found: set[str] = set()
    stack: list[object] = [clause.expr for node in nodes for clause in node.clauses]
    while stack:
        value = stack.pop()
        if isinstance(value, pst.GetAttr):
            found.add(value.attr)
        elif isinstance(value, pst.HasAttr):
            found.update(value.attrs)
        if isinstance(value, tuple):
            stack.extend(value)
        elif isinstance(value, dict):
            stack.extend(value.values())
        elif is_dataclass(value) and not isinstance(value, type):
            stack.extend(getattr(value, one.name) for one in fields(value))
    return frozenset(found)


def _folded(expr: pst.Expr, known: Given) -> pst.Expr:
    match expr:
        case pst.UnaryOp("not", arg):
            inner = _folded(arg, known)
            return pst.BoolLit(not inner.value) if isinstance(inner, pst.BoolLit) else replace(expr, arg=inner)
        case pst.GetAttr(pst.Var("principal"), "scoped"):
            return pst.BoolLit(known.scoped)
        case pst.BinaryOp("and" | "or", _, _):
            return _joined(expr, known)
        case pst.BinaryOp("in", pst.Var(name), right):
            told = _inside(name, right, known)
            return expr if told is None else pst.BoolLit(told)
        case pst.BinaryOp("eq" | "not_eq", pst.GetAttr(pst.Var("principal"), "kind"), pst.StringLit(value)):
            return pst.BoolLit((value == known.kind) == (expr.op == "eq"))
        case pst.BinaryOp("contains", pst.Set(elements), pst.GetAttr(pst.Var("principal"), "kind")):
            if all(isinstance(one, pst.StringLit) for one in elements):
                return pst.BoolLit(pst.StringLit(known.kind) in elements)
    return expr


def _joined(expr: pst.BinaryOp, known: Given) -> pst.Expr:
    """An `and` or `or` of two parts."""
    deciding = pst.BoolLit(expr.op == "or")
    left, right = _folded(expr.left, known), _folded(expr.right, known)
    if left == deciding:
        return deciding
    if isinstance(left, pst.BoolLit):
        return right
    if isinstance(right, pst.BoolLit) and right != deciding:
        return left
    return replace(expr, left=left, right=right)


def _inside(name: str, right: pst.Expr, known: Given) -> bool | None:
    """Whether the action or the party is in a group, or in one of several; None where that is not known yet."""
    several = right.elements if isinstance(right, pst.Set) else (right,)
    answers = [_is_in(name, one, known) for one in several]
    if True in answers:
        return True
    return None if None in answers else False


def _is_in(name: str, group: pst.Expr, known: Given) -> bool | None:
    if not isinstance(group, pst.EntityLit):
        return None
    kind, uid = group.value.type.basename, group.value.id
    if name == "action" and kind == "Action":
        return uid in known.action
    if name == "principal" and kind in ("Role", "Kind"):
        return uid in known.roles if kind == "Role" else uid == known.kind
    return None
