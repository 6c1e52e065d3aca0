"""What can go wrong with figures.

InputRefused
├── FiguresRefused      rows of a file cannot be taken; all of them are named, nothing of the file was imported
├── SheetUnreadable     (core/tables) the file is no table of figures: empty, wrong encoding, columns missing
│   └── SheetTooLarge   413, over the limit
├── SeriesRefused       a definition of series cannot be taken
├── SourceRefused       the address of a pull, or what it answered, cannot be taken
├── UndoRefused         409, the import cannot be undone (any more)
└── UnknownImport, UnknownSnapshot  404
TryAgain
├── SourceAway          the server of a pull is away or busy
└── FiguresBusy         another import is being written
"""

from dataclasses import dataclass
from typing import Any

from yuzhang.core.errors import Conflict, InputRefused, NotFound, TryAgain
from yuzhang.core.language import Language, Title

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one cell; `row` counts as a spreadsheet shows it (its heading is row 1), or the items of a list."""

    row: int
    column: str
    detail: Title

    def line(self, language: Language) -> str:
        """The problem as one line."""
        where = f"第 {self.row} 行 {self.column}：" if language == "zh" else f"row {self.row}, {self.column}: "
        return where + self.detail.in_language(language)


class FiguresRefused(InputRefused):
    """Rows cannot be taken. `problems` holds the first 20 of `total`."""

    code = "figures-refused"
    title = Title("数据未导入", "The figures were refused")

    def __init__(self, problems: tuple[Problem, ...], filename: str) -> None:
        shown = problems[:SHOWN]
        self.problems = shown
        self.total = len(problems)
        more = self.total - len(shown)
        super().__init__(
            Title(
                f"{self.total} 处有问题，文件未导入任何内容：\n"
                + "\n".join(problem.line("zh") for problem in shown)
                + (f"\n（另有 {more} 处）" if more else ""),
                f"Nothing of the file was imported; problems: {self.total}\n"
                + "\n".join(problem.line("en") for problem in shown)
                + (f"\n(and {more} more)" if more else ""),
            ),
            fix=Title("请改正这些行后重新导入整个文件。", "Correct these rows and import the whole file again."),
            where=filename,
        )

    def problem(self, language: Language) -> dict[str, Any]:
        """The problem+json object, with each problem by row and column."""
        rows = [{"row": p.row, "column": p.column, "detail": p.detail.in_language(language)} for p in self.problems]
        return {**super().problem(language), "problems": rows, "total": self.total}


class SeriesRefused(InputRefused):
    """A definition of series cannot be taken."""

    code = "series-refused"
    title = Title("指标序列定义有误", "The series were refused")


class SourceRefused(InputRefused):
    """The address of a pull, or what it answered, cannot be taken."""

    code = "source-refused"
    title = Title("数据源无法使用", "The source was refused")


class UndoRefused(Conflict):
    """The import cannot be undone (any more)."""

    code = "undo-refused"
    title = Title("无法撤销", "It cannot be undone")


class UnknownImport(NotFound):
    """There is no such import."""

    code = "unknown-import"
    title = Title("没有这次导入", "No such import")


class UnknownSnapshot(NotFound):
    """There is no such snapshot."""

    code = "unknown-snapshot"
    title = Title("没有这个快照", "No such snapshot")


class SourceAway(TryAgain):
    """The server of a pull is away or busy."""

    code = "source-away"
    title = Title("数据源暂时无法访问", "The source is away")


class FiguresBusy(TryAgain):
    """Another import is being written."""

    code = "figures-busy"
    title = Title("正在导入其他数据", "Another import is being written")
