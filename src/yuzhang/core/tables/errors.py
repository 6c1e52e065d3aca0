"""What can be wrong with a file that should be a table."""

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title


class SheetUnreadable(InputRefused):
    """The file is no table that can be read: empty, another encoding, columns missing, a broken workbook."""

    code = "sheet-unreadable"
    title = Title("表格文件无法读取", "The table file cannot be read")


class SheetTooLarge(SheetUnreadable):
    """The file, or what it unpacks to, is over the limit."""

    code = "sheet-too-large"
    status = 413
    title = Title("表格文件过大", "The table file is too large")
