"""The command line: starting again after corrections, several starts at once, options that do not fit, a full disk."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, event
from typer.testing import CliRunner

from first_city import CITY, PLAN
from yuzhang.cli import app
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused
from yuzhang.core.storage import DiskFull, Storage
from yuzhang.loading import load_folder
from yuzhang.plan.figures.actions import figures_known, import_figures, imports, undo_import
from yuzhang.plan.registry import actions
from yuzhang.plan.registry.model import Review

GDP_2022 = "地区生产总值,2022,南昌市"


def corrected() -> bytes:
    """The shipped figures with another value for one of them."""
    rows = (CITY / "figures.csv").read_text("utf-8-sig").splitlines()
    row = next(row for row in rows if row.startswith(GDP_2022))
    value = row.split(",")[3]
    return "\n".join([rows[0], row.replace(f",{value},", ",7204,", 1)]).encode()


def test_a_corrected_figure_stays_corrected_when_yuzhang_starts_again(city: Storage) -> None:
    import_figures(city, OPERATOR, corrected(), "fix.csv", replace=True)
    load_folder(city, CITY, None)
    known = {(one.series, str(one.period)): one.value for one in figures_known(city, OPERATOR, "南昌市").figures}
    assert known["地区生产总值", "2022"] == 7204


def test_figures_that_were_taken_back_stay_away_when_yuzhang_starts_again(city: Storage) -> None:
    undo_import(city, OPERATOR, imports(city, OPERATOR)[-1].id)
    load_folder(city, CITY, None)
    assert figures_known(city, OPERATOR, "南昌市").figures == ()


def test_a_second_city_brings_its_own_series_and_figures(city: Storage, tmp_path: Path) -> None:
    other = Path(shutil.copytree(CITY, tmp_path / "other"))
    head = (
        (other / "plan.toml")
        .read_text("utf-8")
        .replace(PLAN, "other-14")
        .replace('region = "南昌市"', 'region = "某市"')
    )
    (other / "plan.toml").write_text(head, "utf-8")
    series = (
        '[[series]]\nname = "桥梁数"\ntitle = { zh = "桥梁数", en = "Bridges" }\nunit = "座"\nlow = 0\nhigh = 1000\n'
    )
    (other / "series.toml").write_text(series, "utf-8")
    header = (CITY / "figures.csv").read_text("utf-8-sig").splitlines()[0]
    (other / "figures.csv").write_text(f"{header}\n桥梁数,2022,某市,7,座,2023,sample,,,high\n", "utf-8")
    load_folder(city, other, None)
    assert [one.value for one in figures_known(city, OPERATOR, "某市").figures] == [7]


def test_several_first_starts_at_once_all_succeed(tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).parent / "yuzhang"),
        "city",
        "load",
        str(CITY),
        "--data",
        str(tmp_path / "data"),
    ]
    started = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(3)]
    said = [process.communicate()[1].decode() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    opened = Storage(tmp_path / "data")
    assert len(actions.revisions(opened, OPERATOR, PLAN)) == 1
    assert len(imports(opened, OPERATOR)) == 1
    opened.close()


@pytest.mark.parametrize(
    "options", [["--into", "a", "--register", "b"], ["--register", "b"], ["--register", "b", "--region", " "]]
)
def test_options_that_do_not_fit_are_refused_before_anything_is_written(tmp_path: Path, options: list[str]) -> None:
    text, out = tmp_path / "plan.txt", tmp_path / "c.jsonl"
    text.write_text("第一章 目标\n建成公园50个。\n", "utf-8")
    run = CliRunner().invoke(
        app, ["plan", "read", str(text), "--out", str(out), "--data", str(tmp_path / "d"), *options]
    )
    assert isinstance(run.exception, InputRefused)
    assert not out.exists()


def test_status_asks_which_plan_is_meant_and_says_how_to_load_one(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["plan", "status", "--data", str(tmp_path / "d")])
    assert isinstance(run.exception, InputRefused)
    assert "city load" in run.exception.line("en")


def test_a_full_disk_says_so_and_what_was_stored_before_is_whole(city: Storage) -> None:
    before = actions.registered(city, OPERATOR, PLAN)

    @event.listens_for(city.engine, "begin")
    def _full(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1")

    def reject_all() -> None:
        for one in before.commitments:
            actions.decide(city, OPERATOR, PLAN, one.id, Review.REJECTED)

    with pytest.raises(DiskFull):
        reject_all()
    event.remove(city.engine, "begin", _full)
    assert len(actions.registered(city, OPERATOR, PLAN).commitments) == len(before.commitments)


def test_a_server_that_is_asked_to_end_while_it_starts_ends_and_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).parent / "yuzhang"),
        "serve",
        "--trust",
        "machine",
        "--data",
        str(tmp_path / "d"),
        "--port",
        "0",
    ]
    command.append("--no-mqtt")
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert server.stdout is not None
    address = server.stdout.readline().strip().rpartition(" ")[2].rpartition("：")[2]
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=20) == 0
    port = int(address.rstrip("/").rpartition(":")[2])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    server.stdout.close()
