"""Errors of cases.

InputRefused
├── UnfitStep        what was entered does not fit the task
├── UnfitReport      what was reported cannot be taken
├── UnfitFile        a file that is too large, or of a type that is not taken
└── UnfitProcess     a process that cannot be run
NotAllowed
└── WrongParty       somebody else has to do it
Conflict
├── TaskDone         somebody has done it already
└── WrongState       not possible where the case stands now
"""

from yuzhang.core.errors import Conflict, InputRefused, NotAllowed
from yuzhang.core.language import Title


class UnfitStep(InputRefused):
    """What was entered does not fit the task; nothing was changed."""

    code = "unfit-step"
    title = Title("办理内容有误", "What was entered does not fit")


class UnfitReport(InputRefused):
    """What was reported cannot be taken."""

    code = "unfit-report"
    title = Title("上报内容有误", "The report cannot be taken")


class UnfitFile(InputRefused):
    """A file that is too large, or of a type that is not taken."""

    code = "unfit-file"
    title = Title("附件不能接受", "The file cannot be taken")


class UnfitProcess(InputRefused):
    """A process that cannot be run; `detail` says all that is wrong with it."""

    code = "unfit-process"
    title = Title("流程有误", "The process cannot be run")


class WrongParty(NotAllowed):
    """Somebody else has to do it."""

    code = "wrong-party"
    title = Title("应由他人办理", "Somebody else has to do it")


class TaskDone(Conflict):
    """The task is not open any more."""

    code = "task-done"
    title = Title("该任务已办理", "The task was done already")


class WrongState(Conflict):
    """Not possible where the case stands now."""

    code = "wrong-state"
    title = Title("办件当前状态不允许", "Not possible where the case stands")
