"""Observations over HTTP, out of a watched folder and from the terminal: kept once, or refused as a whole."""

import gzip
import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from brain.context.serving import Running
from foundation.sources.written import Seen, as_csv, as_lines, as_stream, table_of
from yuzhang import cli
from yuzhang.app import create_app
from yuzhang.brain.context.accepting import Intake
from yuzhang.brain.history.room import History
from yuzhang.core.errors import InputRefused
from yuzhang.core.settings import Settings
from yuzhang.foundation.log.embedded import EmbeddedLog
from yuzhang.foundation.log.errors import LogBusy
from yuzhang.foundation.sources import actions, api
from yuzhang.foundation.sources.folder import WatchedFolder
from yuzhang.foundation.sources.model import Door

START = 1_767_225_600_000_000
ROWS = [Seen("urn:ngsi-ld:Sensor:1", "speed", START + n * 1_000_000, float(n), type="Sensor") for n in range(5)]
WITHOUT_TYPE = [Seen(**{**one.__dict__, "type": ""}) for one in ROWS]
ENGLISH = {"LANG": "en_US.UTF-8", "LC_ALL": "", "LC_MESSAGES": ""}
CSV = {"content-type": "text/csv"}


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """The application over an empty data folder."""
    return create_app(Settings(tmp_path / "data", trust="machine"))


@pytest.fixture
def history(app: FastAPI, client: TestClient) -> History:
    """What it files."""
    found = app.state.history
    assert isinstance(found, History)
    return found


@pytest.fixture
def inbox(app: FastAPI, client: TestClient, tmp_path: Path) -> WatchedFolder:
    """A folder that is looked into when the test says so."""
    (tmp_path / "put").mkdir()
    assert isinstance(app.state.door, Door)
    return WatchedFolder(tmp_path / "put", app.state.door)


def filed(history: History) -> list[tuple[int, float]]:
    """Times and values of everything in history."""
    history.settle()
    numbers = [one.number for one in history.series_of("")]
    found = history.rows(numbers).to_pydict()
    stamps = found["time"]
    return list(
        zip(
            [int(one.timestamp() * 1e6) if hasattr(one, "timestamp") else one for one in stamps],
            found["value"],
            strict=True,
        )
    )


def test_a_batch_is_accepted_sent_again_and_filed_once(client: TestClient, history: History) -> None:
    for _ in range(2):
        answer = client.post(
            "/api/observations", content=gzip.compress(as_csv(ROWS)), headers={**CSV, "content-encoding": "gzip"}
        )
        assert (answer.status_code, answer.json()) == (201, {"accepted": 5})

    assert [value for _, value in filed(history)] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_arrow_of_unknown_entities_needs_their_type_and_a_data_array_may_name_a_number(
    client: TestClient, history: History
) -> None:
    body = as_stream(table_of(WITHOUT_TYPE))
    arrow = {"content-type": "application/vnd.apache.arrow.stream"}

    refused = client.post("/api/observations", content=body, headers=arrow)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-entities")
    assert history.series_of("") == []
    assert client.post("/api/observations?type=Sensor", content=body, headers=arrow).status_code == 201
    history.settle()
    array = [
        {
            "Datastream": {"@iot.id": history.series_of("")[0].number},
            "components": ["phenomenonTime", "result"],
            "dataArray": [["2026-01-02T00:00:00Z", 9]],
        }
    ]
    assert client.post("/api/observations", json=array).json() == {"accepted": 1}
    array[0]["Datastream"] = {"@iot.id": 99_999}
    assert client.post("/api/observations", json=array).json()["where"] == "/0/Datastream"
    assert len(filed(history)) == 6


def test_a_refusal_is_a_problem_with_row_and_column_and_nothing_is_kept(client: TestClient, history: History) -> None:
    bad = as_csv(ROWS) + b"urn:x:1,speed,,,,yesterday,5\n"

    answer = client.post("/api/observations", content=bad, headers=CSV)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["where"] == "row 6, column time"
    assert client.post("/api/observations", content=b"x", headers={"content-type": "text/html"}).status_code == 415
    assert client.post("/api/observations", content=b"x", headers={**CSV, "content-encoding": "br"}).status_code == 415
    assert filed(history) == []


def test_a_stranger_is_refused_before_anything_is_read(stranger: TestClient) -> None:
    answer = stranger.post("/api/observations", content=as_csv(ROWS), headers=CSV)

    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-needed")


def test_who_sends_too_fast_is_told_when_to_try_again(
    client: TestClient, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: EmbeddedLog) -> None:
        raise LogBusy.at(2**30)

    with monkeypatch.context() as busy:
        busy.setattr(EmbeddedLog, "check_room", full)
        answer = client.post("/api/observations", content=as_csv(ROWS), headers=CSV)
    with monkeypatch.context() as crowded:
        crowded.setattr(api, "room", actions.Room(100))
        with api.room.taken(90):
            second = client.post("/api/observations", content=as_csv(ROWS), headers=CSV)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert (second.status_code, second.json()["code"]) == (429, "too-many-sending")
    assert client.post("/api/observations", content=as_csv(ROWS), headers=CSV).status_code == 201
    assert len(filed(history)) == 5


def test_the_description_of_the_interface_names_the_formats(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()["paths"]["/api/observations"]["post"]

    assert set(described["requestBody"]["content"]) >= {
        "text/csv",
        "application/json",
        "application/vnd.apache.parquet",
    }


def names(folder: Path) -> list[str]:
    """The files in a folder."""
    return sorted(one.name for one in folder.iterdir() if one.is_file()) if folder.exists() else []


def test_a_whole_file_is_taken_and_moved_and_one_that_still_grows_is_left(
    inbox: WatchedFolder, history: History
) -> None:
    (inbox.folder / "a.csv.gz").write_bytes(gzip.compress(as_csv(ROWS)))
    (inbox.folder / "b.ndjson.part").write_bytes(as_lines(ROWS))
    inbox.look()
    assert names(inbox.folder / "done") == []
    (inbox.folder / "a.csv.gz").write_bytes(gzip.compress(as_csv(ROWS)) + gzip.compress(b""))
    inbox.look()
    assert names(inbox.folder / "done") == []

    inbox.look()

    assert names(inbox.folder) == ["b.ndjson.part"]
    assert names(inbox.folder / "done") == ["a.csv.gz"]
    assert len(filed(history)) == 5


def test_a_file_that_cannot_be_read_is_set_aside_with_the_reason(inbox: WatchedFolder, history: History) -> None:
    (inbox.folder / "bad.csv").write_bytes(as_csv(ROWS) + b"urn:x:1,speed,,,,yesterday,5\n")
    (inbox.folder / "notes.txt").write_text("hello")
    inbox.look()
    inbox.look()

    assert names(inbox.folder / "refused") == ["bad.csv", "bad.csv.problem.json", "notes.txt", "notes.txt.problem.json"]
    problem = json.loads((inbox.folder / "refused" / "bad.csv.problem.json").read_text(encoding="utf-8"))
    assert problem["accepted"] == 0
    assert problem["en"]["where"] == "row 6, column time"
    assert problem["zh"]["fix"]
    assert filed(history) == []


def test_a_file_taken_but_not_moved_before_a_crash_is_taken_again_and_doubles_nothing(
    inbox: WatchedFolder, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox.folder / "a.csv").write_bytes(as_csv(ROWS))

    def dies(*_: object) -> None:
        raise SystemError("the power is gone")

    with monkeypatch.context() as crash:
        crash.setattr("yuzhang.foundation.sources.folder.moved", dies)
        inbox.look()
        with pytest.raises(SystemError):
            inbox.look()
    after = WatchedFolder(inbox.folder, inbox._door)
    after.look()
    after.look()

    assert names(inbox.folder / "done") == ["a.csv"]
    assert len(filed(history)) == 5


def test_a_file_waits_while_the_log_is_full_and_goes_on_where_it_was(
    inbox: WatchedFolder, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yuzhang.foundation.sources.formats.tables.SLICE_ROWS", 2)
    (inbox.folder / "a.csv").write_bytes(as_csv(ROWS))
    calls: list[int] = []
    real = Intake.observe_now

    def third_time_full(self: Intake, *given: object) -> int:
        calls.append(1)
        if len(calls) == 3:
            raise LogBusy.at(2**30)
        return real(self, *given)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(Intake, "observe_now", third_time_full)
    inbox.look()
    inbox.look()
    assert names(inbox.folder) == ["a.csv"]
    inbox.look()

    assert names(inbox.folder / "done") == ["a.csv"]
    assert len(calls) == 4
    assert len(filed(history)) == 5


def put_in_its_place(path: Path, content: bytes) -> None:
    """Put a file where one of that name lies, as a program does that writes beside and renames."""
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(content)
    beside.rename(path)


CORRECTED = [Seen(**{**one.__dict__, "value": one.value + 10}) for one in ROWS]


def test_a_corrected_file_that_takes_the_place_of_one_that_waits_is_taken_from_its_beginning(
    inbox: WatchedFolder, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yuzhang.foundation.sources.formats.tables.SLICE_ROWS", 1)
    (inbox.folder / "a.csv").write_bytes(as_csv(ROWS))
    calls: list[int] = []
    real = Intake.observe_now

    def fourth_time_full(self: Intake, *given: object) -> int:
        calls.append(1)
        if len(calls) == 4:
            raise LogBusy.at(2**30)
        return real(self, *given)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(Intake, "observe_now", fourth_time_full)
    inbox.look()
    inbox.look()
    assert len(calls) == 4

    put_in_its_place(inbox.folder / "a.csv", as_csv(CORRECTED))
    inbox.look()
    inbox.look()

    assert names(inbox.folder / "done") == ["a.csv"]
    assert len(calls) == 4 + 5
    assert {value for _, value in filed(history)} >= {10.0, 11.0, 12.0, 13.0, 14.0}


@pytest.mark.parametrize("end", [b"", b"urn:x:1,speed,,,,yesterday,5\n"], ids=["good", "bad"])
def test_a_file_that_takes_the_place_of_one_that_is_being_read_is_not_put_away_unread(
    inbox: WatchedFolder, history: History, monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    monkeypatch.setattr("yuzhang.foundation.sources.formats.tables.SLICE_ROWS", 1)
    path = inbox.folder / "a.csv"
    path.write_bytes(as_csv(ROWS[:2]) + end)
    real = Intake.observe_now

    def meanwhile(self: Intake, *given: object) -> int:
        put_in_its_place(path, as_csv(CORRECTED))
        return real(self, *given)  # type: ignore[arg-type]  # passed on as it came

    inbox.look()
    with monkeypatch.context() as while_it_is_read:
        while_it_is_read.setattr(Intake, "observe_now", meanwhile)
        inbox.look()
    assert (names(inbox.folder), names(inbox.folder / "done"), names(inbox.folder / "refused")) == (["a.csv"], [], [])
    inbox.look()
    inbox.look()

    assert names(inbox.folder / "done") == ["a.csv"]
    assert {value for _, value in filed(history)} >= {10.0, 11.0, 12.0, 13.0, 14.0}


def test_the_inbox_of_a_running_application_is_watched_and_two_files_of_one_name_both_stay(
    app: FastAPI, tmp_path: Path
) -> None:
    inbox = tmp_path / "data" / "inbox"
    (inbox / "done").mkdir(parents=True)
    (inbox / "done" / "a.csv").write_text("the one before")
    (inbox / "a.csv").write_bytes(as_csv(ROWS))
    watched = WatchedFolder(inbox, app.state.door)
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)):
        watched.look()
        watched.look()

    assert names(inbox / "done") == ["2-a.csv", "a.csv"]


def test_files_are_imported_into_a_folder_and_found_when_the_server_starts(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.ndjson"
    first.write_bytes(as_csv(WITHOUT_TYPE[:3]))
    second.write_bytes(as_lines(ROWS[3:]))
    command = ["observations", "import", str(first), str(second), "--data", str(tmp_path / "data"), "--type", "Sensor"]

    done = CliRunner().invoke(cli.app, command, env=ENGLISH, catch_exceptions=False)

    assert "5 observations were imported" in done.output
    application = create_app(Settings(tmp_path / "data", trust="machine"))
    with TestClient(application, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)):
        assert len(filed(application.state.history)) == 5


def test_files_are_sent_to_a_running_server_and_a_refusal_names_the_file(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.csv", tmp_path / "b.csv"
    good.write_bytes(as_csv(ROWS))
    bad.write_bytes(as_csv(ROWS) + b"urn:x:1,speed,,,,yesterday,5\n")
    with Running(tmp_path / "data") as server:
        command = ["observations", "import", "--url", server.address, "--data", str(tmp_path / "none")]
        done = CliRunner().invoke(cli.app, [*command, str(good)], env=ENGLISH, catch_exceptions=False)
        refused = CliRunner().invoke(cli.app, [*command, str(bad)], env=ENGLISH)

    assert "5 observations were imported" in done.output
    assert isinstance(refused.exception, InputRefused)
    assert refused.exception.where == f"{bad}: row 6, column time"
    assert not (tmp_path / "none").exists()


def test_an_import_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    missing = tmp_path / "missing.csv"

    refused = CliRunner().invoke(cli.app, ["observations", "import", str(missing), "--data", str(tmp_path / "data")])

    assert isinstance(refused.exception, InputRefused)
    assert refused.exception.where == str(missing)
