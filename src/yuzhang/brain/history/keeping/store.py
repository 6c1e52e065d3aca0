"""The SQL of keeping: policies in the state, and in the lake what goes by them.

SQL is put together (S608) from the constants of this file and from whole numbers; what comes from outside is a parameter.
"""

from collections.abc import Sequence

import msgspec

from yuzhang.brain.history.keeping.catalog import count, data_files
from yuzhang.brain.history.model import Policy, Thinning
from yuzhang.brain.history.store.lake import Lake
from yuzhang.brain.history.store.registry import Reader, Writing, policies
from yuzhang.foundation.log.model import Microseconds

PUT_POLICY = (
    "INSERT INTO history_policy (number, types, keep_days, thinning) VALUES (?, ?, ?, ?) ON CONFLICT (number) "
    "DO UPDATE SET types = excluded.types, keep_days = excluded.keep_days, thinning = excluded.thinning"
)
ASSIGN = (
    "UPDATE history_series SET policy = ? WHERE policy <> ? AND entity IN "
    "(SELECT entity FROM history_entity_type WHERE type = ?)"
)
FIRST = "UPDATE history_series SET first_time = ? WHERE policy = ? AND first_time < ? AND last_time >= ?"

BUCKET = "time_bucket(to_seconds({step}), time, TIMESTAMP '1970-01-01')"
MONTH = "policy = {policy} AND time >= make_timestamp({start}) AND time < make_timestamp({end})"
RAW = """SELECT {policy}::INTEGER AS policy, {step}::INTEGER AS step_s, series, {bucket} AS bucket, count(*) AS count, avg(value) AS mean,
    min(value) AS low, max(value) AS high, arg_min(value, time) AS first, arg_max(value, time) AS last
    FROM observations WHERE {month} AND value IS NOT NULL AND NOT deleted GROUP BY series, bucket"""
FINER = """SELECT policy, {step}::INTEGER AS step_s, series, {bucket} AS bucket, sum(count)::BIGINT AS count,
    sum(mean * count) / sum(count) AS mean, min(low) AS low, max(high) AS high, arg_min(first, time) AS first,
    arg_max(last, time) AS last FROM rollups WHERE {month} AND step_s = {finer} GROUP BY policy, series, bucket"""
# Rows that came late, after their bucket was thinned, are joined to it; the first and the last of the bucket stay those that were seen then.
THINNED = """CREATE OR REPLACE TEMP TABLE thinned AS SELECT n.policy, n.step_s, n.series, n.bucket AS time,
    n.count + coalesce(o.count, 0) AS count,
    (n.mean * n.count + coalesce(o.mean * o.count, 0)) / (n.count + coalesce(o.count, 0)) AS mean,
    least(n.low, o.low) AS low, greatest(n.high, o.high) AS high, coalesce(o.first, n.first) AS first, coalesce(o.last, n.last) AS last
    FROM ({fresh}) n LEFT JOIN (SELECT * FROM rollups WHERE {month} AND step_s = {step}) o
    ON o.series = n.series AND o.time = n.bucket"""
REPLACED = """DELETE FROM rollups WHERE {month} AND step_s = {step} AND (series, time) IN (SELECT (series, time) FROM thinned)"""


class Going(msgspec.Struct, frozen=True):
    """A month of a policy's rows that is to go: its bounds, what lies in it, and the step of the rows that stay for it (None: none)."""

    policy: int
    year: int
    month: int
    start: Microseconds
    end: Microseconds
    rows: int
    files: int
    size: int
    step_s: int | None = None


def put_policy(writing: Writing, policy: Policy) -> None:
    """Keep a policy."""
    json = msgspec.json.encode
    writing.many(
        PUT_POLICY, [(policy.number, json(policy.types).decode(), policy.keep_days, json(policy.thinning).decode())]
    )


def assign(writing: Writing, policy: int, types: Sequence[str]) -> None:
    """Let the rows that series of these types get from now on lie under `policy`."""
    for kind in types:
        writing.many(ASSIGN, [(policy, policy, kind)])


def newest_policy(reader: Reader) -> int:
    """The highest number of a policy there ever was: none is given twice, since rows carry it."""
    return max(one.number for one in policies(reader))


def raise_first(writing: Writing, policy: int, start: Microseconds) -> None:
    """What was before `start` is gone."""
    writing.many(FIRST, [(start, policy, start, start)])


def months(lake: Lake, policy: int) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Rows, files and bytes of each month (year, month) of the observations under `policy`, without what lies in the catalog."""
    found: dict[tuple[int, int], tuple[int, int, int]] = {}
    for one in data_files(lake, "observations"):
        number, year, month = (int(part) for part in one.partition)
        if number == policy:
            rows, files, size = found.get((year, month), (0, 0, 0))
            found[year, month] = rows + one.rows - one.deleted, files + 1, size + one.size
    return found


def years(lake: Lake, policy: int, step_s: int) -> list[int]:
    """The years that rollups of one step lie in."""
    sql = "SELECT DISTINCT year(time) FROM rollups WHERE policy = ? AND step_s = ? ORDER BY 1"
    return [int(row[0]) for row in lake.execute(sql, [policy, step_s]).fetchall()]


def drop(lake: Lake, going: Going) -> None:
    """Drop a month's rows: they are all the rows of their files, so the files go and none is written anew."""
    lake.execute(f"DELETE FROM observations WHERE {_month(going)}")  # noqa: S608


def drop_rollups(lake: Lake, policy: int, step_s: int, end: Microseconds) -> None:
    """Drop the rollups of one step before `end`, the beginning of a year."""
    lake.execute(
        f"DELETE FROM rollups WHERE policy = {int(policy)} AND step_s = {int(step_s)} AND time < make_timestamp({int(end)})"  # noqa: S608
    )


def thin(lake: Lake, going: Going, step_s: int, finer: int | None) -> int:
    """Keep one row for every step of a month, of its observations or (`finer`) of its rollups of a finer step; how many rows.

    To be followed by the end of what it was made of in the same transaction: then it can be broken off and done again.
    """
    parts = {"policy": going.policy, "step": int(step_s), "finer": finer, "month": _month(going)}
    bucket = BUCKET.format(step=int(step_s))
    fresh = (RAW if finer is None else FINER).format(**parts, bucket=bucket)
    lake.execute(THINNED.format(**parts, fresh=fresh))
    lake.execute(REPLACED.format(**parts))
    lake.execute("INSERT INTO rollups BY NAME SELECT * FROM thinned ORDER BY series, time")
    rows = count(lake, "SELECT count(*) FROM thinned")
    lake.execute("DROP TABLE thinned")
    return rows


def numberless(lake: Lake, going: Going) -> int:
    """Rows of a month that are no numbers, of which thinning keeps nothing."""
    return count(lake, f"SELECT count(*) FROM observations WHERE {_month(going)} AND value IS NULL AND NOT deleted")  # noqa: S608


def _month(going: Going) -> str:
    return MONTH.format(policy=int(going.policy), start=int(going.start), end=int(going.end))


def plain(thinning: Sequence[Thinning]) -> list[Thinning]:
    """Steps of thinning, the finest and youngest first."""
    return sorted(thinning, key=lambda one: one.after_days)
