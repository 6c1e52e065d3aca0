"""What can be done about keeping: list, set and remove policies, see what goes by them, tidy."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from time import monotonic, sleep
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.history.keeping import retention, snapshots, store
from yuzhang.brain.history.keeping.errors import TidyingElsewhere, UnfitPolicy
from yuzhang.brain.history.keeping.merging import Merged, merge
from yuzhang.brain.history.keeping.store import Going
from yuzhang.brain.history.model import Policy, Thinning
from yuzhang.brain.history.store import registry
from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.core.leading import Leading

if TYPE_CHECKING:
    from yuzhang.brain.history.room import History

DAY_S = 86_400
PATIENCE_S = 30.0
TIDYING, CLEANING = "tidying", "cleaning"
"""Leads: whoever merges and drops; whoever removes files, or needs that none is removed."""
Told = Callable[[Title], None]


class Tidied(msgspec.Struct):
    """What tidying did."""

    merged: Merged
    gone: list[Going]
    snapshots: int = 0
    removed: int = 0


@action("reader")
def kept_policies(history: "History", caller: Party) -> list[Policy]:
    """All policies that say something: that of everybody else first."""
    return [one for one in history.policies() if one.number == 0 or one.types or one.keep_days or one.thinning]


@action("operator")
def set_policy(
    history: "History", caller: Party, types: Sequence[str], keep_days: int | None, thinning: Sequence[Thinning] = ()
) -> Policy:
    """Keep observations of entity types so from now on; of no types: of all that have no policy of their own.

    Rows that were filed before under another policy stay under that one, until `history migrate` moves them. Raises UnfitPolicy.
    """
    check(keep_days, thinning)
    there = history.policies()
    wanted = sorted(set(types))
    same = next((one for one in there if one.types == wanted), None)
    number = same.number if same is not None else store.newest_policy(history.broker.database.reader()) + 1
    policy = Policy(number, wanted, keep_days, store.plain(thinning))

    def work(writing: registry.Writing) -> None:
        for one in there:
            if one.number != number and set(one.types) & set(wanted):
                store.put_policy(
                    writing, msgspec.structs.replace(one, types=[kind for kind in one.types if kind not in wanted])
                )
        store.put_policy(writing, policy)
        store.assign(writing, number, wanted)

    history.broker.writer.now(work)
    if same is None:
        _tell_lake(history, number)
    return policy


@action("operator")
def remove_policy(history: "History", caller: Party, number: int) -> Policy:
    """Keep for ever what lies under a policy, and let its types go by the policy of everybody else. Raises UnfitPolicy.

    The number stays with the rows that carry it; none of them goes by any policy from then on.
    """
    found = next((one for one in history.policies() if one.number == number), None)
    if found is None:
        raise UnfitPolicy(
            Title(f"没有策略 {number}。", f"There is no policy {number}."),
            where="number",
            fix=Title("请用 yuzhang history policy list 查看。", "See yuzhang history policy list."),
        )

    def work(writing: registry.Writing) -> None:
        store.put_policy(writing, Policy(number, []))
        if number:
            store.assign(writing, 0, found.types)

    history.broker.writer.now(work)
    if number:
        _tell_lake(history, 0)
    return found


@action("reader")
def would_go(history: "History", caller: Party, policy: Policy, now: datetime | None = None) -> list[Going]:
    """The months that go at the next tidying under `policy`, with their rows and files; nothing goes by asking."""
    with history.lake() as lake:
        return retention.going(lake, policy, now or datetime.now(UTC))


@action("reader")
def numberless(history: "History", caller: Party, months: Sequence[Going]) -> int:
    """How many rows of months that are to be thinned are no numbers: nothing is kept of them."""
    with history.lake() as lake:
        return sum(store.numberless(lake, one) for one in months if one.step_s is not None)


@action("operator")
def tidy(
    history: "History",
    caller: Party,
    *,
    now: datetime | None = None,
    told: Told = lambda _: None,
    patience_s: float = 0,
) -> Tidied:
    """Merge files, let go what is due by policy, forget old snapshots, remove files that none names any more.

    Raises: TidyingElsewhere if another process is at it for longer than `patience_s`; DiskFull, TryAgain: what was done is done.
    """
    at = now or datetime.now(UTC)
    with alone(history.broker.lead(TIDYING), patience_s):
        done = Tidied(merge(history.storage, at, lambda table, files: told(_merging(table, files))), [])
        done.gone = let_go(history, at, told)
        done.snapshots = snapshots.expire(history.storage, snapshots.snapshot_days(), at)
        cleaning = history.broker.lead(CLEANING)
        if cleaning.take():  # else a backup copies files; the next time, then
            try:
                done.removed = snapshots.clean(history.storage, now=at)
            finally:
                cleaning.release()
    return done


def let_go(history: "History", at: datetime, told: Told = lambda _: None) -> list[Going]:
    """What is due by all policies goes; the months that went."""
    gone: list[Going] = []
    for policy in history.policies():
        some = retention.apply(history.storage, policy, at, lambda one: told(_going(one)))
        if some and not policy.thinning:
            end = max(one.end for one in some)
            history.broker.writer.now(lambda writing, of=policy.number, end=end: store.raise_first(writing, of, end))  # type: ignore[misc]
        gone += some
    return gone


@contextmanager
def alone(lead: Leading, patience_s: float) -> Iterator[None]:
    """While this process has `lead`. Raises TidyingElsewhere if another one does not give it up within `patience_s`."""
    until = monotonic() + patience_s
    while not lead.take():
        if monotonic() >= until:
            raise TidyingElsewhere.now()
        sleep(0.2)
    try:
        yield
    finally:
        lead.release()


def check(keep_days: int | None, thinning: Sequence[Thinning]) -> None:
    """Raises UnfitPolicy if days and steps contradict each other."""
    steps = store.plain(thinning)
    if keep_days is not None and keep_days < 1:
        raise _unfit("保留天数至少为 1。", "At least one day is kept.", "--keep-days")
    for one in steps:
        if one.after_days < 1:
            raise _unfit("至少一天后才能抽稀。", "Thinning begins after one day at least.", "--thin-after")
        if one.step_s < 1 or DAY_S % one.step_s:
            raise _unfit(
                "抽稀间隔须能整除一天，如 PT1M、PT15M、PT1H、P1D。",
                "The step has to divide a day, as PT1M, PT15M, PT1H and P1D do.",
                "--thin-to",
            )
        if keep_days is not None and one.after_days >= keep_days:
            raise _unfit("抽稀须早于删除。", "Thinning has to begin before rows go.", "--thin-after")
    for finer, coarser in pairwise(steps):
        if coarser.step_s % finer.step_s or coarser.step_s == finer.step_s or coarser.after_days == finer.after_days:
            raise _unfit(
                "较晚的间隔须是较早间隔的倍数。", "A later step has to be a multiple of the one before.", "--thin-to"
            )


def _unfit(chinese: str, english: str, where: str) -> UnfitPolicy:
    return UnfitPolicy(Title(chinese, english), where=where)


def _tell_lake(history: "History", policy: int) -> None:
    """Let the lake's own list of series say the same, for whoever reads it alone."""
    rows = history.broker.database.reader().all("SELECT number FROM history_series WHERE policy = ?", (policy,))
    if not rows:
        return
    with history.storage.lake_alone() as lake:
        lake.register("renumbered", pa.table({"number": pa.array([row[0] for row in rows], pa.int32())}))
        lake.execute(
            "UPDATE history_series SET policy = ? WHERE policy <> ? AND number IN (SELECT number FROM renumbered)",
            [policy, policy],
        )
        lake.unregister("renumbered")


def _merging(table: str, files: int) -> Title:
    return Title(f"合并 {table}：{files} 个文件", f"merging {table}: {files} files")


def _going(one: Going) -> Title:
    verb = ("删除", "dropped") if one.step_s is None else ("抽稀", "thinned")
    return Title(
        f"{verb[0]} {one.year}-{one.month:02}（策略 {one.policy}）：{one.rows} 行",
        f"{verb[1]} {one.year}-{one.month:02} (policy {one.policy}): {one.rows} rows",
    )
