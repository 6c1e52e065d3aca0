"""Indicator tables as plans and files break them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.plan.reading.draft import read_plan
from yuzhang.plan.reading.model import IndicatorRow
from yuzhang.plan.reading.tables import indicator_table_csv, read_value

HEAD = "第一章 目标\n\n表1：主要指标\n\n"
COLUMNS = "类别\t指标名称\t2020年基期值\t2025年目标值\t年均或累计增长\t属性\n"


def rows(body: str) -> tuple[IndicatorRow, ...]:
    return read_plan(HEAD + body).rows


@pytest.mark.parametrize(
    ("cell", "low", "high", "comparator", "cumulative"),
    [
        ("8200", 8200, None, "=", False), ("78左右", 78, None, "~", False), ("[0.55]", 0.55, None, "=", True),
        ("不低于90", 90, None, ">=", False), ("4.5以内", 4.5, None, "<=", False), (">7000", 7000, None, ">", False),
        ("62-64", 62, 64, "=", False), ("[-2.6]", -2.6, None, "=", True), ("[约 30]", 30, None, "~", True), ("≥95%", 95, None, ">=", False),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_a_value(
    cell: str, low: float, high: float | None, comparator: str, cumulative: bool
) -> None:
    value = read_value(cell)
    assert value is not None
    assert (value.low, value.high, value.comparator.value, value.cumulative) == (low, high, comparator, cumulative)


@pytest.mark.parametrize(
    "cell", ["", "--", "—", "保持稳定", "省下达目标", "全省领先", "与经济增长基本同步", "4.1:46.6:49.3", "五年翻番"]
)
def test_a_cell_of_words_holds_no_value(cell: str) -> None:
    assert read_value(cell) is None


@given(st.text(max_size=60))
def test_any_cell_is_a_value_or_none_and_never_an_error(cell: str) -> None:
    read_value(cell)


def test_a_row_that_lost_its_first_tab_keeps_its_columns_and_its_category() -> None:
    found = rows(
        COLUMNS
        + "生态 文明\t森林覆盖率（%）\t40\t--\t保持稳定\t约束性\n水体比例（%）\t88.9\t省下达目标\t--\t约束性\t\n"
    )
    assert [(r.category, r.name, r.unit, r.base, r.target_text) for r in found] == [
        ("生态文明", "森林覆盖率", "%", 40, "--"),
        ("生态文明", "水体比例", "%", 88.9, "省下达目标"),
    ]


def test_a_category_parted_by_a_page_is_put_together() -> None:
    found = rows(COLUMNS + "生态\t甲（%）\t1\t2\t[1]\t预期性\n\n" + COLUMNS + "宜居\t乙（%）\t1\t2\t[1]\t预期性\n")
    assert {r.category for r in found} == {"生态宜居"}


def test_a_name_with_two_parts_makes_two_rows() -> None:
    found = rows(COLUMNS + "社会\t参选率（%）\t村委会\t95\t97\t[2]\t预期性\n\t\t居委会\t85\t88\t[3]\t\n")
    assert [(r.name, r.unit, r.base, r.target_low) for r in found] == [
        ("参选率：村委会", "%", 95, 97),
        ("参选率：居委会", "%", 85, 88),
    ]


def test_a_table_with_its_unit_in_a_column_of_its_own_and_ranges_is_read() -> None:
    found = rows("序号\t指标\t单位\t2020年\t2025年\t属性\n1\t轨道里程\t公里\t60\t100-120\t预期性\n")
    assert [(r.name, r.unit, r.base, r.target_low, r.target_high) for r in found] == [
        ("轨道里程", "公里", 60, 100, 120)
    ]


def test_rows_of_a_pdf_parted_by_spaces_are_read() -> None:
    found = rows("指标 2020年 2025年 年均增长 属性\n地区生产总值（亿元） 1500 2000 6.5左右 预期性\n")
    assert [(r.name, r.unit, r.base, r.target_low, r.growth) for r in found] == [
        ("地区生产总值", "亿元", 1500, 2000, 6.5)
    ]


@pytest.mark.parametrize(
    "body",
    [
        "类别\t指标\n",
        COLUMNS + "\t\t\t\n",
        COLUMNS + "只有一格\t\n",
        "\t\t\n" * 5,
        COLUMNS + "甲\t乙\t丙\t丁\t戊\t己\t庚\t辛\t壬\n",
        "指标\n预期性\n约束性\n",
    ],
)
def test_a_broken_table_is_no_error_and_its_csv_has_a_line_for_each_row(body: str) -> None:
    draft = read_plan(HEAD + body)
    assert indicator_table_csv(draft).count("\n") == len(draft.rows) + 1
