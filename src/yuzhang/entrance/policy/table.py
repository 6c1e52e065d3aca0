"""The page docs/reference/policies.md: who may what, asked of the policies role by role; `make reference` writes it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import get_args

from yuzhang.core.access import POLICIES, Object, Party, Policy, Right
from yuzhang.entrance.policy.model import KINDS, ROLES
from yuzhang.entrance.policy.notation import PARTIES
from yuzhang.entrance.policy.room import Decider

ROOM_GROUPS = (
    "plan", "brain.context", "brain.history", "brain.history.sql", "foundation", "entrance.audit", "entrance.policy",
    "entrance.identity", "entrance.identity.provider", "entrance.api", "entrance.portal", "operation",
)  # fmt: skip
YES, SOME, NO, PURPOSE = "●", "◐", "·", "●ᵖ"
TITLES = {f"role:{name}": title for name, title in ROLES.items()} | {
    f"kind:{name}": title for name, title in KINDS.items()
}
HOME = replace(PARTIES["kind:official"], unit="housing", region="360102")
ENTITY = Object("brain.context", "urn:x:1")
PLACES = {
    "own unit and region / 本单位本区域": replace(ENTITY, unit="housing", region="360102"),
    "another unit, own region / 其他单位、本区域": replace(ENTITY, unit="traffic", region="360102"),
    "another region / 其他区域": replace(ENTITY, unit="housing", region="360200"),
    "none named / 未标明": ENTITY,
    "its own / 属于本人": replace(ENTITY, owner="it"),
}


def page() -> str:
    """The page, in Markdown."""
    decider = Decider()
    return (
        "\n".join([*_opening(), *_rights(decider), *_levels(decider), *_actions(decider), *_policies(decider)]) + "\n"
    )


def _opening() -> Iterator[str]:
    yield "# Who may what / 谁可以做什么"
    yield "<!-- Written by `make reference` from the policies; do not edit. -->"
    yield ""
    yield "Asked of the policies that are shipped; a city's own come on top. How to read them: [policies](../explanation/policies.md)."
    yield ""


def _rights(decider: Decider) -> Iterator[str]:
    yield "## Roles, rights, rooms / 角色、权限、房间"
    yield ""
    yield (
        f"{YES} every action · {SOME} some of them (see below) · {NO} none · {PURPOSE} with a declared purpose only. "
        "Each is asked as signed in with two factors; an application as having both scopes."
    )
    yield f"{YES} 全部操作 · {SOME} 部分操作（见下）· {NO} 无 · {PURPOSE} 须说明目的。均按双因素登录判定；应用按具有读写授权判定。"
    yield ""
    parties = {name: party for name, party in PARTIES.items() if name != "kind:process"}
    yield f"| room / 房间 | right / 权限 | {' | '.join(f'{TITLES[one].zh}<br>{TITLES[one].en}' for one in parties)} |"
    yield f"|---|---|{'---|' * len(parties)}"
    for room in ROOM_GROUPS:
        for right in get_args(Right):
            policies = [one for one in POLICIES.values() if _group(one) == room and one.right == right]
            if policies:
                cells = " | ".join(_mark(decider, party, policies) for party in parties.values())
                yield f"| {room} | {right} ({len(policies)}) | {cells} |"
    yield ""


def _group(policy: Policy) -> str:
    """The narrowest of the room groups that the action is in."""
    fitting = [one for one in ROOM_GROUPS if policy.room == one or policy.room.startswith(f"{one}.")]
    return max(fitting, key=len, default=policy.room)


def _mark(decider: Decider, party: Party, policies: Iterable[Policy]) -> str:
    answers = [
        (decider.allows(party, one, one.about), decider.allows(replace(party, purpose=""), one, one.about))
        for one in policies
    ]
    with_purpose, without = [one for one, _ in answers], [one for _, one in answers]
    if not any(with_purpose):
        return NO
    if not all(with_purpose):
        return SOME
    return YES if all(without) else PURPOSE


def _levels(decider: Decider) -> Iterator[str]:
    yield "## Levels of data / 数据级别"
    yield ""
    yield (
        "Which levels of an entity each may read: 1 open, 2 internal, 3 sensitive, 4 confidential. All of the unit `housing` and the region "
        f"360102. {PURPOSE}: only with a declared purpose; personal data needs one at every level."
    )
    yield f"各主体可读取实体的级别：1 开放、2 内部、3 敏感、4 机密。均属单位 housing、区域 360102。{PURPOSE} 须说明目的；个人信息一律须说明目的。"
    yield ""
    yield f"| who / 谁 | {' | '.join(PLACES)} |"
    yield f"|---|{'---|' * len(PLACES)}"
    retrieve = POLICIES["brain.context.actions.retrieve"]
    for name, party in PARTIES.items():
        if name in ("kind:process", "kind:device"):
            continue
        there = replace(party, id="it", unit=HOME.unit, region=HOME.region)
        cells = []
        for place in PLACES.values():
            marks = []
            for level in (1, 2, 3, 4):
                about = replace(place, level=level)
                if decider.allows(replace(there, purpose=""), retrieve, about):
                    marks.append(str(level))
                elif decider.allows(there, retrieve, about):
                    marks.append(f"{level}ᵖ")
            cells.append(" ".join(marks) or NO)
        yield f"| {TITLES[name].zh} {TITLES[name].en} | {' | '.join(cells)} |"
    yield ""


def _actions(decider: Decider) -> Iterator[str]:
    yield "## Every action / 全部操作"
    yield ""
    yield "`changes`: not only reads. `personal`: reads or changes personal data. The system itself may do all of them."
    yield ""
    yield "| action / 操作 | right / 权限 | who may / 谁可以 |"
    yield "|---|---|---|"
    everybody = [one for one in PARTIES if one != "kind:process"]
    for name, policy in sorted(POLICIES.items()):
        may = [one for one in decider.roles_that_may(name) if one != "kind:process"]
        who = ", ".join(one.partition(":")[2] for one in _shortly(may)) if may != everybody else "everybody / 所有人"
        marks = ("" if policy.reads else " changes") + (" personal" if policy.personal else "")
        yield f"| `{name}` | {policy.right}{marks} | {who} |"
    yield ""


def _shortly(may: list[str]) -> list[str]:
    """Without the roles of officials where every official may."""
    return [one for one in may if "kind:official" not in may or not one.startswith("role:")]


def _policies(decider: Decider) -> Iterator[str]:
    yield "## The policies / 策略"
    yield ""
    for file, ones in groupby(decider.statements, key=lambda one: one.file):
        yield f"### {file.name}"
        yield ""
        for one in ones:
            yield f"- **{one.title.zh}** {one.title.en} (`{one.id}`, {'允许 permit' if one.effect == 'permit' else '禁止 forbid'}). {one.why}"
        yield ""
