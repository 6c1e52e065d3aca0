"""Tables out and in again: no text becomes a formula, and every text comes back as it was."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.core.tables.sheets import SheetFormat, flat, read_sheet, write_sheet

FORMS: tuple[SheetFormat, ...] = ("csv", "xlsx")
SIGNS = "=+-@＝＋－＠"
EVIL = [
    *(f"{start}{sign}1+1" for sign in SIGNS for start in ("", "'", "''", " ", "\n", "\t", " '", "\u3000")),
    *("\nfirst line", "'\nsecond", "'\n=1", "'", "''", "' =1", "one\n=two", "one\r\n'=two"),
]


def _read_back(texts: list[str], form: SheetFormat) -> list[str]:
    content = write_sheet(["first", "text"], [["x", text] for text in texts], form)
    return [row.cells["text"] for row in read_sheet(content, f"a.{form}", ["first", "text"])]


@pytest.mark.parametrize("form", FORMS)
def test_texts_that_look_like_formulas_or_guards_come_back_as_they_were(form: SheetFormat) -> None:
    assert _read_back(EVIL, form) == [flat(text) for text in EVIL]


def test_no_cell_of_a_csv_begins_a_formula_in_narrow_or_wide_signs_or_behind_space() -> None:
    content = write_sheet(["text"], [[text] for text in EVIL], "csv").decode("utf-8-sig")
    for (cell,) in list(csv.reader(io.StringIO(content, newline="")))[1:]:
        assert not cell.lstrip().startswith(tuple(SIGNS))
        assert cell == cell.lstrip()


@given(st.lists(st.text(st.sampled_from("=＝'\n\r\t\u3000 a－1")), min_size=1, max_size=8))
def test_any_mixture_of_guards_signs_and_line_breaks_comes_back_from_csv(texts: list[str]) -> None:
    assert _read_back(texts, "csv") == [flat(text) for text in texts]


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), include_characters="\n\r\t")),
        min_size=1,
        max_size=5,
    )
)
def test_any_text_comes_back_from_csv_without_its_outer_space(texts: list[str]) -> None:
    assert _read_back(texts, "csv") == [flat(text) for text in texts]
