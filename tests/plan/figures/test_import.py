"""Figures are taken in whole or not at all, and every bad row is named."""

import os
import signal
import subprocess
import sys
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from plan.figures.samples import CITY, COLUMNS, GOOD, sheet
from yuzhang.core.access import OPERATOR, STRANGER, Party
from yuzhang.core.errors import InputRefused, NotAllowed
from yuzhang.core.lake import newest_snapshot
from yuzhang.core.storage import Storage
from yuzhang.core.tables.errors import SheetUnreadable
from yuzhang.plan.figures import store
from yuzhang.plan.figures.actions import define_series, figure_history, figures_known, import_figures, imports
from yuzhang.plan.figures.checking import Candidate
from yuzhang.plan.figures.errors import FiguresRefused


def _snapshot(storage: Storage) -> int:
    """The lake's newest snapshot: it stays as long as nothing at all is written."""
    with storage.lake() as lake:
        return newest_snapshot(lake)


def _refused(storage: Storage, content: bytes) -> InputRefused:
    """The refusal of `content`; nothing may be written."""
    before = _snapshot(storage)
    with pytest.raises(InputRefused) as refused:
        import_figures(storage, OPERATOR, content, "figures.csv")
    assert _snapshot(storage) == before
    return refused.value


def test_published_file_is_imported_whole_and_then_known(empty: Storage) -> None:
    content = (CITY / "figures.csv").read_bytes()
    define_series(empty, OPERATOR, CITY / "series.toml")
    planned = import_figures(empty, OPERATOR, content, "figures.csv", dry_run=True)
    assert (planned.rows, planned.added, planned.import_id, imports(empty, OPERATOR)) == (58, 58, None, ())

    done = import_figures(empty, OPERATOR, content, "figures.csv")
    again = import_figures(empty, OPERATOR, content, "figures.csv")

    assert (done.rows, done.added, done.known) == (58, 58, 0)
    assert done.differences == planned.differences
    assert (again.added, again.known, again.import_id) == (0, 58, None)
    assert [(record.by, record.filename, record.rows) for record in imports(empty, OPERATOR)] == [
        ("operator", "figures.csv", 58)
    ]


def test_year_only_vintage_is_known_from_the_last_day_of_its_year(storage: Storage) -> None:
    import_figures(storage, OPERATOR, sheet({"vintage": "2025"}), "a.csv")
    assert figures_known(storage, OPERATOR, "甲市", as_of=date(2025, 12, 30)).figures == ()
    assert len(figures_known(storage, OPERATOR, "甲市", as_of=date(2025, 12, 31)).figures) == 1


BAD_CELLS = [
    ({"indicator": "地区生产总直"}, "indicator", "Near to it: 地区生产总值"),
    ({"indicator": ""}, "indicator", "empty"),
    ({"period": "2023年"}, "period", "2021/2025"),
    ({"period": "南昌市", "region": "7203.5"}, "period", "is no period"),
    ({"value": "亿元", "unit": "7203.5"}, "value", "is no number"),
    ({"value": "7,203.5"}, "value", "thousands separator"),
    ({"value": "7203.5亿元"}, "value", "without unit"),
    ({"value": "nan"}, "value", "is no number"),
    ({"value": "1e999"}, "value", "is no number"),
    ({"value": ""}, "value", "empty"),
    ({"value": "7203500"}, "value", "out of the plausible range of “地区生产总值”, 100 to 50000 亿元"),
    ({"value": "-1", "unit": "%", "indicator": "森林覆盖率"}, "value", "out of the plausible range"),
    ({"unit": "亿圈"}, "unit", "not a known unit"),
    ({"unit": "万吨"}, "unit", "cannot be converted"),
    ({"unit": "亿美元"}, "unit", "stated rate"),
    ({"indicator": "森林覆盖率", "value": "2", "unit": "个百分点"}, "unit", "difference of two shares"),
    ({"vintage": "2024-13-01"}, "vintage", "no date of publication"),
    ({"vintage": "去年"}, "vintage", "no date of publication"),
    ({"vintage": "2022-12-31"}, "vintage", "before the period 2023"),
    ({"region": ""}, "region", "empty"),
    ({"indicator": "实际利用外资额", "value": "40", "unit": "亿美元", "region": "乙市"}, "region", "of 甲市 only"),
    ({"source_title": ""}, "source_title", "empty"),
    ({"source_url": "javascript:alert(1)"}, "source_url", "http"),
    ({"source_url": "http://[bad"}, "source_url", "no address"),
    ({"confidence": "sure"}, "confidence", "high, medium or low"),
    ({"quote": "字" * 4001}, "quote", "longer than 4000"),
    ({"quote": "a\x07b"}, "quote", "control characters"),
    ({"value": "7_203"}, "value", "is no number"),
    ({"vintage": "2999-01-01"}, "vintage", "later than today"),
    ({"vintage": str(date.today() + timedelta(2))}, "vintage", "later than today"),
    ({"vintage": str(date.today().year + 2)}, "vintage", "later than today"),
    ({"region": "甲市\u200b"}, "region", "invisible character, U+200B"),
    ({"indicator": "地区生产\u00ad总值"}, "indicator", "invisible character, U+00AD"),
    ({"unit": "\u202e亿元"}, "unit", "invisible character, U+202E"),
    ({"period": "2023\ufeff"}, "period", "invisible character, U+FEFF"),
    ({"vintage": "2024\u200d"}, "vintage", "invisible character, U+200D"),
    ({"region": "甲\x01市"}, "region", "control characters"),
]


@pytest.mark.parametrize(("cells", "column", "words"), BAD_CELLS)
def test_bad_cell_is_named_and_nothing_is_stored(
    refusing: Storage, cells: dict[str, str], column: str, words: str
) -> None:
    refused = _refused(refusing, sheet({}, cells))
    assert isinstance(refused, FiguresRefused)
    named = {(problem.row, problem.column) for problem in refused.problems}
    assert (3, column) in named
    assert {row for row, _ in named} == {3}
    assert words in refused.detail.en
    assert refused.fix


def test_invisible_sign_is_the_only_thing_said_of_its_cell_and_does_not_hinder_a_quote(storage: Storage) -> None:
    refused = _refused(storage, sheet({"indicator": "地区生产总值\u200b", "value": "x"}))
    assert isinstance(refused, FiguresRefused)
    assert [problem.column for problem in refused.problems] == ["indicator", "value"]
    assert import_figures(storage, OPERATOR, sheet({"quote": "增长\u200b8%"}), "a.csv").added == 1


def test_figure_published_today_or_this_year_is_taken(storage: Storage) -> None:
    today = date.today()
    content = sheet({"vintage": str(today)}, {"period": "2022", "vintage": str(today.year)})
    assert import_figures(storage, OPERATOR, content, "a.csv").added == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf  \r\n ,, \r\n", "empty"),
        (",".join(COLUMNS).encode(), "holds no figures"),
        ("indicator,period,region,unit\n地区生产总值,2023,甲市,亿元".encode(), "lacks the columns value, vintage"),
        (sheet({}).replace(b"quote", b"value"), "lacks the columns quote"),
        (sheet({}).replace(b"quote,", b"quote,note,"), "not known or given twice: note"),
        (
            sheet({}).replace("2023,甲市".encode(), "2023,,甲市".encode()),
            "11 cells, the heading 10: its columns are shifted",
        ),
        (sheet({}).replace("2023,甲市".encode(), "甲市".encode()), "9 cells"),
        (sheet({}).decode().encode("utf-16"), "no text in UTF-8 or GB18030"),
        (sheet({}) + b"\xff\xff\xff", "neither UTF-8 nor GB18030"),
        (sheet({}) + b'"never closed', "broken near line 3"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old Excel"),
        (b'[{"indicator": 1}', "JSON is broken"),
        (b'["a"]', "array of objects"),
        (b"[]", "holds no figures"),
        (b"[" * 100_000, "JSON is broken"),
        (b"x" * 20_000_001, "the limit is 20 MB"),
    ],
)
def test_file_that_is_no_table_is_refused(refusing: Storage, content: bytes, words: str) -> None:
    refused = _refused(refusing, content)
    assert words in refused.line("en")
    assert refused.fix


def test_every_bad_row_is_counted_and_the_first_twenty_are_shown(refusing: Storage) -> None:
    refused = _refused(refusing, sheet({}, *({"value": "?"},) * 30))
    assert isinstance(refused, FiguresRefused)
    assert refused.total == 30
    assert [problem.row for problem in refused.problems] == list(range(3, 23))
    assert "row 3, value" in refused.detail.en
    assert "第 3 行 value" in refused.detail.zh
    assert "and 10 more" in refused.detail.en
    assert refused.problem("en")["problems"][0]["row"] == 3


def test_gb18030_is_read_as_well(storage: Storage) -> None:
    import_figures(storage, OPERATOR, sheet({}).decode().encode("gb18030"), "a.csv")
    assert figures_known(storage, OPERATOR, "甲市").figures[0].quote == GOOD["quote"]


def test_chinese_headings_and_aliases_are_understood(storage: Storage) -> None:
    heading = "指标,时期,地区,数值,单位,发布时间,来源标题,来源网址,原文,可信度"
    content = sheet({"indicator": "GDP"}).replace(",".join(COLUMNS).encode(), heading.encode())
    import_figures(storage, OPERATOR, content, "a.csv")
    assert figures_known(storage, OPERATOR, "甲市").figures[0].series == "地区生产总值"


def test_statements_in_cells_are_stored_as_text(storage: Storage) -> None:
    evil = "'); DROP TABLE figures; --"
    import_figures(storage, OPERATOR, sheet({"region": evil, "quote": evil, "source_title": evil}), evil)
    assert figures_known(storage, OPERATOR, evil).figures[0].quote == evil
    assert figure_history(storage, OPERATOR, evil, "' OR 1=1 --") == ()
    assert imports(storage, OPERATOR)[0].filename == evil


class PowerCutError(Exception):
    pass


def _write_half(storage: Storage, written: list[Candidate]) -> None:
    with store.writing(storage) as lake:
        store.insert_figures(lake, 1, written)
        raise PowerCutError


def test_import_that_breaks_off_leaves_nothing(storage: Storage) -> None:
    settled = import_figures(storage, OPERATOR, sheet({}), "a.csv", dry_run=True)
    written = [Candidate(2, settled.differences[0].figure, 7203.5)]
    with pytest.raises(PowerCutError):
        _write_half(storage, written)

    assert figures_known(storage, OPERATOR, "甲市").figures == ()
    assert import_figures(storage, OPERATOR, sheet({}), "a.csv").added == 1


KILLED = """
from yuzhang.plan.figures.checking import Candidate
import os, signal, sys
from pathlib import Path
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.plan.figures import store
from yuzhang.plan.figures.actions import import_figures

storage = Storage(Path(sys.argv[1]))
settled = import_figures(storage, OPERATOR, Path(sys.argv[2]).read_bytes(), "a.csv", dry_run=True)
with store.writing(storage) as lake:
    store.insert_figures(lake, 1, [Candidate(one.row, one.figure, 1.0) for one in settled.differences])
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_process_killed_while_writing_leaves_nothing(storage: Storage, tmp_path: Path) -> None:
    content = sheet(*({"period": str(year), "vintage": "2026-01-01"} for year in range(1990, 2020)))
    (tmp_path / "a.csv").write_bytes(content)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(storage.folder), str(tmp_path / "a.csv")], check=False, env=os.environ
    )
    assert killed.returncode == -signal.SIGKILL
    assert figures_known(storage, OPERATOR, "甲市").figures == ()
    assert import_figures(storage, OPERATOR, content, "a.csv").added == 30


def test_two_imports_at_once_never_store_two_values(storage: Storage) -> None:
    outcomes: list[str] = []

    def take(value: str) -> None:
        try:
            import_figures(storage, OPERATOR, sheet({"value": value}), "a.csv")
            outcomes.append("taken")
        except FiguresRefused:
            outcomes.append("refused")

    threads = [threading.Thread(target=take, args=(str(value),)) for value in (7000, 7001, 7002, 7003)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "refused", "refused", "taken"]
    assert len(figure_history(storage, OPERATOR, "甲市", "地区生产总值")) == 1


def test_stranger_and_reader_may_not_import(refusing: Storage) -> None:
    for party in (STRANGER, Party("someone", frozenset({"reader"}))):
        with pytest.raises(NotAllowed):
            import_figures(refusing, party, sheet({}), "a.csv")


def test_file_name_is_kept_without_its_path_or_control_signs(storage: Storage) -> None:
    import_figures(storage, OPERATOR, sheet({}), "../../etc/a\x1b[0m.csv")
    assert imports(storage, OPERATOR)[0].filename == "a[0m.csv"


def test_unread_columns_say_what_a_file_needs(refusing: Storage) -> None:
    refused = _refused(refusing, b"a,b\n1,2")
    assert isinstance(refused, SheetUnreadable)
    assert refused.fix
    assert "source_title" in refused.fix.en
