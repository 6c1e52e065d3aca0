"""The table of an evaluation as a planner downloads it: numbers that a spreadsheet can count with."""

import csv
import io

from python_calamine import CalamineWorkbook

from first_city import PLAN
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.core.tables.sheets import SheetFormat
from yuzhang.plan.evaluation.actions import COLUMNS, evaluate, export_evaluation

NUMBERS = ("low", "high", "base", "base_year", "due", "as_of", "actual", "expected", "gap", "needed")


def exported(storage: Storage, format: SheetFormat) -> bytes:
    return export_evaluation(storage, OPERATOR, PLAN, format)


def test_a_planner_can_add_up_the_gaps_in_excel(city: Storage) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(exported(city, "xlsx"))).get_sheet_by_index(0).to_python()
    columns = {name: [row[at] for row in book[1:]] for at, name in enumerate(COLUMNS)}
    assert all(isinstance(cell, float) or cell == "" for name in NUMBERS for cell in columns[name])
    evaluation = evaluate(city, OPERATOR, PLAN)
    gaps = [found.gap for one in evaluation.indicators for found in one.targets]
    assert [cell or None for cell in columns["gap"]] == [gap and float(f"{gap:.10g}") for gap in gaps]
    assert any(gap < 0 for gap in gaps if gap is not None)


def test_a_negative_gap_in_the_csv_is_a_number_and_no_guarded_text(city: Storage) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(city, "csv").decode("utf-8-sig"))))
    written = [row[name] for row in rows for name in NUMBERS if row[name]]
    assert any(cell.startswith("-") for cell in written)
    assert not [cell for cell in written if cell.startswith("'")]
    assert {row["base_year"] for row in rows} == {"2020"}
    assert all(float(cell) == float(cell) for cell in written)
