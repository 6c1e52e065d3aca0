"""Rules over the log: what is accepted opens events and ends them, once, whoever is killed on the way."""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection

from brain.rules.folder import MINUTE, PUMPS, START, evaluated, level, pack, running, send
from yuzhang.brain.context.threads import in_thread
from yuzhang.brain.rules import actions, store
from yuzhang.brain.rules.errors import UnfitRule
from yuzhang.brain.rules.model import Event
from yuzhang.brain.rules.store import Sought
from yuzhang.core.access import OPERATOR
from yuzhang.core.packs import Pack
from yuzhang.core.storage import Storage

HIGH = "governance/pumps:level-high"


def test_level_that_stays_high_opens_one_event_and_ends_it_below_the_clear_value(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []

    def listener(_connection: Connection, events: Sequence[Event]) -> None:
        heard.extend((one.status, one.entity) for one in events)

    async def story() -> list[Event]:
        async with running(tmp_path / "data", [pack(tmp_path)]) as (rules, intake):
            rules.on_change.append(listener)
            for minute, value in enumerate([3.0, 3.6, 3.7, 3.8, 3.3, 3.6, 3.1]):
                await send(intake, [(PUMPS[0], minute, value)])
            await evaluated(rules)
            return actions.events(rules, OPERATOR).events

    (found,) = asyncio.run(story())
    assert (found.opened_at, found.cleared_at) == (START + 3 * MINUTE, START + 6 * MINUTE)
    assert found.threshold == pytest.approx(350)
    assert found.value == pytest.approx(310)
    assert found.measured == "cm"
    assert (found.status, found.severity, found.matter) == ("cleared", 3, "pump-level")
    assert found.title.en == f"{PUMPS[0]} stands at 380 cm"
    assert heard == [("open", PUMPS[0]), ("cleared", PUMPS[0])]


def test_an_event_whose_listener_fails_is_not_kept_and_comes_again(tmp_path: Path) -> None:
    failures = 2

    def listener(_connection: Connection, events: Sequence[Event]) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise OSError("the case could not be opened")

    async def story() -> tuple[list[Event], int]:
        async with running(tmp_path / "data", [pack(tmp_path)]) as (rules, intake):
            rules.on_change.append(listener)
            await send(intake, [(PUMPS[1], minute, 4.0) for minute in range(4)])
            await evaluated(rules)
            return actions.events(rules, OPERATOR).events, failures

    found, left = asyncio.run(story())
    assert [one.entity for one in found] == [PUMPS[1]]
    assert left == 0


def test_an_officer_changes_a_rule_and_takes_it_back(tmp_path: Path) -> None:
    async def story() -> tuple[Sequence[str], Sequence[str]]:
        async with running(tmp_path / "data", [pack(tmp_path)]) as (rules, intake):
            await send(intake, [(PUMPS[0], minute, 4.0) for minute in range(4)])
            await evaluated(rules)
            given = dict((await in_thread(actions.rule, rules, OPERATOR, HIGH)).given)
            with pytest.raises(UnfitRule, match="furlong"):
                await in_thread(actions.edit, rules, OPERATOR, HIGH, {**given, "unit": "furlong"})
            made = await in_thread(actions.edit, rules, OPERATOR, HIGH, {**given, "above": 500, "clear": 450})
            assert (made.version, made.condition.low) == (1, 5.0)
            await send(intake, [(PUMPS[0], minute, 4.5) for minute in range(4, 9)])
            await evaluated(rules)
            after = [one.status for one in actions.events(rules, OPERATOR).events]
            back = await in_thread(actions.undo, rules, OPERATOR, HIGH)
            assert (back.version, back.condition.low) == (0, 3.5)
            await send(intake, [(PUMPS[0], minute, 4.5) for minute in range(9, 13)])
            await evaluated(rules)
            return after, sorted(one.status for one in actions.events(rules, OPERATOR).events)

    after, last = asyncio.run(story())
    assert after == ["cleared"]
    assert last == ["cleared", "open"]


def test_nothing_is_opened_in_a_maintenance_window(tmp_path: Path) -> None:
    async def story() -> list[Event]:
        async with running(tmp_path / "data", [pack(tmp_path)]) as (rules, intake):
            until = START + 10 * MINUTE
            await in_thread(actions.add_window, rules, OPERATOR, HIGH, START, until, PUMPS[0], "pump change")
            await send(intake, [(one, minute, 4.0) for one in PUMPS[:2] for minute in range(12)])
            await evaluated(rules)
            return actions.events(rules, OPERATOR, Sought(status="open")).events

    found = {one.entity: one.opened_at for one in asyncio.run(story())}
    assert found == {PUMPS[0]: START + 10 * MINUTE, PUMPS[1]: START + 2 * MINUTE}


SILENT = """
[[rule]]
id = "silent"
title = { zh = "无数据", en = "No data" }
type = "PumpStation"
attribute = "waterLevel"
absent = "1s"
severity = 1
"""


def test_silence_is_told_by_the_clock_and_ends_with_the_next_value(tmp_path: Path) -> None:
    async def story() -> tuple[Sequence[str], Sequence[str]]:
        async with running(tmp_path / "data", [pack(tmp_path, SILENT)]) as (rules, intake):
            await send(intake, [(PUMPS[0], 0, 1.0)])
            silent: list[str] = []
            until = time.monotonic() + 20
            while not silent and time.monotonic() < until:
                await asyncio.sleep(0.1)
                silent = [one.status for one in actions.events(rules, OPERATOR).events]
            await send(intake, [(PUMPS[0], 1, 1.0)])
            await evaluated(rules)
            return silent, [one.status for one in actions.events(rules, OPERATOR).events][-1:]

    assert asyncio.run(story()) == (["open"], ["cleared"])


def expected(count: int) -> set[tuple[str, int]]:
    """The events of `level` up to a minute: the third high value of a row opens one."""
    found = set()
    for at, one in enumerate(PUMPS):
        run = 0
        for minute in range(count):
            run = run + 1 if level(minute, at) > 3.5 else 0
            if run == 3:
                found.add((one, START + minute * MINUTE))
    return found


def killed(data: Path, packs: Path, begun: int, count: int, seconds: float) -> int:
    """Send, and kill the process after a while; the last minute that was acknowledged."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "folder.py"), str(data), str(packs), str(count)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{begun}\n")
        process.stdin.flush()
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        said = [first, *process.stdout.read().splitlines()]
    return max((int(one) for one in said if one.strip().isdigit()), default=begun - 1)


def test_killed_again_and_again_no_event_is_lost_and_none_is_doubled(tmp_path: Path) -> None:
    data, packs, count = tmp_path / "data", tmp_path / "packs", 1_200
    own: Pack = pack(packs)
    chance, acknowledged = random.Random(7), -1
    for _ in range(4):
        acknowledged = killed(data, packs, acknowledged + 1, count, chance.uniform(0.05, 0.6))
    assert acknowledged > 10
    sent: list[int] = []

    async def story() -> None:
        async with running(data, [own]) as (rules, _):
            await evaluated(rules)
            sent.append(rules.broker.log.head())

    asyncio.run(story())
    storage = Storage(data)
    with storage.reading() as connection:
        found = [(one.entity, one.opened_at) for one in store.search(connection, Sought(), None, 10_000)]
        open_ = [one.entity for one in store.events(connection)]
    storage.close()
    assert len(found) == len(set(found))
    assert len(open_) == len(set(open_))
    # What had no answer when it was killed may be there or not.
    assert expected(acknowledged + 1) <= set(found) <= expected(acknowledged + 3)
