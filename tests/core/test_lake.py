"""The lake keeps what is written to it, and finds it again."""

import os
import subprocess
from pathlib import Path

import pytest

from yuzhang.core.errors import InputRefused
from yuzhang.core.lake import Lake, wanted


def test_numbers_are_found_also_if_the_first_commit_had_rows_without_any(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    lake = Lake(tmp_path, 5000)
    with lake.cursor() as rows:
        rows.execute("CREATE TABLE seen (part INTEGER, value DOUBLE)")
        rows.execute("ALTER TABLE seen SET PARTITIONED BY (part)")
        rows.execute("CALL lake.set_option('data_inlining_row_limit', 0)")
        rows.execute("INSERT INTO seen VALUES (1, NULL), (2, 20), (2, 30)")
        rows.execute("INSERT INTO seen VALUES (2, 31), (2, 33)")

        assert rows.execute("SELECT value FROM seen WHERE value = 20").fetchall() == [(20.0,)]
        assert rows.execute("SELECT count(*) FROM seen WHERE value > 30").fetchone() == (2,)
        assert rows.execute("SELECT min(value), max(value) FROM seen").fetchone() == (20.0, 33.0)
    lake.close()


def test_text_with_a_null_character_is_refused_before_the_lake_is_asked() -> None:
    with pytest.raises(InputRefused) as refused:
        wanted("a\0b", "/region")
    assert refused.value.where == "/region"
    assert wanted("南昌市", "/region") == "南昌市"


def test_what_a_killed_process_left_of_its_sorting_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    gone = subprocess.Popen(["true"])
    gone.wait()
    left, own = tmp_path / f"spill-{gone.pid}", tmp_path / f"spill-{os.getpid()}"
    for one in (left, own):
        one.mkdir()
        (one / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"x")
    with Lake(tmp_path, 5000).reading() as rows:
        assert rows.execute("SELECT 1").fetchone() == (1,)
    assert not left.exists()
    assert own.exists()
