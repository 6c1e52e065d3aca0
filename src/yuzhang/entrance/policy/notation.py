"""How a question is written down: in tests, on the page and at the terminal.

Who: `role:plan-officer`, `role:duty-officer+data-officer`, `kind:citizen`, `operator`, `stranger`, or the id of a party that is known; more
of it after a question mark, as in `role:department-officer?unit=housing&region=360102`. What: the name of an action, or a right and a room
for an action of that sort, `audit@entrance.audit`. About what: `plan.registry`, `brain.context/urn:x:1?level=3&region=360102`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import get_args
from urllib.parse import parse_qsl

from yuzhang.core.access import OPERATOR, POLICIES, STRANGER, Object, Party, Policy, Right
from yuzhang.core.language import Title
from yuzhang.entrance.policy.errors import PartyNotFound, QuestionRefused
from yuzhang.entrance.policy.model import KINDS, READ_SCOPE, ROLES, WRITE_SCOPE, Question

Known = Callable[[str], Party | None]
"""Finds a party by its id."""
BOTH = frozenset({READ_SCOPE, WRITE_SCOPE})
DECLARED = "declared"
YES = ("yes", "true", "1")


def _official(role: str) -> Party:
    return Party(f"a-{role}", frozenset({role}), "official", factors=2, purpose=DECLARED)


PARTIES: dict[str, Party] = {
    **{f"role:{role}": _official(role) for role in ROLES},
    **{
        f"kind:{kind}": Party(f"one-{kind}", kind=kind, factors=2, purpose=DECLARED)
        for kind in ("official", "enterprise", "citizen", "device")
    },
    "kind:application": Party("one-application", kind="application", scopes=BOTH, purpose=DECLARED),
    "kind:process": replace(OPERATOR, purpose=DECLARED),
    "kind:stranger": replace(STRANGER, purpose=DECLARED),
}
"""One party of each role and kind, at its best."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a party, as it is written; what is empty or None is not said."""

    action: str
    object: str = ""
    purpose: str = ""
    factors: int | None = None
    acting_for: str = ""
    scopes: str | None = None


def question(caller: Party, asked: Asked, actions: Mapping[str, Policy] = POLICIES) -> Question:
    """The question that is meant, with what it says of the caller's circumstances. Raises QuestionRefused."""
    policy = action_of(asked.action, actions)
    supposed = replace(
        caller,
        purpose=asked.purpose,
        factors=caller.factors if asked.factors is None else asked.factors,
        acting_for=asked.acting_for or caller.acting_for,
        scopes=caller.scopes if asked.scopes is None else frozenset(asked.scopes.split()),
    )
    return Question(supposed, policy, object_of(asked.object) if asked.object.strip() else policy.about)


def nobody(_id: str) -> None:
    """Knows no party: where only roles and kinds are asked about."""


def party_of(subject: str, known: Known = nobody) -> Party:
    """The party that `subject` stands for.

    >>> party_of("role:department-officer?unit=housing&region=360102").region
    '360102'
    """
    name, _, more = subject.strip().partition("?")
    standing = {"operator": OPERATOR, "stranger": STRANGER} | PARTIES
    found = standing.get(name) or _with_several_roles(name) or known(name)
    if found is None:
        written = "、".join([f"role:{one}" for one in ROLES] + [f"kind:{one}" for one in KINDS])
        raise PartyNotFound(
            Title(f"没有主体“{name}”。", f"There is no party “{name}”."),
            where="subject",
            fix=Title(f"请写主体编号，或：{written}。", f"Write the id of a party, or one of: {written}."),
        )
    said = _said(more, ("id", "unit", "region"), "subject")
    return replace(
        found,
        id=said.get("id", found.id),
        unit=said.get("unit", found.unit),
        region=said.get("region", found.region),
    )


def _with_several_roles(name: str) -> Party | None:
    """An official with the roles that `role:a+b` names."""
    kind, _, roles = name.partition(":")
    several = roles.split("+")
    if kind != "role" or not all(one in ROLES for one in several):
        return None
    return replace(_official("-and-".join(several)), roles=frozenset(several))


def action_of(name: str, actions: Mapping[str, Policy] = POLICIES) -> Policy:
    """The action of that name, or one of a right in a room.

    >>> action_of("audit@entrance.audit").right
    'audit'
    """
    right, at, room = name.strip().partition("@")
    if at and right in get_args(Right):
        kind: Right = next(one for one in get_args(Right) if one == right)
        return Policy(name.strip(), kind, kind in ("reader", "visitor"), room=room)
    if name.strip() in actions:
        return actions[name.strip()]
    near = [one for one in sorted(actions) if name.strip() and name.strip() in one][:5]
    raise QuestionRefused(
        Title(f"没有操作“{name}”。", f"There is no action “{name}”."),
        where="action",
        fix=Title(
            f"操作见 docs/reference/policies.md；相近的有：{'、'.join(near) or '—'}。",
            f"Actions are listed in docs/reference/policies.md; near to it: {', '.join(near) or '—'}.",
        ),
    )


def object_of(written: str) -> Object:
    """The object that is written.

    >>> object_of("brain.context/urn:x:1?level=3&region=360102&personal=yes").level
    3
    """
    path, _, more = written.strip().partition("?")
    room, _, name = path.partition("/")
    said = _said(more, ("kind", "owner", "unit", "region", "level", "personal"), "object")
    level, personal = said.pop("level", "1"), said.pop("personal", "no")
    if level not in ("1", "2", "3", "4"):
        raise QuestionRefused(
            Title(f"没有数据级别“{level}”。", f"There is no level “{level}”."),
            where="object",
            fix=Title("级别为 1 至 4。", "Levels are 1 to 4."),
        )
    return Object(room, name, level=int(level), personal=personal in YES, **said)


def written(about: Object) -> str:
    """An object as it would be written.

    >>> written(Object("brain.context", "urn:x", level=3))
    'brain.context/urn:x?level=3'
    """
    said = {"kind": about.kind, "owner": about.owner, "unit": about.unit, "region": about.region}
    parts = [f"{name}={value}" for name, value in said.items() if value]
    parts += [f"level={about.level}"] if about.level != 1 else []
    parts += ["personal=yes"] if about.personal else []
    return about.room + (f"/{about.id}" if about.id else "") + (f"?{'&'.join(parts)}" if parts else "")


def _said(more: str, names: tuple[str, ...], where: str) -> dict[str, str]:
    said = dict(parse_qsl(more, keep_blank_values=True))
    wrong = [one for one in said if one not in names]
    if wrong:
        raise QuestionRefused(
            Title(f"不认识“{wrong[0]}”。", f"“{wrong[0]}” is not known."),
            where=where,
            fix=Title(f"可用：{'、'.join(names)}。", f"What may stand there: {', '.join(names)}."),
        )
    return said
