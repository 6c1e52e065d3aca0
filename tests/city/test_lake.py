"""Two nodes over one present, one bus and one lake: whichever takes it, both find it, and one of them files it."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from brain.context.postgres import Server
from city.batches import batch
from city.nodes import Node
from city.parts import SeaweedFS
from yuzhang.core.errors import TryAgain
from yuzhang.core.lake import LakeAddress
from yuzhang.core.storage import Storage

pytestmark = pytest.mark.services
NUMBERS = count(1)


@pytest.fixture
def lake(postgres: Server, seaweedfs: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> Iterator[LakeAddress]:
    """The address of a lake that is not there yet."""
    for name, value in seaweedfs.environment().items():
        monkeypatch.setenv(name, value)
    number = next(NUMBERS)
    catalog = postgres.fresh()
    yield LakeAddress(catalog, seaweedfs.place(f"lake{number}") + "/history")
    postgres.forget(catalog)


def filed(node: Node) -> list[tuple[str, int]]:
    """How many rows of each entity the lake has."""
    node.do(node.history.settled())
    with node.history.lake() as lake:
        return lake.execute(
            "SELECT entity, count(*) FROM observations o JOIN history_series s ON s.number = o.series "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()


def test_what_either_node_takes_is_filed_once_and_found_by_both(
    tmp_path: Path, present: str, bus: str, lake: LakeAddress, seaweedfs: SeaweedFS
) -> None:
    with ExitStack() as nodes:
        first, second = (nodes.enter_context(Node(tmp_path / name, present, bus, lake)) for name in "ab")
        for number in range(10):
            first.broker.accept_now(batch(number * 10))
            second.broker.accept_now(batch(number * 10))  # the same again
            second.broker.accept_now(batch(number * 10 + 1000))
        assert filed(first) == filed(second) == [("urn:x:1", 200)]
        files = nodes.enter_context(second.history.lake()).execute(
            "SELECT data_file FROM ducklake_list_files('lake', 'observations')"
        )
        assert {one.startswith(lake.files) for (one,) in files.fetchall()} == {True}


def test_a_node_that_ends_leaves_filing_to_the_other_one(
    tmp_path: Path, present: str, bus: str, lake: LakeAddress
) -> None:
    with Node(tmp_path / "a", present, bus, lake) as first:
        first.broker.accept_now(batch(0))
        assert filed(first) == [("urn:x:1", 10)]
        with Node(tmp_path / "b", present, bus, lake) as second:
            assert second.history.recorder.place == -1
            first.do(first.history.stop())
            second.broker.accept_now(batch(100))
            assert filed(second) == [("urn:x:1", 20)]


def test_a_lake_whose_catalog_goes_away_is_read_again_when_it_is_back(
    tmp_path: Path, lake: LakeAddress, postgres: Server
) -> None:
    storage = Storage(tmp_path / "data", lake)
    with storage.lake() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 1 AS one")
    postgres.stop()
    with pytest.raises(TryAgain, match="catalog"), storage.lake() as cursor:
        cursor.execute("SELECT * FROM kept")
    with pytest.raises(TryAgain, match="catalog"), storage.lake() as cursor:
        cursor.execute("SELECT * FROM kept")
    postgres.start()
    with storage.lake() as cursor:
        assert cursor.execute("SELECT * FROM kept").fetchall() == [(1,)]
    storage.close()


@pytest.mark.parametrize("part", ["postgres", pytest.param("seaweedfs", marks=pytest.mark.slow), "nats"])
def test_a_node_goes_on_by_itself_when_a_part_is_back(
    part: str, tmp_path: Path, present: str, bus: str, lake: LakeAddress, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue(part)
    with Node(tmp_path / "a", present, bus, lake) as node:
        node.broker.accept_now(batch(0))
        assert filed(node) == [("urn:x:1", 10)]
        server.stop()
        if part != "nats":
            node.broker.accept_now(batch(100))
        server.start()
        node.broker.accept_now(batch(200))
        assert filed(node) == [("urn:x:1", 20 if part == "nats" else 30)]
