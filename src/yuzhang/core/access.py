"""Who asks, and may they: every action of every room asks here before it does anything.

An action needs a *right*: to read, to plan, to operate, … Who has which right is not said here. A party brings the guard that decides for
it: at the terminal the guard of this file, for whom a right is a role; in the application that of the entrance (policies and audit).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from inspect import Parameter, isasyncgenfunction, iscoroutinefunction, isgeneratorfunction, signature
from typing import Any, Concatenate, Literal, NoReturn, ParamSpec, Protocol, TypeVar, cast

from yuzhang.core.errors import NotAllowed, YuzhangError
from yuzhang.core.language import Title

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")
Right = Literal["visitor", "self", "reader", "planner", "operator", "system", "security", "audit"]
"""What kind of thing an action is. `visitor`: what anybody may, signed in or not; `self`: one's own account and belongings;
`reader`: look at the city's data; `planner`: change plans and figures; `operator`: change the city's data; `system`, `security`,
`audit`: the three kinds of administration that no one person may join. Source: GB/T 22239-2019, 8.1.5."""
Outcome = Literal["read", "begun", "failed", "refused"]
NAMED = frozenset((
    "plan", "indicator", "commitment", "series", "table", "number", "tenant", "entity", "type_name", "attribute", "name", "party",
    "role", "session", "client", "key", "subject", "import_id", "snapshot", "dataset", "mandate", "credential", "unit", "region",
    "path", "identifier",
))  # fmt: skip
"""Parameters of actions that say what they are about; no other argument reaches a record."""
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Object:
    """What is asked about, as far as policies ask: a room, or one thing in it.

    `kind`: such as an entity's type. `owner`: the party whose own it is. `level`: 1 open, 2 internal, 3 sensitive, 4 confidential.
    """

    room: str
    id: str = ""
    kind: str = ""
    owner: str = ""
    unit: str = ""
    region: str = ""
    level: int = 1
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The rule of one action: the right that it needs, whether it only reads, and whether that is personal data."""

    action: str
    right: Right
    reads: bool = True
    personal: bool = False
    names: tuple[tuple[int, str], ...] = ()
    room: str = ""

    @property
    def about(self) -> Object:
        """The room that the action is of, where no single thing is named."""
        return _room(self.room, self.personal)

    def subject(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """What a call is about, from its named arguments.

        >>> Policy("plan.undo", "planner", names=((0, "plan"), (1, "text"))).subject(("nc",), {"plan": "x"})
        'plan=nc'
        """
        found = [
            f"{name}={_short(args[place] if place < len(args) else kwargs[name])}"
            for place, name in self.names
            if place < len(args) or name in kwargs
        ]
        return " ".join(one for one in found if not one.endswith("="))


class Guard(Protocol):
    """Decides for a party, and remembers what it did."""

    noting: bool

    def allows(self, caller: "Party", policy: Policy, about: Object) -> bool:
        """Whether `caller` may do the action on `about`."""
        ...

    def refusal(self, caller: "Party", policy: Policy) -> NotAllowed:
        """What to tell whoever may not."""
        ...

    def note(self, caller: "Party", policy: Policy, outcome: Outcome, subject: str) -> Future[None] | None:
        """Remember; what is returned is done when the record is durable, None where nobody needs to wait for it."""
        ...


class RoleGuard:
    """The guard where there is no entrance: a right is a role of the party; nothing is remembered."""

    noting = False

    def allows(self, caller: "Party", policy: Policy, about: Object) -> bool:
        """Whether `caller` has the role that the right is named for."""
        return policy.right in caller.roles

    def refusal(self, caller: "Party", policy: Policy) -> NotAllowed:
        """One text for all."""
        return NotAllowed(
            Title("您没有这样做的权限。", "You may not do this."),
            fix=Title("请在运行豫章的机器上打开本页。", "Open this page on the machine that runs Yuzhang."),
        )

    def note(self, caller: "Party", policy: Policy, outcome: Outcome, subject: str) -> None:
        """Nothing."""


ROLES = RoleGuard()


@dataclass(frozen=True, slots=True)
class Party:
    """An identified user, and how they come: what policies ask for.

    `kind`: official, enterprise, citizen, device, application; `process` for the system itself, `stranger` for whoever is not known.
    `unit`, `region`: what an official belongs to and works in. `acting_for`: the party in whose name it acts, by a mandate;
    `acting_name`: what that is called. `factors`: by how many kinds of proof it was identified in this session. `scopes`: what an
    application was allowed, None for all that its policies give. `purpose`: what the data is wanted for, as declared. `peer`: the
    address that it comes from.
    """

    id: str
    roles: frozenset[str] = field(default_factory=frozenset)
    kind: str = "stranger"
    name: str = ""
    unit: str = ""
    region: str = ""
    acting_for: str = ""
    factors: int = 0
    scopes: frozenset[str] | None = None
    purpose: str = ""
    session: str = ""
    peer: str = ""
    acting_name: str = field(default="", compare=False)
    guard: Guard = field(default=ROLES, compare=False, repr=False)


OPERATOR = Party(
    "operator",
    frozenset({"visitor", "self", "reader", "planner", "operator", "system", "security", "audit"}),
    kind="process",
)
"""Whoever sits at the terminal of this machine, and the system itself."""
STRANGER = Party("stranger", frozenset({"visitor"}))
POLICIES: dict[str, Policy] = {}


class _Begun:
    """An action that was noted; `going` until it is done."""

    __slots__ = ("going",)

    def __init__(self) -> None:
        self.going = True


_INSIDE: ContextVar[_Begun | None] = ContextVar("inside", default=None)
"""The action that was noted and is not done yet: the actions that it calls are parts of it. A task or thread that it leaves behind has a
copy of this, and outlives it: what that does later is no part of it any more, and is noted again."""


def may(caller: Party, action_name: str, about: Object) -> bool:
    """Whether `caller` may do the action of that name (as in POLICIES) on one thing."""
    return caller.guard.allows(caller, POLICIES[action_name], about)


def need(caller: Party, action_name: str, about: Object) -> None:
    """Return if `caller` may do the action on one thing. Raises NotAllowed, after it was noted."""
    _need(caller, POLICIES[action_name], about, about.id)


def action(
    right: Right, *, reads: bool | None = None, personal: bool = False
) -> Callable[[Callable[Concatenate[S, Party, P], R]], Callable[Concatenate[S, Party, P], R]]:
    """Make a function `f(storage, caller, …)` an action: it has a policy of its own name, asks it first, and is remembered.

    `reads`: nothing is changed by it; so it is where the right is `reader`, unless it is said. A record of an action that changes
    something, or reads personal data, is durable before the action begins: so nothing is done that nobody can find.
    Raises (when called): NotAllowed if the caller's guard says no; TryAgain if the record cannot be kept.
    """

    def guard(function: Callable[Concatenate[S, Party, P], R]) -> Callable[Concatenate[S, Party, P], R]:
        policy = _declared(function, right, right == "reader" if reads is None else reads, personal)
        if not policy.reads and (isgeneratorfunction(function) or isasyncgenfunction(function)):
            # It would begin after its record was closed, and what broke it would not be noted.
            raise TypeError(f"{policy.action} changes something as it is iterated; let it return what it did")
        waits = iscoroutinefunction(function)
        counted = policy.reads and not personal and not waits
        about = policy.about

        @wraps(function)
        def asked(storage: S, caller: Party, /, *args: P.args, **kwargs: P.kwargs) -> R:
            guard = caller.guard
            if not guard.allows(caller, policy, about):
                _refuse(caller, policy, "", args, kwargs)
            if not guard.noting:
                return function(storage, caller, *args, **kwargs)
            if waits:  # whether it is part of another one is asked when it runs, which may be long after it was called
                return cast(
                    R, _later(policy, caller, (args, kwargs), lambda: function(storage, caller, *args, **kwargs))
                )
            if _is_part():
                return function(storage, caller, *args, **kwargs)
            if counted:  # as most are: what they are about is in no record
                kept = guard.note(caller, policy, "read", "")
                if kept is not None:
                    kept.result()
                return function(storage, caller, *args, **kwargs)
            subject = policy.subject(args, kwargs)
            return _now(policy, caller, subject, lambda: function(storage, caller, *args, **kwargs))

        return asked

    return guard


def _declared(function: Callable[..., Any], right: Right, reads: bool, personal: bool) -> Policy:
    module = function.__module__.removeprefix("yuzhang.")
    name = f"{module}.{function.__name__}"
    places = enumerate(list(signature(function).parameters.values())[2:])
    names = tuple(
        (1_000 if one.kind is Parameter.KEYWORD_ONLY else place, one.name) for place, one in places if one.name in NAMED
    )
    return POLICIES.setdefault(name, Policy(name, right, reads, personal, names, module.rpartition(".")[0]))


_ROOMS: dict[tuple[str, bool], Object] = {}


def _room(room: str, personal: bool) -> Object:
    return _ROOMS.get((room, personal)) or _ROOMS.setdefault((room, personal), Object(room, personal=personal))


def _need(
    caller: Party,
    policy: Policy,
    about: Object,
    subject: str,
) -> None:
    if not caller.guard.allows(caller, policy, about):
        _refuse(caller, policy, subject, (), {})


def _refuse(caller: Party, policy: Policy, subject: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> NoReturn:
    if caller.guard.noting:
        caller.guard.note(caller, policy, "refused", subject or policy.subject(args, kwargs))
    raise caller.guard.refusal(caller, policy)


def _now(policy: Policy, caller: Party, subject: str, work: Callable[[], R]) -> R:
    kept = caller.guard.note(caller, policy, "read" if policy.reads else "begun", subject)
    if kept is not None:
        kept.result()
    if policy.reads:
        return work()
    begun = _Begun()
    inside = _INSIDE.set(begun)
    try:
        return work()
    except Exception as error:
        _failed(policy, caller, subject, error)
        raise
    finally:
        begun.going = False
        _INSIDE.reset(inside)


async def _later(
    policy: Policy, caller: Party, given: tuple[tuple[Any, ...], dict[str, Any]], work: Callable[[], Any]
) -> Any:
    if _is_part():
        return await work()
    subject = policy.subject(*given)
    kept = caller.guard.note(caller, policy, "read" if policy.reads else "begun", subject)
    if kept is not None:
        await asyncio.wrap_future(kept)
    if policy.reads:
        return await work()
    begun = _Begun()
    inside = _INSIDE.set(begun)
    try:
        return await work()
    except Exception as error:
        _failed(policy, caller, subject, error)
        raise
    finally:
        begun.going = False
        _INSIDE.reset(inside)


def _is_part() -> bool:
    begun = _INSIDE.get()
    return begun is not None and begun.going


def _failed(policy: Policy, caller: Party, subject: str, error: Exception) -> None:
    code = error.code if isinstance(error, YuzhangError) else "broken"
    caller.guard.note(caller, policy, "failed", f"{subject} error={code}".strip())


def _short(value: object) -> str:
    return str(value)[:LONGEST_NAME] if isinstance(value, str | int) else ""
