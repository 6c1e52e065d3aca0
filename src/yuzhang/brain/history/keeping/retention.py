"""What goes by policy: whole months of observations, once their last day is past; before that, if the policy says so, thinned.

A month is the smallest that goes, because rows of a month lie in files of their own: they are dropped, and nothing is written anew.
Each month is one transaction, so that a stop in the middle leaves months that are done and months that are not.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from yuzhang.brain.history.keeping import store
from yuzhang.brain.history.keeping.store import Going
from yuzhang.brain.history.model import Policy
from yuzhang.brain.history.store.lake import Lake
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.model import Microseconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Told = Callable[[Going], None]


def month_of(year: int, month: int) -> tuple[Microseconds, Microseconds]:
    """A month's first moment and that of the next one.

    >>> month_of(1970, 1)
    (0, 2678400000000)
    """
    start = datetime(year, month, 1, tzinfo=UTC)
    end = start + timedelta(days=monthrange(year, month)[1])
    return _us(start), _us(end)


def _us(moment: datetime) -> Microseconds:
    return (moment - EPOCH) // timedelta(microseconds=1)


def going(lake: Lake, policy: Policy, now: datetime) -> list[Going]:
    """The months of observations that are to go under `policy`, and the step that each is thinned to before."""
    thinning = store.plain(policy.thinning)
    days = [one.after_days for one in thinning[:1]] + ([] if policy.keep_days is None else [policy.keep_days])
    if not days:
        return []
    past = _us(now - timedelta(days=min(days)))
    gone = None if policy.keep_days is None else _us(now - timedelta(days=policy.keep_days))
    found = []
    for (year, month), (rows, files, size) in sorted(store.months(lake, policy.number).items()):
        start, end = month_of(year, month)
        if end <= past:
            # A month that comes late may be due for a coarser step at once, or for none.
            steps = [one.step_s for one in thinning if end <= _us(now - timedelta(days=one.after_days))]
            step = None if not steps or (gone is not None and end <= gone) else steps[-1]
            found.append(Going(policy.number, year, month, start, end, rows, files, size, step))
    return found


def apply(storage: Storage, policy: Policy, now: datetime, told: Told = lambda _: None) -> list[Going]:
    """Let go what is due under `policy`; `told` hears of each month that went. Raises TryAgain, duckdb.Error: then the rest is due."""
    with storage.lake() as lake:
        due = going(lake, policy, now)
    for one in due:
        with storage.lake_alone() as lake:
            _in_one(lake, lambda lake=lake, one=one: _let_go(lake, one))  # type: ignore[misc]  # bound for this turn
        told(one)
    _apply_to_rollups(storage, policy, now)
    return due


def _let_go(lake: Lake, one: Going) -> None:
    if one.step_s is not None:
        store.thin(lake, one, one.step_s, None)
    store.drop(lake, one)


def _apply_to_rollups(storage: Storage, policy: Policy, now: datetime) -> None:
    """Thin a step's rollups to the next one a year at a time; drop those past the policy's days."""
    thinning = store.plain(policy.thinning)
    for finer, coarser in zip(thinning, [*thinning[1:], None], strict=False):
        days = coarser.after_days if coarser is not None else policy.keep_days
        if days is None:
            continue
        with storage.lake() as lake:
            found = store.years(lake, policy.number, finer.step_s)
        for year in found:
            start, end = month_of(year, 1)[0], month_of(year, 12)[1]
            if end <= _us(now - timedelta(days=days)):
                one = Going(policy.number, year, 0, start, end, 0, 0, 0, None if coarser is None else coarser.step_s)
                with storage.lake_alone() as lake:
                    _in_one(lake, lambda lake=lake, one=one, finer=finer: _pass_on(lake, one, finer.step_s))  # type: ignore[misc]


def _pass_on(lake: Lake, one: Going, finer: int) -> None:
    if one.step_s is not None:
        store.thin(lake, one, one.step_s, finer)
    store.drop_rollups(lake, one.policy, finer, one.end)


def _in_one(lake: Lake, work: Callable[[], None]) -> None:
    lake.execute("BEGIN")
    try:
        work()
    except BaseException:
        lake.execute("ROLLBACK")
        raise
    lake.execute("COMMIT")  # if it fails the transaction is over, and what it was to do is still due
