"""Sources in the terminal."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.secrets import secrets_of
from yuzhang.core.terminal import Data, cells, language, opened, out, say
from yuzhang.foundation.sources.connectors import actions
from yuzhang.foundation.sources.connectors.mapped import encode
from yuzhang.foundation.sources.connectors.room import Sources
from yuzhang.foundation.sources.dead.room import DeadLetters
from yuzhang.foundation.sources.model import Door

Opening = Callable[[Path], AbstractContextManager[Door]]
Name = Annotated[str, typer.Argument(help="来源名称 / the name of the source")]
Private = Annotated[
    bool, typer.Option("--allow-private-addresses", help="允许访问内网来源 / the source may lie in an inner network")
]


def source(opening: Opening) -> typer.Typer:
    """The commands; `opening` opens the door of a data folder, which is known to rooms right of here only."""
    app = typer.Typer(no_args_is_help=True, help="数据来源 / sources")

    @app.command("list")
    def list_(data: Data) -> None:
        """列出来源及其状况 / List sources and how they fare."""
        tongue = language()
        table = Table(
            "名称 / name", "种类 / kind", "状态 / state", "观测 / observations", "拒绝 / refused", "问题 / trouble"
        )
        with _sources(opening, data) as room:
            for one in actions.sources(room, OPERATOR):
                run, said = one.run, one.run.said.in_language(tongue)
                table.add_row(*cells(one.source.name, one.source.kind, one.state, run.taken, run.refused, said))
        out.print(table)

    @app.command("test")
    def test(name: Name, data: Data, private: Private = False) -> None:  # a command, and no test
        """连接并读取样例，不保存 / Connect and read a sample; nothing is kept."""
        with _sources(opening, data, private=private) as room:
            found = actions.try_out(room, OPERATOR, name, None)
        for reading in found.readings:
            written = encode(reading.value).decode()
            out.print(*cells(reading.entity, reading.attribute, written, reading.unit), soft_wrap=True)
        for where, why in found.bad:
            say(Title(f"{where}：{why.zh}", f"{where}: {why.en}"))
        say(
            Title(
                f"将成为 {found.total} 条观测；没有保存。",
                f"It would become {found.total} observations; nothing was kept.",
            )
        )

    @app.command("run")
    def run(name: Name, data: Data, private: Private = False) -> None:
        """立即运行一次 / Run a source once, now."""
        with _sources(opening, data, private=private) as room:
            fares = actions.run(room, OPERATOR, name).run
        if fares.code:
            say(Title(f"{fares.code}：{fares.said.zh}", f"{fares.code}: {fares.said.en}"))
        say(Title(f"已接收 {fares.last_taken} 条观测。", f"{fares.last_taken} observations were taken."))

    return app


@contextmanager
def _sources(opening: Opening, data: Path, *, private: bool = False) -> Iterator[Sources]:
    """The sources of a data folder, none of which runs by itself."""
    with opening(data) as door, opened(data) as storage:
        yield Sources(storage, door, DeadLetters(storage), secrets_of(data), private=private)
