"""What can be wrong with what a registry is given or asked."""

from yuzhang.core.errors import Conflict, InputRefused, NotFound
from yuzhang.core.language import Title


class PlanNotFound(NotFound):
    """No plan of that name is registered."""

    code = "plan-not-found"
    title = Title("没有这个规划", "No such plan")


class EntryNotFound(NotFound):
    """The plan has no such indicator or commitment."""

    code = "entry-not-found"
    title = Title("规划中没有这一项", "The plan has no such entry")


class TableRefused(InputRefused):
    """A table of targets or commitments has cells that cannot be taken; `where` names row and column."""

    code = "table-refused"
    title = Title("表格无法接受", "The table was refused")


class TextDiffers(InputRefused):
    """The text is not the one that was reviewed."""

    code = "text-differs"
    title = Title("文本与已审核的不同", "The text differs from the reviewed one")


class ChangedMeanwhile(Conflict):
    """Somebody changed the plan after the comparison that is being confirmed."""

    code = "changed-meanwhile"
    title = Title("内容已被他人修改", "Changed meanwhile")


class NothingToUndo(Conflict):
    """There is no change left that could be undone."""

    code = "nothing-to-undo"
    title = Title("没有可撤销的更改", "Nothing to undo")
