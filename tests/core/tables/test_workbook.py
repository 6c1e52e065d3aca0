"""Workbooks of strangers: those that unfold in the reader are refused before it sees them."""

import io
import zipfile

import pytest

from yuzhang.core.tables import workbook
from yuzhang.core.tables.errors import SheetTooLarge, SheetUnreadable
from yuzhang.core.tables.workbook import workbook_rows, write_workbook

SPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET, TEXTS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"


def book(**parts: bytes) -> bytes:
    """A workbook with these cells (as XML), shared texts and styles."""
    with zipfile.ZipFile(io.BytesIO(write_workbook(["a"], [["x"]]))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if "cells" in parts:
        members[SHEET] = b"<worksheet %s><sheetData>%s</sheetData></worksheet>" % (SPACE, parts["cells"])
    if "texts" in parts:
        members[TEXTS] = b"<sst %s>%s</sst>" % (SPACE, parts["texts"])
    if "styles" in parts:
        members[STYLES] = b"<styleSheet %s>%s</styleSheet>" % (SPACE, parts["styles"])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def shared(cells: int, place: bytes = b"0") -> bytes:
    """Rows of one cell that points to a shared text."""
    return b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>%s</v></c></row>' % (row, row, place) for row in range(1, cells + 1)
    )


LONG = b"<si><t>%s</t></si>" % (b"x" * 1_000_000)
SHORT = b"<si><t>y</t></si>"


def test_short_texts_that_many_cells_share_are_read() -> None:
    assert workbook_rows(book(cells=shared(5_000), texts=SHORT), "a.xlsx") == [["y"]] * 5_000


def test_long_text_that_few_cells_share_is_read() -> None:
    rows = workbook_rows(book(cells=shared(3, b"1"), texts=SHORT + LONG), "a.xlsx")
    assert [len(row[0]) for row in rows] == [1_000_000] * 3


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        (shared(5_000), LONG),
        (shared(5_000).replace(b"<", b"<x:").replace(b"<x:/", b"</x:"), LONG),
        (shared(5_000, b" 0"), LONG),
        (shared(5_000, b"&#48;"), LONG),
        (shared(201), b"<si><r><t>%s</t></r><r><t>%s</t></r></si>" % (b"x" * 500_000, b"x" * 500_000)),
        (shared(5_000, b"1"), b"<si/>" + LONG),
    ],
    ids=[
        "plain",
        "with a prefix",
        "with a blank",
        "as a character reference",
        "in formatted pieces",
        "after an empty one",
    ],
)
def test_small_workbook_whose_cells_share_a_text_of_a_megabyte_is_refused(cells: bytes, texts: bytes) -> None:
    content = book(cells=cells.replace(b"<x:row", b'<x:row xmlns:x="x"'), texts=texts)
    assert len(content) < 100_000
    with pytest.raises(SheetTooLarge, match="more than 200 MB"):
        workbook_rows(content, "a.xlsx")


def test_inline_texts_and_shared_ones_are_added_up() -> None:
    inline = b'<row><c t="inlineStr"><is><t>%s</t></is></c></row>' % (b"x" * 1_500_000)
    with pytest.raises(SheetTooLarge, match="more than 200 MB"):
        workbook_rows(book(cells=shared(199) + inline, texts=LONG), "a.xlsx")


@pytest.mark.parametrize(
    "cells",
    [
        shared(1, b"0<!-- -->1"),
        shared(1, b"0<x/>1"),
        shared(1, b"0<?x?>1"),
        shared(1, b"<![CDATA[0]]>"),
        b'<row r="1"><c r="A1"><v>1</v></row>',
    ],
)
def test_sheet_that_readers_may_understand_differently_is_refused(cells: bytes) -> None:
    with pytest.raises(SheetUnreadable) as refused:
        workbook_rows(book(cells=cells, texts=LONG + SHORT), "a.xlsx")
    assert refused.value.fix


def test_document_type_that_could_define_texts_of_its_own_is_refused() -> None:
    content = book(cells=shared(1), texts=SHORT)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[TEXTS] = b'<!DOCTYPE sst [<!ENTITY a "aaaa">]>' + members[TEXTS]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in members.items():
            archive.writestr(name, part)
    with pytest.raises(SheetUnreadable):
        workbook_rows(out.getvalue(), "a.xlsx")


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        (b'<row r="1"><c r="ZZZZZZZZ1"><v>1</v></c></row>', SheetTooLarge),
        (b'<row r="1"><c r="A99999999999"><v>1</v></c></row>', SheetTooLarge),
        (b'<row r="1"><c r="BM1"><v>1</v></c></row>', SheetTooLarge),
        (b'<row r="1">' + b"<c><v>1</v></c>" * 65 + b"</row>", SheetTooLarge),
        (b"<row/>" * 200_000 + b"<row><c><v>1</v></c></row>", SheetTooLarge),
        (b'<row r="1"><c r="1"><v>1</v></c></row>', SheetUnreadable),
        (b'<row r="1"><c r="A"><v>1</v></c></row>', SheetUnreadable),
    ],
)
def test_cell_that_lies_too_far_away_or_nowhere_is_refused(cells: bytes, error: type[SheetUnreadable]) -> None:
    with pytest.raises(error):
        workbook_rows(book(cells=cells), "a.xlsx")


def test_cells_without_places_follow_one_another() -> None:
    cells = b'<row><c><v>1</v></c><c r="C1"><v>2</v></c></row><row><c><v>3</v></c></row>'
    assert workbook_rows(book(cells=cells), "a.xlsx") == [["1", "", "2"], ["3", "", ""]]


DATES = b'<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'


def test_date_before_all_time_on_which_the_reader_gives_up_is_refused_not_raised() -> None:
    cells = b'<row r="1"><c r="A1" s="1"><v>-1e300</v></c></row>'
    with pytest.raises(SheetUnreadable) as refused:
        workbook_rows(book(cells=cells, styles=DATES), "a.xlsx")
    assert refused.value.fix


def test_number_text_is_found_beside_the_workbook_as_before() -> None:
    assert workbook.number_text(30.0) == "30"
