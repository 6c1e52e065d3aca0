"""Excel workbooks in, and files out that come in again unchanged."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from plan.figures.samples import CITY, COLUMNS, GOOD, sheet
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.core.tables.errors import SheetTooLarge, SheetUnreadable
from yuzhang.core.tables.sheets import SheetFormat
from yuzhang.plan.figures.actions import define_series, export_figures, figures_known, import_figures
from yuzhang.plan.figures.errors import FiguresRefused
from yuzhang.plan.figures.sheets import read_sheet, write_sheet

FORMS: tuple[SheetFormat, ...] = ("csv", "xlsx")


def _book(*rows: Sequence[object]) -> bytes:
    """A workbook as a planner would save it."""
    book = Workbook()
    active = book.active
    assert active is not None
    for row in rows:
        active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _row(**cells: object) -> list[object]:
    return list((GOOD | cells).values())


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_workbook_with_numbers_and_dates_is_read_as_meant(storage: Storage) -> None:
    content = _book(
        COLUMNS,
        _row(period=2022, value=7000, vintage=2023),
        _row(period=datetime(2023, 7, 1), value=612.25, vintage=date(2023, 8, 15)),
    )
    import_figures(storage, OPERATOR, content, "a.xlsx")
    found = figures_known(storage, OPERATOR, "甲市").figures
    assert [(str(one.period), one.value, one.vintage) for one in found] == [
        ("2022", 7000.0, "2023"),
        ("2023-07", 612.25, "2023-08-15"),
    ]


def test_bad_row_of_a_workbook_is_named_as_excel_numbers_it(refusing: Storage) -> None:
    content = _book([None] * 10, COLUMNS, _row(), [None] * 10, _row(value="未知", period="2022"))
    with pytest.raises(FiguresRefused) as refused:
        import_figures(refusing, OPERATOR, content, "a.xlsx")
    assert [(one.row, one.column) for one in refused.value.problems] == [(5, "value")]


def _swapped(member: str, content: bytes) -> bytes:
    """A good workbook with one of its members replaced."""
    with zipfile.ZipFile(io.BytesIO(_book(COLUMNS, _row()))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return _zip(members | {member: content})


FAR_CELL = b'<worksheet><sheetData><row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
TOO_LARGE: dict[str, tuple[Callable[[], bytes], str]] = {
    "unpacks to gigabytes": (lambda: _swapped("xl/sharedStrings.xml", b"x" * 201_000_000), "more than 200 MB"),
    "one far cell": (lambda: _swapped("xl/worksheets/sheet1.xml", FAR_CELL), "beyond 64 columns"),
    "far cell over the edge of a piece": (
        lambda: _swapped("xl/worksheets/sheet1.xml", b" " * ((1 << 20) - 92) + FAR_CELL),
        "beyond 64 columns",
    ),
    "thousands of parts": (
        lambda: _zip({"xl/workbook.xml": b"", **{f"{part}": b"" for part in range(1001)}}),
        "1002 parts",
    ),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_workbook_that_unpacks_to_too_much_is_refused_before_it_is_read(refusing: Storage, name: str) -> None:
    make, words = TOO_LARGE[name]
    with pytest.raises(SheetTooLarge) as refused:
        import_figures(refusing, OPERATOR, make(), "a.xlsx")
    assert words in refused.value.detail.en


BROKEN: dict[str, Callable[[], bytes]] = {
    "cut off": lambda: _book(COLUMNS, _row())[:-200],
    "no workbook in it": lambda: _zip({"word/document.xml": b""}),
    "two kinds at once": lambda: _zip({"xl/workbook.xml": b"", "content.xml": b""}),
    "sheet is no XML": lambda: _swapped("xl/worksheets/sheet1.xml", b"\x00\x01<"),
    "workbook is no XML": lambda: _swapped("xl/workbook.xml", b"nothing"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_workbook_is_refused_with_what_to_do(refusing: Storage, name: str) -> None:
    with pytest.raises(SheetUnreadable) as refused:
        import_figures(refusing, OPERATOR, BROKEN[name](), "a.xlsx")
    assert refused.value.fix


@pytest.mark.parametrize("shown_as", ["0%", "0.00%", "#,##0.0%"])
def test_cell_shown_as_a_percentage_is_refused_since_excel_keeps_a_hundredth(refusing: Storage, shown_as: str) -> None:
    book = Workbook()
    active = book.active
    assert active is not None
    active.append(COLUMNS)
    active.append(_row(indicator="森林覆盖率", value=0.921, unit="%"))
    active["D2"].number_format = shown_as
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(SheetUnreadable, match="Cell D2 is formatted as a percentage"):
        import_figures(refusing, OPERATOR, out.getvalue(), "a.xlsx")


def test_percentage_on_another_sheet_does_not_hinder(storage: Storage) -> None:
    book = Workbook()
    active = book.active
    assert active is not None
    active.append(COLUMNS)
    active.append(_row(value=7203.5))
    other = book.create_sheet("notes")
    other.append([0.5])
    other["A1"].number_format = "0%"
    out = io.BytesIO()
    book.save(out)
    assert import_figures(storage, OPERATOR, out.getvalue(), "a.xlsx").added == 1


def test_export_of_the_published_figures_comes_in_again_with_no_change(empty: Storage) -> None:
    define_series(empty, OPERATOR, CITY / "series.toml")
    import_figures(empty, OPERATOR, (CITY / "figures.csv").read_bytes(), "figures.csv")
    region = "南昌市"
    for form in FORMS:
        content = export_figures(empty, OPERATOR, region, format=form)
        again = import_figures(empty, OPERATOR, content, f"figures.{form}", replace=True)
        assert (again.rows, again.added, again.known, again.withdrawn) == (58, 0, 58, 0)
    assert export_figures(empty, OPERATOR, region).startswith(b"\xef\xbb\xbfindicator,")


EVIL = ("=1+1", "+8.7%", "-5", "@SUM(A1)", "'=quoted", '=HYPERLINK("http://x")', "''-")


def test_no_text_of_an_export_runs_as_a_formula_and_all_come_in_again(storage: Storage) -> None:
    # JSON carries texts as they are, so that the stored quotes are exactly these.
    rows = [GOOD | {"period": str(2000 + place), "vintage": "2024", "quote": text} for place, text in enumerate(EVIL)]
    import_figures(storage, OPERATOR, json.dumps(rows).encode(), "a.json")
    assert [one.quote for one in figures_known(storage, OPERATOR, "甲市").figures] == list(EVIL)
    for form in FORMS:
        content = export_figures(storage, OPERATOR, "甲市", format=form)
        assert import_figures(storage, OPERATOR, content, f"a.{form}").known == len(EVIL)
        if form == "csv":
            assert not any(
                cell.startswith(("=", "+", "-", "@")) for cell in content.decode().replace('"', "").split(",")
            )
        else:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
                assert b"<hyperlink" not in archive.read("xl/worksheets/sheet1.xml")


CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1, max_size=20
)


@given(st.lists(st.fixed_dictionaries({name: CELLS for name in COLUMNS}), min_size=1, max_size=5))
def test_any_text_is_read_back_from_csv_as_it_was_written(rows: list[dict[str, str]]) -> None:
    content = write_sheet(rows, "csv")
    assert [row.cells for row in read_sheet(content, "a.csv").rows] == rows


@given(st.lists(st.fixed_dictionaries({name: CELLS for name in COLUMNS}), min_size=1, max_size=3))
def test_any_text_is_read_back_from_a_workbook_as_it_was_written(rows: list[dict[str, str]]) -> None:
    content = write_sheet(rows, "xlsx")
    assert [row.cells for row in read_sheet(content, "a.xlsx").rows] == rows


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_is_read_back_as_the_same_number(value: float) -> None:
    content = write_sheet([GOOD | {"value": value}], "csv")
    assert float(read_sheet(content, "a.csv").rows[0].cells["value"]) == value


def test_export_of_an_unknown_region_is_a_heading_to_fill_in(storage: Storage) -> None:
    import_figures(storage, OPERATOR, sheet({}), "a.csv")
    assert export_figures(storage, OPERATOR, "乙市").decode("utf-8-sig").strip() == ",".join(COLUMNS)
