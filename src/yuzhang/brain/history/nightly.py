"""Work over all history at night: the daily figures of every series, by this machine's DuckDB or by a distributed engine.

Both read the same Parquet files, at one snapshot of the lake, and give the same figures. Which engine, and why: ADR 0014.
"""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from yuzhang.brain.history.store import lake as tables
from yuzhang.core.access import OPERATOR, Party, action
from yuzhang.core.errors import Broken, InputRefused
from yuzhang.core.lake import newest_snapshot, quoted
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.core.terminal import Data, opened, say

SCRIPT = Path(__file__).with_name("nightly_daft.py")
NAMES = "SELECT number, tenant, entity, attribute, dataset FROM history_series"
FIGURES = """SELECT s.tenant, s.entity, s.attribute, s.dataset, f.* EXCLUDE (series) FROM (
    SELECT series, date_trunc('day', time + to_minutes({ahead_min})) AS day, count(value) AS count, avg(value) AS mean,
        min(value) AS low, max(value) AS high
    FROM {observations} WHERE value IS NOT NULL AND NOT deleted GROUP BY ALL
) f JOIN history_series s ON s.number = f.series"""


class Job(msgspec.Struct, frozen=True):
    """What an engine in another environment needs: Parquet files of observations, each with that of its deleted rows if there are any."""

    snapshot: int
    files: list[tuple[str, str | None]]
    names: str
    ahead_min: int
    out: str


@dataclass(frozen=True, slots=True)
class Engine:
    """A distributed engine: the Python of its environment, and the address of a Ray cluster, empty for this machine alone."""

    python: Path
    ray: str = ""


@action("operator")
def daily(storage: Storage, caller: Party, out: str, *, ahead_min: int = 0, engine: Engine | None = None) -> int:
    """Write the daily figures of all history into the folder `out`, or s3://…, as Parquet: the snapshot that they are of.

    Columns: tenant, entity, attribute, dataset, day (a day begins `ahead_min` minutes before that of UTC), count, mean, low, high.
    Raises: Broken if the engine fails.
    """
    if "://" not in out:
        Path(out).mkdir(parents=True, exist_ok=True)
    with storage.lake_alone() as lake:
        tables.make(lake)
    with storage.lake() as lake:
        snapshot = newest_snapshot(lake)
        if engine is None:
            sql = FIGURES.format(ahead_min=int(ahead_min), observations=tables.source(snapshot))
            lake.execute(f"COPY ({sql}) TO '{quoted(out.rstrip('/'))}/daily.parquet' (COMPRESSION zstd)")
            return snapshot
        with tempfile.TemporaryDirectory() as folder:
            names = Path(folder) / "names.parquet"
            lake.execute(f"COPY ({NAMES}) TO '{quoted(str(names))}'")
            job = Job(snapshot, files(lake, snapshot), str(names), ahead_min, out)
            if job.files:
                _by(engine, job, Path(folder) / "job.json")
    return snapshot


def files(lake: tables.Lake, snapshot: int) -> list[tuple[str, str | None]]:
    """The Parquet files that observations lie in at a snapshot, each with the file that says which of its rows are deleted."""
    sql = "SELECT data_file, delete_file FROM ducklake_list_files('lake', 'observations', snapshot_version => ?)"
    return [(data, deletes) for data, deletes in lake.execute(sql, [snapshot]).fetchall()]


def _by(engine: Engine, job: Job, path: Path) -> None:
    path.write_bytes(msgspec.json.encode(job))
    command = [str(engine.python), str(SCRIPT), str(path), *([engine.ray] if engine.ray else [])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # the operator's own program
    except OSError as err:
        raise InputRefused(
            Title(f"无法运行 {engine.python}：{err.strerror}。", f"{engine.python} cannot be run: {err.strerror}."),
            where="--engine-python",
        ) from err
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        raise Broken(
            Title(f"计算引擎失败：{last}", f"The engine failed: {last}"),
            fix=Title(
                "请在其环境中安装 daft（集群另需 ray）。", "Install daft (and ray for a cluster) in its environment."
            ),
        )


def daily_command(
    data: Data,
    out: Annotated[
        str, typer.Option("--out", help="结果目录或 s3:// 地址 / the folder of the result, or its s3:// address")
    ],
    ahead_h: Annotated[
        float, typer.Option("--ahead", help="当地时间早于 UTC 的小时数 / hours that local time is ahead of UTC")
    ] = 0.0,
    python: Annotated[
        Path | None,
        typer.Option(
            "--engine-python",
            envvar="YUZHANG_ENGINE_PYTHON",
            help="装有 Daft 的 Python；缺省用 DuckDB / the Python that has Daft; DuckDB does it if none is named",
        ),
    ] = None,
    ray: Annotated[
        str,
        typer.Option("--ray", help="Ray 集群地址，local 为本机 / the address of a Ray cluster; local: on this machine"),
    ] = "",
) -> None:
    """计算全部历史的每日数值 / Compute the daily figures of all history."""
    with opened(data) as storage:
        engine = Engine(python, ray) if python is not None else None
        snapshot = daily(storage, OPERATOR, out, ahead_min=round(ahead_h * 60), engine=engine)
    say(Title(f"快照 {snapshot} 的每日数值已写入 {out}。", f"The daily figures of snapshot {snapshot} are in {out}."))
