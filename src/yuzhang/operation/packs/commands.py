"""Packs in the terminal: begin one, check them, try their rules, list them."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from yuzhang.core.language import Title
from yuzhang.core.terminal import cells, language, out, say
from yuzhang.operation.packs.checking import all_checked, folder_checked
from yuzhang.operation.packs.making import begun
from yuzhang.operation.packs.model import Checked
from yuzhang.operation.packs.presentation import shown
from yuzhang.operation.packs.room import own_folders
from yuzhang.operation.packs.trying import happening, observed, sound_rules, told, tried

app = typer.Typer(no_args_is_help=True, help="应用包 / application packs: new, check, try, list")
Json = Annotated[bool, typer.Option("--json", help="输出 JSON / write JSON")]
Own = Annotated[
    list[Path] | None,
    typer.Option(
        "--packs",
        help="自有应用包的文件夹，默认为数据目录中的 packs 和 ./packs / folders of one's own packs; else packs in the data folder, ./packs",
    ),
]


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="领域/名称，如 governance/streetlights / domain/name")],
    into: Annotated[Path, typer.Option("--into", help="写入的文件夹 / the folder to write into")] = Path("packs"),
    kind: Annotated[str, typer.Option("--type", help="第一个模型的类型 / the type of its first model")] = "",
    zh: Annotated[str, typer.Option("--zh", help="中文名称 / its name in Chinese")] = "",
    en: Annotated[str, typer.Option("--en", help="英文名称 / its name in English")] = "",
) -> None:
    """新建一个可用的应用包骨架 / Begin a pack: a skeleton that works."""
    title = Title(zh or en, en or zh) if zh or en else None
    pack = begun(name, into, kind, title)
    where = into / pack.id
    say(
        Title(
            f"已新建 {where}。请修改其中的文件，再运行 yuzhang pack check {where}。",
            f"{where} is begun. Change its files, then run yuzhang pack check {where}.",
        )
    )


@app.command("check")
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="应用包或含应用包的文件夹 / a pack, or a folder of packs")
    ] = None,
    packs: Own = None,
    json: Json = False,
) -> None:
    """检查应用包，一次列出全部问题；有问题时退出码为 1 / Check packs and tell every fault at once; exit code 1 if there is one."""
    extra = own_folders(packs)
    found = all_checked(extra) if folder is None else folder_checked(folder, extra)
    if json:
        _write(found)
    else:
        for one in found:
            _tell(one)
    raise typer.Exit(int(any(not one.sound for one in found)))


def _tell(one: Checked) -> None:
    for fault in one.faults:
        out.print(_near(fault.said(language())), highlight=False, markup=False, soft_wrap=True)
    count = len(one.faults)
    say(
        Title(f"{one.pack.id}：{f'{count} 处问题' if count else '完好'}", f"{one.pack.id}: {_counted(count)}"),
    )


def _counted(count: int) -> str:
    return _number(count, "fault") if count else "in order"


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _near(said: str) -> str:
    """With the path from the current folder on, if it lies in it: so an editor opens it, and a reader reads it."""
    return said.removeprefix(f"{Path.cwd()}/")


@app.command("try")
def try_(
    folder: Annotated[Path, typer.Argument(help="应用包的文件夹 / the folder of a pack")],
    file: Annotated[Path, typer.Argument(help="观测文件，如 CSV / a file of observations, such as a CSV")],
    kind: Annotated[
        str, typer.Option("--type", help="未写明类型的实体的类型 / the type of entities whose type is not told")
    ] = "",
    json: Json = False,
) -> None:
    """在观测文件上试运行规则，列出将产生的事件；什么都不保存 / Try a pack's rules on a file: the events they would open; nothing is stored."""
    rules = sound_rules(folder)
    found = list(tried(rules, observed(file, kind)))
    if json:
        sys.stdout.write(
            msgspec.json.format(msgspec.json.encode([happening(one) for one in found]), indent=2).decode() + "\n"
        )
        return
    for one in found:
        say(told(one))
    opened = sum(one.opens for one in found)
    say(Title(f"{len(rules)} 条规则，{opened} 个事件。", f"{_number(len(rules), 'rule')}, {_number(opened, 'event')}."))


@app.command("list")
def list_(packs: Own = None, json: Json = False) -> None:
    """列出应用包及其内容 / List the packs and what each brings."""
    found = all_checked(own_folders(packs))
    if json:
        _write(found)
        return
    table = Table(*(("应用包", "名称", "内容", "状态") if language() == "zh" else ("pack", "title", "brings", "state")))
    for one in found:
        brings = ", ".join(
            f"{kind.title.in_language(language())} {len(kind.names)}" for kind in one.brought if kind.names
        )
        count = len(one.faults)
        state = Title("完好" if not count else f"{count} 处问题", _counted(count))
        table.add_row(
            *cells(one.pack.id, one.pack.title.in_language(language()), brings, state.in_language(language()))
        )
    out.print(table)


def _write(found: list[Checked]) -> None:
    content = msgspec.json.encode([shown(one, language()) for one in found])
    sys.stdout.write(msgspec.json.format(content, indent=2).decode() + "\n")
