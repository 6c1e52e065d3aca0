"""The plan's figures as a table that officers may ask with SQL: the valid ones, every vintage of them."""

from yuzhang.brain.history.sql.model import Column, View
from yuzhang.plan.figures.store import FIGURE, valid_figures

FIGURES = View(
    "figures",
    "reader",
    "规划指标的数据（有效的，含各次发布）",
    "the plan's figures: valid ones, every vintage",
    f"{valid_figures(schema='lake.main.')} SELECT {FIGURE}, first_day, last_day FROM valid",  # noqa: S608  # constants
    [
        Column("id", "VARCHAR", "编号", "its id"),
        Column("series", "VARCHAR", "数据序列", "name of the series"),
        Column("period", "VARCHAR", "时期", "period"),
        Column("region", "VARCHAR", "地区", "region"),
        Column("value", "DOUBLE", "数值", "the number"),
        Column("unit", "VARCHAR", "单位", "unit"),
        Column("vintage", "VARCHAR", "发布时间", "when it was published"),
        Column("known_from", "DATE", "自何日可知", "the day since which it is known"),
        Column("source_title", "VARCHAR", "来源", "source"),
        Column("source_url", "VARCHAR", "来源网址", "address of the source"),
        Column("quote", "VARCHAR", "原文", "the words of the source"),
        Column("confidence", "VARCHAR", "可信度", "how sure it is"),
        Column("first_day", "DATE", "时期的第一天", "first day of the period"),
        Column("last_day", "DATE", "时期的最后一天", "last day of the period"),
    ],
)
