"""Revisions, corrections and undo: what is valid, and what was known when."""

from datetime import date

import pytest

from plan.figures.samples import sheet
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.plan.figures.actions import figure_history, figures_known, import_figures, imports, undo_import
from yuzhang.plan.figures.errors import FiguresRefused, UndoRefused, UnknownImport, UnknownSnapshot

GDP = "地区生产总值"


def _take(storage: Storage, *rows: dict[str, str], replace: bool = False) -> int:
    done = import_figures(storage, OPERATOR, sheet(*rows), "a.csv", replace=replace)
    assert done.import_id is not None
    return done.import_id


def _values(storage: Storage, as_of: date | None = None, snapshot: int | None = None) -> list[float]:
    found = figures_known(storage, OPERATOR, "甲市", as_of=as_of, snapshot=snapshot)
    return [figure.value for figure in found.figures]


def test_revised_figure_is_asked_for_as_known_on_a_date(storage: Storage) -> None:
    _take(storage, {"value": "7203.5", "vintage": "2024-02-01"})
    revision = import_figures(storage, OPERATOR, sheet({"value": "7324.1", "vintage": "2025-01-10"}), "b.csv")

    assert _values(storage, date(2024, 1, 31)) == []
    assert _values(storage, date(2024, 2, 1)) == [7203.5]
    assert _values(storage, date(2025, 1, 10)) == [7324.1]
    assert _values(storage) == [7324.1]
    assert [figure.value for figure in figure_history(storage, OPERATOR, "甲市", GDP)] == [7203.5, 7324.1]
    former = revision.differences[0].former
    assert former
    assert former.value == 7203.5


def test_older_vintage_taken_in_later_does_not_hide_the_newer(storage: Storage) -> None:
    _take(storage, {"value": "7324.1", "vintage": "2025-01-10"})
    _take(storage, {"value": "7203.5", "vintage": "2024"})
    assert _values(storage) == [7324.1]
    assert _values(storage, date(2024, 12, 31)) == [7203.5]


def test_another_value_of_the_same_vintage_is_refused_and_names_both(storage: Storage) -> None:
    first = _take(storage, {})
    with pytest.raises(FiguresRefused) as refused:
        _take(storage, {"period": "2022"}, {"value": "7204"})
    assert "row 3, value: 7204 亿元, but 7203.5 亿元 of vintage 2024-02-01 is stored" in refused.value.detail.en
    assert f"import {first}" in refused.value.detail.en
    assert _values(storage) == [7203.5]


def test_two_rows_of_a_file_that_disagree_are_refused(storage: Storage) -> None:
    with pytest.raises(FiguresRefused) as refused:
        _take(storage, {}, {"value": "7204"}, replace=True)
    assert "row 3, value: 7204 亿元, but row 2 says 7203.5 亿元" in refused.value.detail.en


def test_same_value_in_another_unit_is_known(storage: Storage) -> None:
    _take(storage, {})
    again = import_figures(storage, OPERATOR, sheet({"value": "72035000", "unit": "万元"}), "a.csv")
    assert (again.added, again.known, again.import_id) == (0, 1, None)


def test_same_value_from_another_source_is_kept_beside_the_first(storage: Storage) -> None:
    _take(storage, {})
    _take(storage, {"source_title": "年鉴"}, {})
    assert [one.source_title for one in figure_history(storage, OPERATOR, "甲市", GDP)] == ["统计公报", "年鉴"]
    assert len(figures_known(storage, OPERATOR, "甲市").figures) == 1


def test_mistake_is_replaced_and_the_undo_brings_it_back(storage: Storage) -> None:
    _take(storage, {"value": "7302.5"}, {"period": "2022"})
    before = figures_known(storage, OPERATOR, "甲市")

    fixed = import_figures(storage, OPERATOR, sheet({}), "b.csv", replace=True)
    assert (fixed.added, fixed.withdrawn) == (1, 1)
    assert fixed.differences[0].former
    assert fixed.differences[0].former.value == 7302.5
    assert _values(storage) == [7203.5, 7203.5]

    assert fixed.import_id
    undo = undo_import(storage, OPERATOR, fixed.import_id)
    assert figures_known(storage, OPERATOR, "甲市").figures == before.figures
    assert [(one.id, one.undoes, one.undone) for one in imports(storage, OPERATOR)] == [
        (undo.id, fixed.import_id, False),
        (fixed.import_id, None, True),
        (1, None, False),
    ]


def test_undone_import_can_be_taken_in_again(storage: Storage) -> None:
    undo_import(storage, OPERATOR, _take(storage, {}))
    assert _values(storage) == []
    _take(storage, {"value": "7204"})
    assert _values(storage) == [7204.0]


def test_undo_that_would_give_one_vintage_two_values_is_refused(storage: Storage) -> None:
    _take(storage, {"value": "7001"})
    second = _take(storage, {"value": "7002"}, replace=True)
    third = _take(storage, {"value": "7003"}, replace=True)
    with pytest.raises(UndoRefused) as refused:
        undo_import(storage, OPERATOR, second)
    assert refused.value.fix
    assert f"Undo import {third} first" in refused.value.fix.en
    undo_import(storage, OPERATOR, third)
    undo_import(storage, OPERATOR, second)
    assert _values(storage) == [7001.0]


def test_undo_twice_or_of_nothing_is_refused(storage: Storage) -> None:
    first = _take(storage, {})
    undo = undo_import(storage, OPERATOR, first)
    for wrong in (first, undo.id):
        with pytest.raises(UndoRefused):
            undo_import(storage, OPERATOR, wrong)
    with pytest.raises(UnknownImport):
        undo_import(storage, OPERATOR, 99)


def test_snapshot_reads_the_same_figures_again_after_changes(storage: Storage) -> None:
    first = _take(storage, {"value": "7302.5"})
    then = figures_known(storage, OPERATOR, "甲市", as_of=date(2026, 1, 1))
    _take(storage, {}, replace=True)
    assert _values(storage) == [7203.5]
    assert figures_known(storage, OPERATOR, "甲市", as_of=date(2026, 1, 1), snapshot=then.id) == then
    undo_import(storage, OPERATOR, imports(storage, OPERATOR)[0].id)
    undo_import(storage, OPERATOR, first)
    assert _values(storage) == []
    assert _values(storage, snapshot=then.id) == [7302.5]


@pytest.mark.parametrize("snapshot", [999, -1])
def test_snapshot_that_never_was_is_not_found(storage: Storage, snapshot: int) -> None:
    with pytest.raises(UnknownSnapshot):
        figures_known(storage, OPERATOR, "甲市", snapshot=snapshot)


def test_empty_folder_has_no_figures_and_no_error(empty: Storage) -> None:
    found = figures_known(empty, OPERATOR, "甲市")
    assert (found.figures, found.as_of) == ((), date.today())
    assert figure_history(empty, OPERATOR, "甲市", GDP) == ()
    assert imports(empty, OPERATOR) == ()


def test_quarter_month_and_span_stand_beside_the_year(storage: Storage) -> None:
    _take(storage, {}, {"period": "2023Q1"}, {"period": "2023-07"}, {"period": "2021/2023"})
    found = figures_known(storage, OPERATOR, "甲市").figures
    assert [str(one.period) for one in found] == ["2021/2023", "2023Q1", "2023", "2023-07"]
