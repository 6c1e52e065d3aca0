"""What policies may speak of: the kinds of things of schema.cedarschema, and the actions of the program; and whether they keep to it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import get_args

from cedarpy import Schema, pst, validate_policies

from yuzhang.core.access import Policy, Right
from yuzhang.core.language import Title
from yuzhang.entrance.policy.cedar.statements import refused
from yuzhang.entrance.policy.model import Statement

FILE = Path(__file__).parent / "schema.cedarschema"
APPLIES = "appliesTo { principal: [Party], resource: [Object], context: Circumstances }"


@lru_cache(maxsize=1024)
def groups(policy: Policy) -> tuple[str, ...]:
    """The groups that an action is in: its right, whether it reads, its room and the rooms around that.

    >>> groups(Policy("brain.history.sql.actions.ask", "reader", room="brain.history.sql"))
    ('right:reader', 'reads', 'room:brain.history.sql', 'room:brain.history', 'room:brain')
    """
    parts = policy.room.split(".")
    rooms = (f"room:{'.'.join(parts[:end])}" for end in range(len(parts), 0, -1) if policy.room)
    return (f"right:{policy.right}", "reads" if policy.reads else "changes", *rooms)


def named(statements: Iterable[Statement]) -> set[str]:
    """Every action and group of actions that the statements name."""
    return {uid.id for one in statements for uid in pst.entity_uids(one.node) if uid.type.basename == "Action"}


def schema(actions: Mapping[str, Policy], more: Iterable[str]) -> Schema:
    """The schema for the program's actions and their groups. `more`: names that may be used besides."""
    names: dict[str, tuple[str, ...]] = {name: groups(one) for name, one in actions.items()}
    together = {f"right:{right}" for right in get_args(Right)} | {"reads", "changes"}
    together = together.union(*names.values(), more) - names.keys()
    lines = [f'action "{name}" {APPLIES};' for name in sorted(together)]
    for name, inside in names.items():
        parents = ", ".join(f'"{one}"' for one in inside)
        lines.append(f'action "{name}" in [{parents}] {APPLIES};')
    return Schema.from_str("\n".join([FILE.read_text(encoding="utf-8"), *lines]))


def check(statements: Sequence[Statement], known: Schema) -> None:
    """Raises PolicyRefused for the first statement that speaks of something that is not there, or compares what cannot be compared."""
    result = validate_policies("\n".join(one.text for one in statements), known)
    for fault in result.errors:
        place = int(fault.policy_id.removeprefix("policy") or 0)
        one = statements[place]
        said = fault.error.replace(f"for policy `{fault.policy_id}`", "").lstrip(":, ")
        raise refused(
            one.file,
            one.line,
            Title(f"策略“{one.id}”不成立：{said}。", f"The policy “{one.id}” does not hold: {said}."),
            Title(
                "可用的属性和角色见 schema.cedarschema，可用的操作见 docs/reference/policies.md。",
                "Attributes and roles are in schema.cedarschema, actions in docs/reference/policies.md.",
            ),
        )
