"""What can be wrong with sources."""

from yuzhang.core.errors import Conflict, InputRefused, NotFound, TryAgain
from yuzhang.core.language import Title


class UnfitSource(InputRefused):
    """The settings or the mapping of a source cannot be used."""

    code = "unfit-source"
    title = Title("数据来源的设置不合格", "Unfit settings of a source")


class NoSource(NotFound):
    """There is no source of that name."""

    code = "no-source"
    title = Title("没有该数据来源", "No such source")

    @classmethod
    def of(cls, name: str) -> "NoSource":
        """The source `name`."""
        return cls(Title(f"没有数据来源 {name}。", f"There is no source {name}."), where="/name")


class SourceExists(Conflict):
    """There is a source of that name already, or it is not one to be changed here."""

    code = "source-exists"
    title = Title("数据来源已存在", "The source is there already")


class RefusedAddress(InputRefused):
    """A source lies where this server may not go: its own machine, an inner network, or a folder that is none of it."""

    code = "source-address-refused"
    title = Title("不允许访问该来源地址", "The source may not be gone to")


class SourceAway(TryAgain):
    """The source does not answer, or not with what it is asked for."""

    code = "source-away"
    title = Title("数据来源没有回应", "The source does not answer")
    retry_after_s = 30
