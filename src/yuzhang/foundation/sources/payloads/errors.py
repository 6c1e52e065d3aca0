"""What can be wrong with a payload."""

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title


class UnreadablePayload(InputRefused):
    """A message's payload is not what its source is said to send."""

    code = "unreadable-payload"
    title = Title("消息内容无法读取", "The payload cannot be read")

    @classmethod
    def because(cls, chinese: str, english: str, where: str = "payload") -> "UnreadablePayload":
        """With what is wrong with it."""
        return cls(
            Title(chinese, english),
            where=where,
            fix=Title("请改正来源的设置后重放。", "Mend the source's settings, then replay it."),
        )
