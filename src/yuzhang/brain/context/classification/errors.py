"""What can go wrong with what not everybody may see or change.

ContextError
└── NotYourData  403
"""

from yuzhang.brain.context.errors import ContextError
from yuzhang.core.language import Title


class NotYourData(ContextError):
    """The party may not change this entity, or this attribute of it, or not like that."""

    code, kind, status = "not-your-data", "NotYourData", 403
    title = Title("无权更改这些数据", "Not your data")


def not_yours(what: str) -> NotYourData:
    """The error for an entity or an attribute."""
    return NotYourData(
        Title(f"您没有更改 {what} 的权限。", f"You may not change {what}."),
        where="/",
        fix=Title(
            "请向数据管理员询问其分级、区域和责任单位。",
            "Ask the data officer for its classification, its region and its unit.",
        ),
    )
