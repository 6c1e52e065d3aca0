"""Why a party may or may not: the statements that decided, and what would have to be different."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from cedarpy import PolicySet, pst

from yuzhang.core.access import Party
from yuzhang.core.language import Title
from yuzhang.entrance.policy.cedar.asking import asked
from yuzhang.entrance.policy.cedar.slicing import action_fits, party_fits, policy_set
from yuzhang.entrance.policy.model import KINDS, ROLES, Clause, Explanation, Nearest, Question, Statement

MOST_NEAR = 6
CHANGES: tuple[tuple[Title, Callable[[Party], Party]], ...] = (
    (
        Title("说明使用目的后可以", "with a declared purpose"),
        lambda caller: replace(caller, purpose=caller.purpose or "declared"),
    ),
    (
        Title("用两种鉴别方式登录后可以", "signed in with two factors"),
        lambda caller: replace(caller, factors=max(caller.factors, 2)),
    ),
    (
        Title("使用不受限的会话（而非受限令牌）可以", "in a session instead of with a limited token"),
        lambda caller: replace(caller, scopes=None),
    ),
    (
        Title("以本人名义（不代他人）可以", "in one's own name, acting for nobody"),
        lambda caller: replace(caller, acting_for=""),
    ),
)
"""What the asker could change by themselves."""


def explained(statements: Sequence[Statement], policies: PolicySet, question: Question) -> Explanation:
    """The decision of `policies`, which are `statements`, with its reasons."""
    allowed, reasons = asked(policies, question.caller, question.policy, question.about)
    decided = tuple(one for one in statements if one.id in reasons)
    if allowed:
        return Explanation(question, True, decided, (), ())
    return Explanation(
        question,
        False,
        decided,
        tuple(sorted(_near(statements, question, decided), key=lambda one: _distance(one, question))[:MOST_NEAR]),
        tuple(_remedies(policies, question)),
    )


def _near(statements: Sequence[Statement], question: Question, decided: tuple[Statement, ...]) -> Iterator[Nearest]:
    """What would lift each prohibition; where there is none, what each permission for the action lacks."""
    for one in decided:
        yield Nearest(one, tuple(_lifting(one)))
    if decided:
        return
    for one in statements:
        if one.effect == "permit" and action_fits(one.node, question.policy) and not _is_for_the_system(one.node):
            failing = [clause for clause in one.clauses if not _holds(one, clause, question)]
            if not any(_is_of_the_action_alone(clause) for clause in failing):
                yield Nearest(one, tuple(_missing(one, failing, question)))


def _distance(one: Nearest, question: Question) -> tuple[bool, int]:
    """A condition is nearer than another role."""
    return not party_fits(one.statement.node, question.caller), len(one.missing)


def _holds(one: Statement, clause: Clause, question: Question) -> bool:
    alone = replace(one.node, effect="permit", principal=pst.ScopeAny(), action=pst.ScopeAny(), clauses=(clause.node,))
    return asked(policy_set([alone]), question.caller, question.policy, question.about)[0]


def _is_of_the_action_alone(clause: Clause) -> bool:
    """Whether a clause asks only which action it is; where it fails, the statement is about something else."""
    return not any(word in clause.text for word in ("principal", "resource", "context."))


def _lifting(one: Statement) -> Iterator[Title]:
    for clause in one.clauses:
        if isinstance(clause.node, pst.Unless):
            yield Title(f"以下例外不成立：{clause.text}", f"this exception does not hold: {clause.text}")
        else:
            yield Title(f"以下条件成立：{clause.text}", f"this condition holds: {clause.text}")


def _is_for_the_system(node: pst.Template) -> bool:
    return isinstance(node.principal, pst.ScopeIn) and getattr(node.principal.entity, "id", "") == "process"


def _missing(one: Statement, failing: Sequence[Clause], question: Question) -> Iterator[Title]:
    """What of a permission does not fit: its head, and each clause for itself."""
    if not party_fits(one.node, question.caller):
        yield _head(one.node)
    for clause in failing:
        yield Title(f"以下条件须成立：{clause.text}", f"this would have to hold: {clause.text}")


def _head(node: pst.Template) -> Title:
    match node.principal:
        case pst.ScopeIn(pst.EntityUid(kind, name)) | pst.ScopeIsIn(_, pst.EntityUid(kind, name)):
            if kind.basename == "Role":
                title = ROLES.get(name, Title(name, name))
                return Title(f"主体须具有角色“{title.zh}”（{name}）", f"the party would need the role {name}")
            if kind.basename == "Kind":
                title = KINDS.get(name, Title(name, name))
                return Title(f"主体须为“{title.zh}”（{name}）", f"the party would have to be of the kind {name}")
        case pst.ScopeEq(pst.EntityUid(_, name)):
            return Title(f"主体须为 {name}", f"the party would have to be {name}")
    return Title("主体不符", "the party does not fit")


def _remedies(policies: PolicySet, question: Question) -> Iterator[Title]:
    """What the asker could do: each change alone, then all together."""
    different = [(title, change) for title, change in CHANGES if change(question.caller) != question.caller]
    alone = [title for title, change in different if _would(policies, question, change(question.caller))]
    if alone or not different:
        yield from alone
        return
    together = question.caller
    for _, change in different:
        together = change(together)
    if _would(policies, question, together):
        yield Title("；并且".join(title.zh for title, _ in different), " and ".join(title.en for title, _ in different))


def _would(policies: PolicySet, question: Question, caller: Party) -> bool:
    return asked(policies, caller, question.policy, question.about)[0]
