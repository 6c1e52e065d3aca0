"""What can be wrong with rules and events."""

from yuzhang.brain.rules.writing.faults import Said
from yuzhang.core.errors import Conflict, InputRefused, NotFound
from yuzhang.core.language import Title


class UnfitRule(InputRefused):
    """A rule that cannot be evaluated as it is written."""

    code = "unfit-rule"
    title = Title("规则不合格", "The rule is not fit")
    faults: tuple[Said, ...] = ()
    """All that is wrong, with the keys that it is about."""


class NoRule(NotFound):
    """There is no rule of that id."""

    code = "no-rule"
    title = Title("没有这条规则", "No such rule")

    @classmethod
    def of(cls, id_: str) -> "NoRule":
        """The rule `id_`."""
        return cls(
            Title(f"没有规则 {id_}。", f"There is no rule {id_}."),
            where="/rule",
            fix=Title("请在“规则”页查看其编号。", "Look its id up on the page Rules."),
        )


class NoEvent(NotFound):
    """There is no event of that id."""

    code = "no-event"
    title = Title("没有这个事件", "No such event")

    @classmethod
    def of(cls, id_: str) -> "NoEvent":
        """The event `id_`."""
        return cls(
            Title(f"没有事件 {id_}。", f"There is no event {id_}."),
            where="/event",
            fix=Title("请在“事件”页查找。", "Look for it on the page Events."),
        )


class NoWindow(NotFound):
    """There is no maintenance window of that number."""

    code = "no-maintenance-window"
    title = Title("没有这个检修时段", "No such maintenance window")


class NothingToUndo(Conflict):
    """The rule is as its pack has it."""

    code = "nothing-to-undo"
    title = Title("没有可撤销的修改", "Nothing to undo")


class TooMuchToTry(InputRefused):
    """A dry run over more than can be looked at in one go."""

    code = "too-much-to-try"
    title = Title("试运行的数据太多", "Too much for a dry run")
