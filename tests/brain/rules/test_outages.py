"""Silence is counted while somebody listened, and told however much the others send."""

import asyncio
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brain.rules.folder import MINUTE, PUMPS, START, evaluated, pack, running, send
from brain.rules.made import Told, happenings, restarted, rows_of, rule
from brain.rules.plain import Happening
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.threads import in_thread
from yuzhang.brain.rules import actions, following, store
from yuzhang.brain.rules.evaluation import absence
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.model import Condition, Measure
from yuzhang.brain.rules.room import Rules
from yuzhang.core.access import OPERATOR

SILENT = """
[[rule]]
id = "silent"
title = { zh = "无数据", en = "No data" }
type = "PumpStation"
attribute = "waterLevel"
absent = "30min"
severity = 1
"""
PATIENCE_S = 20
Silence = tuple[str, int, int | None]
"""An event: of which pump, when it opened and ended, in minutes since START."""


class Clock:
    """The time of the server, in minutes since START."""

    def __init__(self) -> None:
        self.minute = 0

    def now(self) -> int:
        """In microseconds."""
        return START + self.minute * MINUTE


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the log and of the rules, which look for silence without a rest."""
    made = Clock()
    monkeypatch.setattr(Broker, "now", lambda _: made.now())
    monkeypatch.setattr(following, "time_ns", lambda: made.now() * 1000)
    monkeypatch.setattr(following, "TICK_S", 0.01)
    monkeypatch.setattr(following, "SEEN_S", 0.0)
    return made


async def looked(rules: Rules, clock: Clock) -> list[Silence]:
    """The events, once the rules have looked for silence by the clock."""
    until = time.monotonic() + PATIENCE_S
    listened = -1
    while listened < clock.now():
        assert time.monotonic() < until
        await asyncio.sleep(0.01)
        with rules.storage.reading() as connection:
            listened = store.place(connection, store.LISTENED)
    return told(rules)


def told(rules: Rules) -> list[Silence]:
    """The events, the oldest first."""
    found = []
    for one in reversed(actions.events(rules, OPERATOR).events):
        over = None if one.cleared_at is None else (one.cleared_at - START) // MINUTE
        found.append((one.entity, (one.opened_at - START) // MINUTE, over))
    return found


def test_a_server_that_was_down_for_35_minutes_finds_nothing_silent_but_what_stays_so_after_it(
    tmp_path: Path, clock: Clock
) -> None:
    async def story() -> None:
        packs = [pack(tmp_path, SILENT)]
        async with running(tmp_path / "data", packs) as (rules, intake):
            await send(intake, [(one, 0, 1.0) for one in PUMPS])
            await evaluated(rules)
        clock.minute = 35
        async with running(tmp_path / "data", packs) as (rules, intake):
            assert await looked(rules, clock) == []
            clock.minute = 45
            await send(intake, [(one, 45, 1.0) for one in PUMPS[:2]])
            await evaluated(rules)
            clock.minute = 66
            assert await looked(rules, clock) == [(PUMPS[2], 65, None)]

    asyncio.run(story())


def test_a_silence_that_goes_on_through_restarts_is_told_later_by_the_time_in_which_nobody_listened(
    tmp_path: Path, clock: Clock
) -> None:
    async def story() -> None:
        packs = [pack(tmp_path, SILENT)]
        async with running(tmp_path / "data", packs) as (rules, intake):
            await send(intake, [(PUMPS[0], 0, 1.0)])
            await evaluated(rules)
        for begun in (50, 110, 170):  # down 50 minutes, up 9, three times
            clock.minute = begun
            async with running(tmp_path / "data", packs) as (rules, _):
                assert await looked(rules, clock) == []
                clock.minute = begun + 9
                assert await looked(rules, clock) == []
        clock.minute = 200  # 27 minutes of silence are counted
        async with running(tmp_path / "data", packs) as (rules, _):
            assert await looked(rules, clock) == []
            clock.minute = 203
            assert await looked(rules, clock) == [(PUMPS[0], 203, None)]

    asyncio.run(story())


def test_a_silence_that_was_due_when_the_server_was_killed_is_told_once_it_is_back(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        packs = [pack(tmp_path, SILENT)]
        with monkeypatch.context() as before:
            before.setattr(following, "TICK_S", float("inf"))  # it is killed before it looks
            async with running(tmp_path / "data", packs) as (rules, intake):
                await send(intake, [(one, 0, 1.0) for one in PUMPS])
                for clock.minute in (20, 31):
                    await send(intake, [(one, clock.minute, 1.0) for one in PUMPS[1:]])
                await evaluated(rules)
                assert told(rules) == []
        clock.minute = 40
        async with running(tmp_path / "data", packs) as (rules, _):
            assert await looked(rules, clock) == [(PUMPS[0], 39, None)]

    asyncio.run(story())


def test_a_silence_that_was_over_before_the_kill_and_waits_in_the_log_is_told_with_its_own_times(
    tmp_path: Path, clock: Clock
) -> None:
    async def story() -> None:
        packs = [pack(tmp_path, SILENT)]
        async with running(tmp_path / "data", packs) as (rules, intake):
            await send(intake, [(PUMPS[0], 0, 1.0)])
            await evaluated(rules)
            await in_thread(rules.stop)
            clock.minute = 40
            await send(intake, [(PUMPS[0], 40, 1.0)])
        clock.minute = 100
        async with running(tmp_path / "data", packs) as (rules, intake):
            await evaluated(rules)
            assert await looked(rules, clock) == [(PUMPS[0], 30, 40)]
            clock.minute = 131
            assert await looked(rules, clock) == [(PUMPS[0], 30, 40), (PUMPS[0], 130, None)]

    asyncio.run(story())


def test_a_station_that_falls_silent_is_told_while_another_one_sends_without_a_pause(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with running(tmp_path / "data", [pack(tmp_path, SILENT)]) as (rules, intake):
            await send(intake, [(one, 0, 1.0) for one in PUMPS[:2]])
            await evaluated(rules)
            loop, real = asyncio.get_running_loop(), rules.broker.log.wait

            def wait(after: int, seconds: float, ending: threading.Event) -> bool:
                """Whenever the rules look there is something new: a minute later the second pump has sent again."""
                if threading.current_thread().name != "rules" or ending.is_set():
                    return real(after, seconds, ending)
                clock.minute += 1
                asyncio.run_coroutine_threadsafe(send(intake, [(PUMPS[1], clock.minute, 1.0)]), loop).result(PATIENCE_S)
                return True

            monkeypatch.setattr(rules.broker.log, "wait", wait)
            until = time.monotonic() + PATIENCE_S
            found: list[Silence] = []
            while not found and time.monotonic() < until:
                await asyncio.sleep(0.01)
                found = told(rules)
            assert found == [(PUMPS[0], 30, None)]

    asyncio.run(story())


def test_what_waits_in_the_log_unread_is_not_silent(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "BYTES_AT_ONCE", 1)
    monkeypatch.setattr(following, "TICK_S", 0.001)

    async def story() -> None:
        packs = [pack(tmp_path, SILENT)]
        async with running(tmp_path / "data", packs) as (rules, intake):
            await in_thread(rules.stop)
            for turn in range(20):
                clock.minute = 10 * turn
                await send(intake, [(PUMPS[turn % 2], clock.minute, 1.0)])
            clock.minute = 200
            await in_thread(rules.start)
            await evaluated(rules)
            assert await looked(rules, clock) == []

    asyncio.run(story())


@settings(max_examples=200)
@given(
    st.integers(2, 12),
    st.lists(st.tuples(st.integers(1, 15), st.integers(0, 20)), min_size=1, max_size=6),
    st.data(),
)
def test_silence_is_the_minutes_that_somebody_listened_to_in_vain(
    period: int, turns: list[tuple[int, int]], data: st.DataObject
) -> None:
    """`turns`: so many minutes the server is up, and then down. What is counted here minute by minute is what columns give."""
    entity = "urn:ngsi-ld:PumpStation:0"
    some = rule("silent", Condition(Measure.ABSENCE, period_us=period * MINUTE))
    evaluator = Evaluator([some], Told())
    now, left = START, 0
    in_vain: int | None = None
    opened: int | None = None
    for up, down in turns:
        for number in range(up):
            expected: list[Happening] = []
            found: list[Happening] = []
            if number:
                in_vain = None if in_vain is None else in_vain + 1
            elif left:
                evaluator = restarted(evaluator)
                absence.missed(evaluator.slots, left, now)
            if data.draw(st.integers(0, 5)) == 0:
                found += happenings(evaluator, evaluator.take(rows_of([(entity, now, 1.0, now)])))
                expected += [] if opened is None else [(some.id, entity, opened, now, False)]
                in_vain, opened = 0, None
            found += happenings(evaluator, evaluator.tick(now))
            if in_vain is not None and in_vain >= period and opened is None:
                opened = now
                expected.append((some.id, entity, now, now, True))
            assert found == expected
            now, left = now + MINUTE, now
        now += down * MINUTE
