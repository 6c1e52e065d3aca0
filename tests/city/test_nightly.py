"""The daily figures of all history: right, and the same whichever engine computes them."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import duckdb
import pytest

from brain.context.postgres import Server
from city.parts import SeaweedFS
from yuzhang.brain.history.nightly import Engine, daily
from yuzhang.brain.history.store import lake as tables
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import Broken, InputRefused
from yuzhang.core.lake import LakeAddress
from yuzhang.core.storage import Storage

NUMBERS = count(1)
MONTH = """INSERT INTO observations SELECT 0, i % 50, TIMESTAMP '2026-{month:02d}-01' + to_seconds(i * 47), i % 1000 / 7, NULL,
    TIMESTAMP '2026-06-01', NULL, i % 997 = 0, true FROM range(50000) t(i) ORDER BY ALL"""


def fill(storage: Storage) -> None:
    """Three months, of which rows were deleted; and one row that lies in the catalog."""
    with storage.lake() as lake:
        tables.make(lake)
        lake.execute("INSERT INTO history_series SELECT i, 't', 'urn:x:' || i, 'S', 'level', '', 0 FROM range(51) t(i)")
        for month in (1, 2, 3):
            lake.execute(MONTH.format(month=month))
        lake.execute("DELETE FROM observations WHERE series = 7 AND month(time) = 2")
        lake.execute("DELETE FROM observations WHERE day(time) = 3 AND value > 100")
        lake.execute(
            "INSERT INTO observations VALUES (0, 50, '2026-03-31 17:00:00', 5, NULL, '2026-06-01', NULL, false, true), "
            "(0, 50, '2026-03-31 17:01:00', 6, NULL, '2026-06-01', NULL, false, true), "
            "(0, 50, '2026-03-31 17:02:00', NULL, '{}', '2026-06-01', NULL, false, true)"
        )


def test_daily_figures_are_of_numbers_that_are_there_by_local_days(storage: Storage, tmp_path: Path) -> None:
    fill(storage)
    daily(storage, OPERATOR, str(tmp_path / "out"), ahead_min=480)
    found = duckdb.sql(f"FROM '{tmp_path}/out/*.parquet'")
    assert found.columns == ["tenant", "entity", "attribute", "dataset", "day", "count", "mean", "low", "high"]
    last = found.filter("entity = 'urn:x:50'").project("day::VARCHAR, count, mean, low, high").fetchall()
    assert last == [("2026-04-01 00:00:00", 2, 5.5, 5.0, 6.0)]
    assert found.filter("entity = 'urn:x:7' AND month(day) = 2 AND day(day) > 1").fetchall() == []
    with storage.lake() as lake:
        (rows,) = lake.execute("SELECT count(value) FROM observations WHERE NOT deleted").fetchall()[0]
    assert found.aggregate("sum(count)").fetchall() == [(rows,)]


def test_an_engine_that_cannot_run_or_fails_is_told(storage: Storage, tmp_path: Path) -> None:
    fill(storage)
    with pytest.raises(InputRefused, match="/nowhere/python cannot be run"):
        daily(storage, OPERATOR, str(tmp_path / "out"), engine=Engine(Path("/nowhere/python")))
    with pytest.raises(Broken, match="The engine failed"):
        daily(storage, OPERATOR, str(tmp_path / "out"), engine=Engine(Path("/bin/false")))


@pytest.fixture
def engine() -> Engine:
    """The engine of an environment of its own; left out where there is none."""
    python = os.environ.get("YUZHANG_ENGINE_PYTHON")
    if not python:
        pytest.skip("needs the Python of an environment with daft: YUZHANG_ENGINE_PYTHON")
    return Engine(Path(python))


@pytest.fixture(params=["folder", pytest.param("city", marks=pytest.mark.services)])
def filled(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """A lake in a folder, and one of a city."""
    if request.param == "folder":
        storage = Storage(tmp_path / "data")
        fill(storage)
        yield storage
        storage.close()
        return
    store: SeaweedFS = request.getfixturevalue("seaweedfs")
    postgres: Server = request.getfixturevalue("postgres")
    for name, value in store.environment().items():
        monkeypatch.setenv(name, value)
    catalog = postgres.fresh()
    storage = Storage(tmp_path / "data", LakeAddress(catalog, store.place(f"nightly{next(NUMBERS)}")))
    fill(storage)
    yield storage
    storage.close()
    postgres.forget(catalog)


@pytest.mark.cluster
def test_the_distributed_engine_gives_the_same_figures(filled: Storage, engine: Engine, tmp_path: Path) -> None:
    for name, one in (("duckdb", None), ("engine", engine)):
        daily(filled, OPERATOR, str(tmp_path / name), ahead_min=480, engine=one)
    key = "tenant, entity, attribute, dataset, day, count"
    columns = f"{key}, low, high, round(mean, 9) AS mean"
    ours, theirs = (f"SELECT {columns} FROM '{tmp_path}/{name}/*.parquet'" for name in ("duckdb", "engine"))
    assert duckdb.sql(f"({ours} EXCEPT ALL {theirs}) UNION ALL ({theirs} EXCEPT ALL {ours})").fetchall() == []
    counted = duckdb.sql(f"SELECT count(*), sum(count) FROM ({ours})").fetchone()
    assert counted is not None
    assert min(counted) > 1000
