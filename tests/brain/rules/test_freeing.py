"""What rules remember does not grow for ever: what nobody uses any more is freed, and the rest goes on as if nothing had been."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from brain.rules.folder import PUMPS, RULES, evaluated, pack, running, send
from brain.rules.made import MINUTE, START, Told, happenings, rows_of, rule
from brain.rules.plain import Row
from yuzhang.brain.context.threads import in_thread
from yuzhang.brain.rules import actions, freeing, store
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.freeing import freed
from yuzhang.brain.rules.model import Compare, Condition, Measure, Rule
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage

MANY, LEFT = 60, 10
THINGS = [f"urn:ngsi-ld:PumpStation:{number}" for number in range(MANY)]
HIGH = "governance/pumps:level-high"


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little is enough to be freed."""
    monkeypatch.setattr(freeing, "MOST_UNUSED", 4)


def counted(connection: Connection) -> tuple[int, int, int]:
    """How many slots, blocks and rings are kept."""
    return len(store.slots(connection)), len(store.blocks(connection)), len(store.rings(connection))


def test_an_officer_who_edits_a_rule_again_and_again_fills_no_table(tmp_path: Path) -> None:
    windowed = RULES.replace('for = "2min"\n', 'window = "1h"\naggregate = "max"\n')

    async def story() -> tuple[list[tuple[int, int, int]], list[str]]:
        sizes: list[tuple[int, int, int]] = []
        async with running(tmp_path / "data", [pack(tmp_path, windowed)]) as (rules, intake):
            given: dict[str, Any] = dict((await in_thread(actions.rule, rules, OPERATOR, HIGH)).given)
            for turn in range(8):
                await send(intake, [(one, turn, 4.0) for one in PUMPS])
                await evaluated(rules)
                await in_thread(actions.edit, rules, OPERATOR, HIGH, {**given, "above": 351 + turn})
                with rules.storage.reading() as connection:
                    sizes.append(counted(connection))
            await send(intake, [(one, 10, 4.0) for one in PUMPS])
            await evaluated(rules)
            return sizes, sorted(one.status for one in actions.events(rules, OPERATOR).events)

    sizes, events = asyncio.run(story())
    assert max(slots for slots, _, _ in sizes) <= 9
    assert max(rings for _, _, rings in sizes) <= 9
    assert events == ["cleared"] * 24 + ["open"] * 3


def kept_rules() -> tuple[list[Rule], list[Rule]]:
    """Rules before and after an edit: one of them has another bound, that of what is usual is switched off for now."""
    window = Condition(Measure.WINDOW, Compare.ABOVE, 5.0, period_us=60 * MINUTE)
    same, silent = rule("same", window), rule("silent", Condition(Measure.ABSENCE, period_us=30 * MINUTE))
    edited = rule("edited", Condition(Measure.VALUE, Compare.ABOVE, 5.0, for_us=10 * MINUTE))
    usual = rule("usual", Condition(Measure.BASELINE, Compare.ABOVE, 2.0, days=1))
    after = replace(edited, condition=replace(edited.condition, low=6.0))
    return [same, silent, edited, usual], [same, silent, after]


def keep(connection: Connection, evaluator: Evaluator) -> None:
    """What the rules' thread keeps of an evaluator."""
    store.add_slots(connection, evaluator.slots.fresh())
    store.keep_state(connection, evaluator.slots.changed(), evaluator.rings())


def loaded(connection: Connection, rules: Sequence[Rule]) -> Evaluator:
    """An evaluator of what is kept."""
    made = Evaluator(rules, Told())
    gone = made.load(store.slots(connection), store.blocks(connection), store.rings(connection))
    made.end(gone, START)
    return made


def levels(minute: int, things: Sequence[str], value: float) -> list[Row]:
    """One row of each."""
    at = START + minute * MINUTE
    return [(one, at, value, at) for one in things]


@pytest.fixture
def edited(storage: Storage) -> Evaluator:
    """Sixty stations, of which fifty were deleted, and rules of which one was edited and one switched off; all is kept."""
    before, after = kept_rules()
    evaluator = Evaluator(before, Told())
    for hour in range(26):
        evaluator.take(rows_of(levels(60 * hour, THINGS, 3.0 + hour % 5)))
    with storage.writing() as connection:
        keep(connection, evaluator)
        made = loaded(connection, after)
        made.gone(THINGS[LEFT:], START)
        keep(connection, made)
    made.slots.kept()
    return made


def wordings() -> set[tuple[str, str]]:
    """All rules that there are, on and off."""
    before, after = kept_rules()
    return {(one.id, one.digest) for one in [*after, before[-1]]}


def test_what_is_left_after_freeing_opens_and_ends_what_it_would_have_without(
    storage: Storage, edited: Evaluator
) -> None:
    _, after = kept_rules()
    with storage.writing() as connection:
        learned = {store.slots(connection)[slot]: content for slot, content in store.rings(connection)}
        assert freed(connection, edited.slots, wordings())
        assert not freed(connection, loaded(connection, after).slots, wordings())
        slots = store.slots(connection)
        assert {one[0].partition(":")[2] for one in slots} == {"same", "silent", "usual"}
        assert {one[2] for one in slots if not one[0].endswith("usual")} == set(THINGS[:LEFT])
        assert all(learned[slots[slot]] == content for slot, content in store.rings(connection))
        assert {slots[slot][0].partition(":")[2] for slot, _ in store.rings(connection)} == {"same", "usual"}
        fresh = loaded(connection, after)
    for minute, value in ((1570, 9.0), (1610, 9.0), (1650, 2.0), (1690, 2.0)):
        rows, now = rows_of(levels(minute, THINGS[: LEFT + 5], value)), START + (minute + 35) * MINUTE
        found = [happenings(one, one.take(rows)) for one in (edited, fresh)]
        assert sorted(found[0]) == sorted(found[1])
        found = [happenings(one, one.tick(now)) for one in (edited, fresh)]
        assert sorted(found[0]) == sorted(found[1]) != []


def test_a_process_that_dies_while_it_frees_has_freed_nothing(
    storage: Storage, edited: Evaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with storage.reading() as connection:
        before = store.slots(connection), store.blocks(connection), store.rings(connection)

    def dies(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(store, "keep_state", dies)
    with pytest.raises(OSError, match="gone"), storage.writing() as connection:
        freed(connection, edited.slots, wordings())
    with storage.reading() as connection:
        assert (store.slots(connection), store.blocks(connection), store.rings(connection)) == before


def test_as_long_as_half_is_used_nothing_is_numbered_anew(storage: Storage) -> None:
    before, _ = kept_rules()
    with storage.writing() as connection:
        many = Evaluator(before, Told())
        many.take(rows_of(levels(0, THINGS, 3.0)))
        many.gone(THINGS[: MANY // 2], START)
        assert not freed(connection, many.slots, {(one.id, one.digest) for one in before})
