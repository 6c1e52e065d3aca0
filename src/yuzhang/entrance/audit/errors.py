"""Errors of the audit."""

from yuzhang.core.errors import InputRefused, NotFound, TryAgain
from yuzhang.core.language import Title


class AuditBusy(TryAgain):
    """The record could not be kept, so the action was not begun."""

    code = "audit-busy"
    title = Title("审计记录暂时无法写入", "The record cannot be kept now")


class TooShort(InputRefused):
    """Records would be kept for less time than the law asks."""

    code = "audit-too-short"
    title = Title("保存时间过短", "Kept for too short a time")


class UnfitExport(InputRefused):
    """A file is no export of the audit, or no witness."""

    code = "audit-unfit-file"
    title = Title("不是审计文件", "Not a file of the audit")

    @staticmethod
    def at(where: str, chinese: str, english: str) -> "UnfitExport":
        """The error for one line of a file."""
        return UnfitExport(Title(chinese, english), where=where)


class NothingRecorded(NotFound):
    """There is no record yet."""

    code = "audit-empty"
    title = Title("还没有审计记录", "There is no record yet")
