"""What is done is on record once, whoever does it: also by a task that an action leaves behind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from typing import Any

import pytest

from yuzhang.core.access import OPERATOR, POLICIES, STRANGER, Object, Outcome, Party, Policy, RoleGuard, action, need
from yuzhang.core.errors import NotAllowed


@dataclass
class Noting(RoleGuard):
    """Rights are roles; what is noted is kept here."""

    noting = True
    notes: list[tuple[str, Outcome]] = field(default_factory=list)

    def note(self, caller: Party, policy: Policy, outcome: Outcome, subject: str) -> None:
        """Keep it."""
        self.notes.append((policy.action.rpartition(".")[2], outcome))


@pytest.fixture
def guard() -> Noting:
    """Where it is noted."""
    return Noting()


@pytest.fixture
def caller(guard: Noting) -> Party:
    """Who may do everything."""
    return replace(OPERATOR, guard=guard)


@pytest.fixture(scope="module", autouse=True)
def only_here() -> Iterator[None]:
    """The actions of these tests are no actions of the application."""
    known = dict(POLICIES)
    yield
    POLICIES.clear()
    POLICIES.update(known)


class Deeds:
    """Actions that call each other, made once for these tests."""

    def __init__(self) -> None:
        known = dict(POLICIES)
        self.left: list[asyncio.Task[Any]] = []

        @action("operator")
        def small(_room: "Deeds", caller: Party, /) -> None: ...

        @action("operator")
        async def slow(_room: "Deeds", caller: Party, /) -> None: ...

        @action("operator")
        async def large(room: "Deeds", caller: Party, /, done: asyncio.Event) -> None:
            room.small(room, caller)
            await room.slow(room, caller)

            async def later() -> None:
                await done.wait()
                room.small(room, caller)

            room.left += [asyncio.create_task(later()), asyncio.create_task(room.slow(room, caller))]

        @action("reader")
        async def look(room: "Deeds", caller: Party, /) -> None:
            room.small(room, caller)

        self.small, self.slow, self.large, self.look = small, slow, large, look
        POLICIES.clear()
        POLICIES.update(known)


@pytest.fixture
def deeds() -> Deeds:
    """The actions."""
    return Deeds()


def test_task_that_an_action_leaves_behind_does_nothing_unrecorded(deeds: Deeds, caller: Party, guard: Noting) -> None:
    async def story() -> None:
        done = asyncio.Event()
        await deeds.large(deeds, caller, done)
        assert guard.notes == [("large", "begun")]
        done.set()
        await asyncio.gather(*deeds.left)

    asyncio.run(story())
    assert sorted(guard.notes) == [("large", "begun"), ("slow", "begun"), ("small", "begun")]


def test_thread_that_an_action_leaves_behind_does_nothing_unrecorded(
    deeds: Deeds, caller: Party, guard: Noting
) -> None:
    from contextvars import copy_context

    done = Event()
    known = dict(POLICIES)

    @action("operator")
    def leaves(room: Deeds, caller: Party, /) -> Thread:
        context = copy_context()

        def later() -> None:
            done.wait(10)
            context.run(room.small, room, caller)

        made = Thread(target=later)
        made.start()
        return made

    POLICIES.clear()
    POLICIES.update(known)
    left = leaves(deeds, caller)
    done.set()
    left.join()
    assert guard.notes == [("leaves", "begun"), ("small", "begun")]


def test_change_inside_of_what_only_reads_is_on_record(deeds: Deeds, caller: Party, guard: Noting) -> None:
    asyncio.run(deeds.look(deeds, caller))
    assert guard.notes == [("look", "read"), ("small", "begun")]


def test_action_that_would_change_things_as_it_is_iterated_cannot_be_declared() -> None:
    def changing(_room: object, caller: Party, /) -> Iterator[int]:
        yield 1

    async def changing_later(_room: object, caller: Party, /) -> AsyncIterator[int]:
        yield 1

    for one in (changing, changing_later):
        with pytest.raises(TypeError, match="iterated"):
            action("operator")(one)


def test_action_that_reads_may_be_iterated(caller: Party) -> None:
    def reading(_room: object, caller: Party, /) -> Iterator[int]:
        yield 1

    assert list(action("reader")(reading)(None, caller)) == [1]


def test_refused_thing_inside_of_an_action_is_on_record_though_the_rest_is_not(caller: Party, guard: Noting) -> None:
    known = dict(POLICIES)

    @action("operator")
    def outer(_room: object, caller: Party, /) -> None:
        need(replace(STRANGER, guard=guard), POLICIES_OF_TEST, Object("core", "thing"))

    POLICIES_OF_TEST = f"{__name__}.outer"  # noqa: N806  # the name under which it is declared
    try:
        with pytest.raises(NotAllowed):
            outer(None, caller)
    finally:
        POLICIES.clear()
        POLICIES.update(known)
    assert guard.notes == [("outer", "begun"), ("outer", "refused"), ("outer", "failed")]
