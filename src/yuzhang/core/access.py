"""Who asks, and may they: every action of every room asks here before it does anything.

Until the entrance brings identities, there are two parties: the operator (whoever sits at this machine) and the stranger.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from yuzhang.core.errors import NotAllowed
from yuzhang.core.language import Title

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Party:
    """An identified user; `roles` are what policies ask for."""

    id: str
    roles: frozenset[str] = field(default_factory=frozenset)


OPERATOR = Party("operator", frozenset({"reader", "planner", "operator"}))
STRANGER = Party("stranger")


@dataclass(frozen=True, slots=True)
class Policy:
    """The rule of one action: the role that it needs."""

    action: str
    role: str

    def allows(self, caller: Party) -> bool:
        """Whether `caller` may do the action."""
        return self.role in caller.roles


POLICIES: dict[str, Policy] = {}


def action(role: str) -> Callable[[Callable[Concatenate[S, Party, P], R]], Callable[Concatenate[S, Party, P], R]]:
    """Make a function `f(storage, caller, …)` an action: it has a policy of its own name, and asks it first.

    Raises (when called): NotAllowed if the caller lacks `role`.
    """

    def guard(function: Callable[Concatenate[S, Party, P], R]) -> Callable[Concatenate[S, Party, P], R]:
        name = f"{function.__module__.removeprefix('yuzhang.')}.{function.__name__}"
        policy = POLICIES.setdefault(name, Policy(name, role))

        @wraps(function)
        def asked(storage: S, caller: Party, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if not policy.allows(caller):
                raise NotAllowed(
                    Title("您没有这样做的权限。", "You may not do this."),
                    fix=Title("请在运行豫章的机器上打开本页。", "Open this page on the machine that runs Yuzhang."),
                )
            return function(storage, caller, *args, **kwargs)

        return asked

    return guard
