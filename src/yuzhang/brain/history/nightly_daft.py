"""Daily figures of all history by the distributed engine Daft, over the same Parquet files, on one machine or on a Ray cluster.

    python nightly_daft.py job.json [ray-address]

A script of its own, which runs in the engine's environment, where there is no Yuzhang: all it needs is in the job. Files from
which rows were deleted come with a file of those rows' positions. The engine is imported where it is used, since it is not in our
own environment.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

COLUMNS = ["series", "time", "value", "deleted"]


def endpoint() -> SplitResult:
    """Where the object store is, from the variables that all clients of S3 know; nothing for that of AWS."""
    return urlsplit(os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or "")


def store() -> Any:
    """How the engine reaches it."""
    from daft.io import IOConfig, S3Config

    return IOConfig(
        s3=S3Config(
            endpoint_url=endpoint().geturl() or None,
            key_id=os.environ.get("AWS_ACCESS_KEY_ID"),
            access_key=os.environ.get("AWS_SECRET_ACCESS_KEY"),
            session_token=os.environ.get("AWS_SESSION_TOKEN"),
            region_name=os.environ.get("AWS_REGION", "us-east-1"),
            use_ssl=endpoint().scheme != "http",
        )
    )


def read(path: str, columns: list[str]) -> Any:
    """A file's columns, by pyarrow."""
    from pyarrow import fs  # type: ignore[import-untyped]  # it brings no types
    from pyarrow.parquet import read_table  # type: ignore[import-untyped]

    if not path.startswith("s3://"):
        return read_table(path, columns=columns, partitioning=None)
    own = {"endpoint_override": endpoint().netloc, "scheme": endpoint().scheme} if endpoint().netloc else {}
    system = fs.S3FileSystem(region=os.environ.get("AWS_REGION", "us-east-1"), **own)
    return read_table(path.removeprefix("s3://"), filesystem=system, columns=columns, partitioning=None)


def rest(data: str, deletes: str) -> Any:
    """The rows of a file that are not deleted."""
    import numpy as np
    import pyarrow as pa

    rows = read(data, COLUMNS)
    there = np.ones(rows.num_rows, bool)
    there[read(deletes, ["pos"])["pos"].to_numpy()] = False
    return rows.filter(pa.array(there))


def observations(files: list[list[str | None]], config: Any) -> Any:
    """The lake's observations at one snapshot, a task for each file."""
    import daft
    from daft.daft import StorageConfig
    from daft.io.source import DataSource, DataSourceTask
    from daft.recordbatch import RecordBatch

    columns = daft.read_parquet(files[0][0], io_config=config).select(*COLUMNS).schema()

    class Rest(DataSourceTask):  # type: ignore[misc]  # the engine is not in our environment
        """What is left of a file; by pyarrow, since the engine's own reader fails where it has to skip rows."""

        schema = columns

        def __init__(self, data: str, deletes: str) -> None:
            self._data, self._deletes = data, deletes

        async def read(self) -> Any:
            yield RecordBatch.from_arrow_table(rest(self._data, self._deletes))

    class Observations(DataSource):  # type: ignore[misc]  # as above
        """The files."""

        name = "observations"
        schema = columns

        async def get_tasks(self, pushdowns: Any) -> Any:  # the engine applies them to what a task gives
            storage = StorageConfig(True, config)
            for data, deletes in files:
                if data and deletes:
                    yield Rest(data, deletes)
                else:
                    yield DataSourceTask.parquet(path=data, schema=columns, storage_config=storage)

    return Observations().read()


def main() -> None:
    """Do the job."""
    import daft
    from daft import col
    from daft.functions import date_trunc
    from pyarrow.parquet import read_table

    job = json.loads(Path(sys.argv[1]).read_text())
    if len(sys.argv) > 2:
        daft.set_runner_ray(None if sys.argv[2] == "local" else sys.argv[2])
    config = store()
    daft.set_planning_config(default_io_config=config)
    rows = observations(job["files"], config)
    moved = rows.where(col("value").not_null() & ~col("deleted")).with_column(
        "day", date_trunc("1 day", col("time") + daft.interval(minutes=job["ahead_min"]))
    )
    value = col("value")
    figures = moved.groupby("series", "day").agg(
        value.count().alias("count"), value.mean().alias("mean"), value.min().alias("low"), value.max().alias("high")
    )
    names = daft.from_arrow(read_table(job["names"]))  # the file is on this machine only
    named = figures.join(names, left_on="series", right_on="number")
    named.select("tenant", "entity", "attribute", "dataset", "day", "count", "mean", "low", "high").write_parquet(
        job["out"], write_mode="overwrite", compression="zstd"
    )


if __name__ == "__main__":
    main()
