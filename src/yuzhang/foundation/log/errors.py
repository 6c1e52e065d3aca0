"""What can go wrong with the log."""

from yuzhang.core.errors import TryAgain, YuzhangError
from yuzhang.core.language import Title


class LogBusy(TryAgain):
    """More is accepted than is filed: whoever sends shall wait. Nothing of what was sent is kept."""

    code, status = "log-busy", 429
    title = Title("写入过快", "Too much at once")
    retry_after_s = 2

    @classmethod
    def at(cls, waiting: int) -> "LogBusy":
        """With `waiting` bytes not filed yet."""
        mib = waiting // 2**20
        return cls(
            Title(f"还有 {mib} MiB 待归档，这次没有保存。", f"{mib} MiB wait to be filed; this was not kept."),
            fix=Title(f"请在 {cls.retry_after_s} 秒后重试。", f"Send it again in {cls.retry_after_s} seconds."),
        )


class DamagedRecord(YuzhangError):
    """A record of the log is not what was written: the disk or the net damaged it."""

    code, status = "damaged-record", 500
    title = Title("日志记录损坏", "A record of the log is damaged")

    @classmethod
    def at(cls, position: int) -> "DamagedRecord":
        """At `position`."""
        return cls(
            Title(
                f"日志第 {position} 条记录校验不符，已另存，其余照常处理。",
                f"Record {position} of the log fails its checksum; it was set aside, the rest goes on.",
            ),
            fix=Title("请检查磁盘，并从来源重发这一批。", "Check the disk, and send this batch again from its source."),
        )


class LostRecords(YuzhangError):
    """Places of the log are empty that were not: the bus lost them, or somebody deleted them there."""

    code, status = "lost-records", 500
    title = Title("日志记录丢失", "Records of the log are lost")

    @classmethod
    def between(cls, first: int, last: int) -> "LostRecords":
        """From `first` to `last`."""
        return cls(
            Title(
                f"日志第 {first} 至 {last} 条记录不在总线上，其余照常处理。",
                f"Records {first} to {last} of the log are not on the bus; the rest goes on.",
            ),
            fix=Title(
                "请检查总线的磁盘，并从来源重发这段时间的数据。",
                "Check the bus's disk, and send what came at that time again from its source.",
            ),
        )


class BusAway(TryAgain):
    """The bus does not answer. What was sent may be kept all the same; sent again, it is filed once."""

    code = "bus-away"
    title = Title("消息总线没有应答", "The bus does not answer")

    @classmethod
    def at(cls, servers: list[str]) -> "BusAway":
        """Of these servers."""
        some = ", ".join(one.rpartition("@")[2].removeprefix("nats://") for one in servers)
        return cls(
            Title(f"消息总线没有应答：{some}。", f"The bus does not answer: {some}."),
            fix=Title(
                "请稍候重发（重复的数据只归档一次）；管理员请检查总线服务。",
                "Send it again in a moment (what comes twice is filed once); operators: look at the bus.",
            ),
        )


class BusUnfit(YuzhangError):
    """The stream on the bus cannot keep the log as it must be kept."""

    code, status = "bus-unfit", 500
    title = Title("消息总线不适用", "The bus is not fit for the log")

    @classmethod
    def because(cls, reason: str) -> "BusUnfit":
        """What the bus said, or which setting is wrong."""
        return cls(
            Title(f"消息总线不适用：{reason}。", f"The bus cannot keep the log: {reason}."),
            where="YUZHANG_BUS",
            fix=Title(
                "需要 NATS 2.12 以上、JetStream；请删去同名的流，或在地址后写另一个流名。",
                "It needs NATS 2.12 or later with JetStream; delete the stream of this name, or name another one in the address.",
            ),
        )
