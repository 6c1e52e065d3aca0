"""What can go wrong with a backup."""

from yuzhang.core.errors import Conflict, InputRefused
from yuzhang.core.language import Title


class UnfitBackup(InputRefused):
    """A backup that is damaged, incomplete, or of a newer Yuzhang; nothing was restored."""

    code = "unfit-backup"
    title = Title("备份不可用", "Unfit backup")

    @classmethod
    def at(cls, name: str, chinese: str, english: str) -> "UnfitBackup":
        """What is wrong with the file `name` of it."""
        return cls(
            Title(f"{name}：{chinese}", f"{name}: {english}"),
            where=name,
            fix=Title("没有恢复任何内容；请用另一份备份。", "Nothing was restored; take another backup."),
        )


class FolderNotEmpty(Conflict):
    """Something is there already, which a backup or a restored system would be mixed with."""

    code = "folder-not-empty"
    title = Title("目标非空", "Not empty")


class BackupNeeds(InputRefused):
    """What a backup cannot be made or restored without is missing here."""

    code = "backup-needs"
    title = Title("缺少备份所需", "Something is missing")
