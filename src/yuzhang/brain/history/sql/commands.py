"""SQL for officers in the terminal, over a data folder, beside a server or without one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Column, Table

from yuzhang.brain.history.sql import actions
from yuzhang.brain.history.sql.model import Answer, Format, Value, View
from yuzhang.brain.history.sql.workers import Workers
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings, parts
from yuzhang.core.terminal import Data, cells, err, language, opened, out, write_out


def sql(views: Sequence[View]) -> Callable[..., None]:
    """The command; `views` are the tables that may be named."""

    def sql(
        data: Data,
        query: Annotated[
            str, typer.Argument(help="一条 SELECT；留空则列出可用的表 / one SELECT; none: list the tables")
        ] = "",
        parameter: Annotated[
            list[str] | None, typer.Option("--parameter", help="? 的值，可多次 / the value of a ?; may be repeated")
        ] = None,
        rows: Annotated[int, typer.Option(min=1, max=1_000_000, help="最多几行 / so many rows at most")] = 1000,
        form: Annotated[
            Format | None, typer.Option("--format", help="输出格式，留空为表格 / the format; none: a table")
        ] = None,
        to: Annotated[Path | None, typer.Option("--out", help="写入文件 / write to a file")] = None,
    ) -> None:
        """用 SQL 查询观测与规划数据，只读 / Ask observations and figures with SQL; nothing can be changed."""
        with opened(data):  # the tables are made, and the folder is one of ours
            there = parts()
        workers = Workers(
            Settings(data.resolve(), context_database=there.context_database, lake=there.lake, bus=there.bus), views
        )
        try:
            if not query:
                _list(actions.tables(workers, OPERATOR))
                return
            values: list[Value] = list(parameter or [])
            answer = actions.ask(workers, OPERATOR, query, values, form or Format.JSON, rows)
        finally:
            workers.close()
        _tell(answer)
        if form is None and to is None:
            _show(answer)
        else:
            write_out(to, answer.content)

    return sql


def _tell(answer: Answer) -> None:
    """What the answer is of, beside it: whoever reads the rows from a pipe gets rows only."""
    said = Title(
        f"{answer.rows} 行，快照 {answer.snapshot}，{answer.seconds:.2f} 秒。",
        f"{answer.rows} rows, snapshot {answer.snapshot}, {answer.seconds:.2f} s.",
    )
    cut = Title("还有更多行未列出。", "There are more rows than these.")
    text = said.in_language(language()) + (f" {cut.in_language(language())}" if answer.cut else "")
    err.print(text, highlight=False, markup=False, soft_wrap=True)


def _show(answer: Answer) -> None:
    found = msgspec.json.decode(answer.content)
    table = Table(*(Column(cell) for cell in cells(*(one["name"] for one in found["columns"]))))
    for row in found["rows"]:
        table.add_row(*cells(*("" if one is None else one for one in row)))
    out.print(table)


def _list(views: Sequence[View]) -> None:
    for one in views:
        table = Table("", "", "", title=f"{one.name}: {one.title.in_language(language())}", show_header=False)
        for column in one.columns:
            table.add_row(*cells(column.name, column.kind, column.title.in_language(language())))
        out.print(table)
