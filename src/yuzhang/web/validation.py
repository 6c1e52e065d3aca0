"""What a framework says of a parameter that does not fit, in both languages."""

from collections.abc import Mapping
from typing import Any

from yuzhang.core.language import Title

TITLES = {
    "missing": Title("缺少该字段", "it is missing"),
    "extra_forbidden": Title("没有这个字段", "there is no such field"),
    "int_parsing": Title("应为整数", "a whole number is wanted"),
    "float_parsing": Title("应为数字", "a number is wanted"),
    "finite_number": Title("应为有限的数", "a finite number is wanted"),
    "bool_parsing": Title("应为 true 或 false", "true or false is wanted"),
    "date_parsing": Title("应为日期，写作 2024-12-31", "a day is wanted, written 2024-12-31"),
    "date_from_datetime_parsing": Title("应为日期，写作 2024-12-31", "a day is wanted, written 2024-12-31"),
    "enum": Title("可选值：{expected}", "one of {expected} is wanted"),
    "literal_error": Title("可选值：{expected}", "one of {expected} is wanted"),
    "greater_than_equal": Title("应不小于 {ge}", "at least {ge} is wanted"),
    "less_than_equal": Title("应不大于 {le}", "at most {le} is wanted"),
    "string_too_short": Title("至少 {min_length} 个字", "at least {min_length} characters are wanted"),
    "string_too_long": Title("至多 {max_length} 个字", "at most {max_length} characters are allowed"),
    "json_invalid": Title("不是有效的 JSON", "it is no valid JSON"),
}


def explained(error: Mapping[str, Any]) -> Title:
    """The fault of one field (an entry of pydantic's `errors()`) as a sentence; as pydantic puts it where it is not known."""
    known = TITLES.get(str(error["type"]))
    if known is None:
        return Title(str(error["msg"]), str(error["msg"]))
    context = error.get("ctx", {})
    return Title(known.zh.format_map(context), known.en.format_map(context))
