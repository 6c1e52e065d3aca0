"""What can go wrong when a report is written."""

from yuzhang.core.errors import TryAgain
from yuzhang.core.language import Title


class FontsMissing(TryAgain):
    """The machine has no font that can set Chinese."""

    code = "fonts-missing"
    title = Title("缺少中文字体", "No Chinese font is installed")
