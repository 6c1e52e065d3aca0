"""What can be wrong with the question that an evaluation is asked."""

from yuzhang.core.errors import InputRefused, NotFound
from yuzhang.core.language import Title


class QuestionRefused(InputRefused):
    """A day or a year is not written as one."""

    code = "question-refused"
    title = Title("日期或年份写法不对", "A day or a year is not written as one")


class YearOutside(InputRefused):
    """The year asked for is not one of the plan."""

    code = "year-outside"
    title = Title("年份不在规划期内", "The year is not one of the plan")


class IndicatorNotFound(NotFound):
    """The plan has no such indicator."""

    code = "indicator-not-found"
    title = Title("没有这个指标", "No such indicator")
