"""What is wrong with rows, gathered, so that whoever mends a file mends it once."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from yuzhang.core.language import Title
from yuzhang.foundation.sources.errors import UnreadableObservations

Places = Sequence[int] | NDArray[np.signedinteger]
SHOWN = 10
AGAIN = Title(
    "请更正后整批重发；这一批没有保存任何内容。", "Mend it and send the whole batch again; nothing of it was kept."
)


class Faults:
    """Rows that cannot be taken, each with its column and what is wrong; `first` is the number of the first row."""

    def __init__(self, first: int = 1) -> None:
        self.first = first
        self.count = 0
        self._shown: list[tuple[int, str, Title]] = []

    def among(self, rows: Places) -> "Faults":
        """The same for a choice of the rows: what is added at index i counts for `rows[i]`."""
        return _Among(self, rows)

    def add(self, row: int, column: str, what: Title) -> None:
        """The row at index `row`."""
        self.count += 1
        self._shown.append((row, column, what))
        if len(self._shown) > 2 * SHOWN:
            self._shown = sorted(self._shown, key=lambda one: one[0])[:SHOWN]

    def add_all(self, rows: Iterable[int], column: str, what: Title) -> None:
        """Several rows with the same fault."""
        for row in rows:
            self.add(int(row), column, what)

    def check(self) -> None:
        """Raises UnreadableObservations, naming the first rows, if there are any."""
        if not self._shown:
            return
        shown = sorted(self._shown, key=lambda one: one[0])[:SHOWN]
        rows = [(self.first + row, column, what) for row, column, what in shown]
        more = self.count - len(rows)
        zh = "；".join(f"第 {row} 行 {column}：{what.zh}" for row, column, what in rows)
        en = "; ".join(f"row {row}, {column}: {what.en}" for row, column, what in rows)
        raise UnreadableObservations(
            Title(f"{zh}{f'；另有 {more} 处' if more else ''}。", f"{en}{f'; and {more} more' if more else ''}."),
            where=f"row {rows[0][0]}, column {rows[0][1]}",
            fix=AGAIN,
        )


class _Among(Faults):
    def __init__(self, of: Faults, rows: Places) -> None:
        super().__init__(of.first)
        self._of = of
        self._rows = rows

    def add(self, row: int, column: str, what: Title) -> None:
        self._of.add(int(self._rows[row]), column, what)

    def check(self) -> None:
        self._of.check()


def unreadable(chinese: str, english: str, where: str = "", fix: Title = AGAIN) -> UnreadableObservations:
    """An error about the batch as a whole."""
    return UnreadableObservations(Title(chinese, english), where=where or None, fix=fix)
