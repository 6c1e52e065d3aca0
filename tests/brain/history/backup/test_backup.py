"""A backup is made while a server takes observations, and a system made of it has all that was acknowledged before."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from brain.context.postgres import Server
from brain.context.serving import Running
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.history.backup import making, restoring
from yuzhang.brain.history.backup.errors import FolderNotEmpty, UnfitBackup
from yuzhang.brain.history.backup.manifest import check_path
from yuzhang.brain.history.room import History
from yuzhang.core.access import OPERATOR
from yuzhang.core.settings import CONTEXT_DATABASE_VARIABLE
from yuzhang.core.storage import Storage

START = datetime(2026, 11, 1, tzinfo=UTC)
ID = "urn:ngsi-ld:Gauge:1"
COMMAND = str(Path(sys.executable).parent / "yuzhang")


def yuzhang(*arguments: str | Path, database: str = "") -> str:
    """What a command says; it has to succeed."""
    environment = {**os.environ, "LANG": "en_US.UTF-8", CONTEXT_DATABASE_VARIABLE: database}
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Load:
    """A device that reports one observation after the other until it is stopped; `acknowledged` are those that were."""

    def __init__(self, server: Running) -> None:
        self._client = server.connected()
        self.acknowledged: list[int] = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Load":
        self._client.post("/entities", json={"id": ID, "type": "Gauge", "level": self.reading(0)}).raise_for_status()
        self.acknowledged.append(0)
        self._thread.start()
        return self

    def reading(self, number: int) -> dict[str, object]:
        """The observation of one number."""
        at = (START + timedelta(seconds=number)).isoformat().replace("+00:00", "Z")
        return {"type": "Property", "value": number, "observedAt": at}

    def _run(self) -> None:
        number = 0
        while not self._ending.is_set():
            number += 1
            answer = self._client.patch(f"/entities/{ID}/attrs", json={"level": self.reading(number)})
            if answer.status_code == 204:
                self.acknowledged.append(number)

    def wait(self, count: int) -> None:
        """Until so many are acknowledged."""
        while len(self.acknowledged) < count:
            assert self._thread.is_alive()
            threading.Event().wait(0.01)

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        self._client.close()


def readings_in(folder: Path, database: str = "") -> list[int]:
    """The numbers that history has, after what the log holds is filed."""

    async def work() -> list[int]:
        storage = Storage(folder)
        broker = Broker(storage, BrokerSettings(database=database))
        history = History(broker, storage)
        await broker.start()
        await history.start()
        await history.settled()
        numbers = [one.number for one in history.series_of("", entities=[ID])]
        found = history.rows(numbers)["value"].to_pylist()
        await history.stop()
        await broker.stop()
        storage.close()
        return [int(one) for one in found]

    return asyncio.run(work())


@pytest.mark.slow  # the next one shows it in every run, in the order that is worst
@pytest.mark.parametrize("name", ["copy", "copy.tar.zst"])
def test_everything_acknowledged_before_a_backup_of_a_running_server_is_there_once_after_restoring(
    tmp_path: Path, name: str
) -> None:
    with Running(tmp_path / "data") as server, Load(server) as load:
        load.wait(100)
        before = list(load.acknowledged)
        yuzhang("backup", tmp_path / name, "--data", tmp_path / "data")
        load.wait(len(before) + 20)
    yuzhang("restore", tmp_path / name, "--data", tmp_path / "new")

    with Running(tmp_path / "new") as server:
        entity = server.client.get(f"/entities/{ID}").json()
    found = Counter(readings_in(tmp_path / "new"))

    assert set(before) <= set(found)
    assert set(found.values()) == {1}
    assert entity["level"]["value"] >= before[-1]
    assert len(readings_in(tmp_path / "data")) > len(before), "the first system went on"


def test_what_is_filed_while_a_backup_goes_on_is_there_once_after_restoring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, copied = tmp_path / "data", making.copy_sqlite

    with Running(data) as server, Load(server) as load:

        def copy(source: Path, to: Path) -> None:
            """The lake is copied; before the state is, what came meanwhile is filed."""
            if source.name == "state.db":
                load.wait(len(load.acknowledged) + 20)
                head = placed(data, "SELECT max(position) FROM log_record")
                while placed(data, "SELECT position FROM log_place WHERE reader = 'history'") < head:
                    threading.Event().wait(0.05)
            copied(source, to)

        load.wait(30)
        monkeypatch.setattr(making, "copy_sqlite", copy)
        asyncio.run(backed_up(data, tmp_path / "copy"))
        before = list(load.acknowledged)[:30]
    restoring.restore(tmp_path / "copy", tmp_path / "new")
    found = Counter(readings_in(tmp_path / "new"))
    assert set(before) <= set(found)
    assert set(found.values()) == {1}


async def backed_up(data: Path, to: Path) -> None:
    """A backup, as a terminal makes it beside the server."""
    storage = Storage(data)
    broker = Broker(storage, BrokerSettings())
    await broker.start(serving=False)
    await asyncio.to_thread(making.back_up, broker, OPERATOR, to)
    await broker.stop()
    storage.close()


def placed(data: Path, sql: str) -> int:
    """A position in the state of a running server."""
    with closing(sqlite3.connect(f"file:{data / 'state.db'}?mode=ro", uri=True, timeout=10)) as state:
        return int(state.execute(sql).fetchone()[0])


@pytest.mark.services
def test_a_present_in_postgresql_is_dumped_and_restored_with_the_rest(tmp_path: Path, postgres_server: Server) -> None:
    old, new = postgres_server.fresh(), postgres_server.url("restored")
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    try:
        with Running(tmp_path / "data", old) as server, Load(server) as load:
            load.wait(30)
            before = list(load.acknowledged)
            yuzhang("backup", tmp_path / "copy", "--data", tmp_path / "data", database=old)
        yuzhang("restore", tmp_path / "copy", "--data", tmp_path / "new", database=new)
        found = Counter(readings_in(tmp_path / "new", new))
    finally:
        postgres_server.forget(old)
        postgres_server.forget(new)
    assert set(before) <= set(found)
    assert set(found.values()) == {1}


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup with rows in the lake's files and in its catalog."""
    folder = tmp_path_factory.mktemp("backup")
    with Running(folder / "data") as server, Load(server) as load:
        load.wait(60)
    (folder / "data" / "note.txt").write_text("kept beside")
    readings_in(folder / "data")
    yuzhang("history", "tidy", "--data", folder / "data")
    yuzhang("backup", folder / "copy", "--data", folder / "data")
    return folder / "copy"


def test_a_backup_in_a_folder_has_every_file_with_its_checksum_and_shares_the_lakes_files(backup: Path) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())
    paths = {one["path"] for one in manifest["files"]}
    assert {"state.db", "lake/catalog.sqlite", "note.txt"} < paths
    assert manifest["snapshot"] > 0
    (parquet, *_) = [path for path in paths if path.endswith(".parquet")]
    assert (backup / parquet).stat().st_ino == (backup.parent / "data" / parquet).stat().st_ino


def test_a_backup_that_is_broken_at_any_file_is_refused_and_nothing_is_restored(backup: Path, tmp_path: Path) -> None:
    names = [path.relative_to(backup) for path in backup.rglob("*") if path.is_file()]
    assert len(names) >= 5
    for name in names:
        for number, harm in enumerate(HARMS):
            copy = shutil.copytree(backup, tmp_path / f"{number}-{name.name}")
            harm(copy / name)
            with pytest.raises(UnfitBackup) as refusal:
                restoring.restore(copy, tmp_path / "new")
            assert refusal.value.where == name.as_posix()
            assert not [one for one in tmp_path.iterdir() if one.name.startswith("new")]
            shutil.rmtree(copy)
    (backup / "stranger").write_text("?")
    with pytest.raises(UnfitBackup, match="stranger"):
        restoring.restore(backup, tmp_path / "new")
    (backup / "stranger").unlink()


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


HARMS: tuple[Callable[[Path], None], ...] = (_flip, _cut, Path.unlink)


@pytest.mark.parametrize("kind", ["tar", "tar.zst"])
def test_an_archive_that_is_cut_is_refused(backup: Path, tmp_path: Path, kind: str) -> None:
    whole = tmp_path / f"whole.{kind}"
    yuzhang("backup", whole, "--data", backup.parent / "data")
    content = whole.read_bytes()
    cut = tmp_path / f"cut.{kind}"
    cut.write_bytes(content[: len(content) // 2])
    with pytest.raises(UnfitBackup):
        restoring.restore(cut, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    restoring.restore(whole, tmp_path / "new")
    assert len(readings_in(tmp_path / "new")) >= 60


def test_an_archive_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        tar.add(tmp_path / "evil", "../outside")
    with pytest.raises(UnfitBackup):
        restoring.restore(tmp_path / "evil.tar", tmp_path / "inner" / "new")
    assert not (tmp_path / "outside").exists()
    for path in ("/etc/x", "a/../../x", "", ".", "a//b"):
        with pytest.raises(UnfitBackup):
            check_path(path)


def test_what_is_there_already_is_not_written_over(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine").write_text("x")
    with pytest.raises(FolderNotEmpty):
        restoring.restore(backup, tmp_path / "new")
    assert (tmp_path / "new" / "mine").read_text() == "x"
    done = subprocess.run(
        [COMMAND, "backup", str(tmp_path / "new"), "--data", str(backup.parent / "data")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert (tmp_path / "new" / "mine").read_text() == "x"
