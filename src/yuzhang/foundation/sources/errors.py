"""What can be wrong with observations on their way in. Nothing of what is refused is kept."""

from yuzhang.core.errors import InputRefused, TryAgain
from yuzhang.core.language import Title


class UnreadableObservations(InputRefused):
    """A batch does not say, or not in a way that can be read, what was observed."""

    code = "unreadable-observations"
    title = Title("观测数据无法读取", "Observations cannot be read")


class UnknownFormat(InputRefused):
    """Neither the type of the content nor the name of the file tells a format that is read here."""

    code, status = "unknown-format", 415
    title = Title("格式未知", "Unknown format")


class TooMuchInside(InputRefused):
    """What was sent is far larger inside than it looks."""

    code, status = "too-much-inside", 413
    title = Title("解压后过大", "Too large inside")


class TooManySending(TryAgain):
    """So many batches are on their way in that one more would be held in memory only."""

    code, status = "too-many-sending", 429
    title = Title("同时发送过多", "Too many send at once")
    retry_after_s = 1
