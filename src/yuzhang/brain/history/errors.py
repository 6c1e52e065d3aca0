"""What can go wrong with history."""

from yuzhang.core.errors import InputRefused, NotFound, TryAgain, YuzhangError
from yuzhang.core.language import Title


class LakeAhead(YuzhangError):
    """The lake has filed more than the log ever held: the two are not of one installation, or not of one backup."""

    code, status = "lake-ahead", 500
    title = Title("数据湖与状态不一致", "The lake and the state do not belong together")

    @classmethod
    def of(cls, filed: int) -> "LakeAhead":
        """The lake says that it filed up to `filed`."""
        return cls(
            Title(
                f"数据湖已归档到日志第 {filed} 条，日志却没有这一条。",
                f"The lake has filed record {filed} of the log, which the log does not know.",
            ),
            fix=Title(
                "请用同一份备份恢复 state.db 和 lake。",
                "Restore state.db and lake from one backup; they are only worth something together.",
            ),
        )


class LakeBehind(YuzhangError):
    """The lake has filed less than the log says: it is an older one, or a new one, and what lies between is in neither."""

    code, status = "lake-behind", 500
    title = Title("数据湖比状态旧", "The lake is older than the state")

    @classmethod
    def of(cls, filed: int, kept: int) -> "LakeBehind":
        """The lake says that it filed up to `filed`, the log that `kept` was filed."""
        return cls(
            Title(
                f"日志第 {kept} 条已归档，数据湖却只到第 {filed} 条。",
                f"Record {kept} of the log was filed, but the lake ends at {filed}.",
            ),
            fix=Title(
                "请用同一份备份恢复 state.db 和 lake。",
                "Restore state.db and lake from one backup; they are only worth something together.",
            ),
        )


class NotFiledYet(TryAgain):
    """What was accepted is not in history within the time that somebody waits for it."""

    code = "not-filed-yet"
    title = Title("尚未归档", "Not filed yet")


class UnfitWindow(InputRefused):
    """The window of time cannot be read, or ends before it begins."""

    code = "unfit-window"
    title = Title("时间范围不合要求", "The window of time does not fit")


class UnfitSeries(InputRefused):
    """Series are named in a way that cannot be read, or too many of them for one chart."""

    code = "unfit-series"
    title = Title("序列不合要求", "The series do not fit")


class NoSuchSeries(NotFound):
    """There is no such series, or nothing was ever observed of it."""

    code = "no-such-series"
    title = Title("没有这个序列", "There is no such series")


class NoSuchSnapshot(NotFound):
    """The lake does not keep this snapshot."""

    code = "no-such-snapshot"
    title = Title("没有这个快照", "There is no such snapshot")


class NoRoom(TryAgain):
    """The disk has less free space than the work needs; nothing was done."""

    code, status = "no-room", 507
    title = Title("磁盘空间不足", "Too little room")

    @classmethod
    def of(cls, needs: int, free: int) -> "NoRoom":
        """So many bytes are needed, so many are free."""
        needed, there = f"{needs / 2**20:,.0f} MiB", f"{free / 2**20:,.0f} MiB"
        return cls(
            Title(
                f"需要 {needed}，可用 {there}；未作任何改动。",
                f"It needs {needed} and there are {there}; nothing was changed.",
            ),
            fix=Title("请腾出空间后重试。", "Free some space and try again."),
        )


class OlderLake(TryAgain):
    """The lake is of an older layout, and so large that a start does not bring it over unasked."""

    code = "older-lake"
    title = Title("数据湖布局较旧", "Older lake")
