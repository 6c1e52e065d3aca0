"""Observations in the terminal: files into the data folder, or to a server that runs."""

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, BinaryIO

import httpx
import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from yuzhang.client.errors import NotReached, refused
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused, TryAgain
from yuzhang.core.language import Title
from yuzhang.core.terminal import KEY_VARIABLE, Data, err, language, say
from yuzhang.foundation.sources.formats.kinds import by_name
from yuzhang.foundation.sources.formats.reading import Slice, slices
from yuzhang.foundation.sources.model import Door

Opening = Callable[[Path], AbstractContextManager[Door]]
Send = Callable[[Slice], int]
PATIENCE_S = 120.0
BUSY = 429
Files = Annotated[
    list[Path],
    typer.Argument(
        help="CSV、Arrow、Parquet、NDJSON 或 dataArray 文件，可带 .gz、.zst / files; packed as .gz or .zst if wanted"
    ),
]
Type = Annotated[str, typer.Option("--type", help="尚无此实体时的类型 / the type of entities that are not there yet")]
Tenant = Annotated[str, typer.Option(help="租户，默认租户留空 / the tenant; empty for the default one")]
Url = Annotated[
    str,
    typer.Option(
        envvar="YUZHANG_URL",
        help="运行中的服务地址；留空则直接写入数据目录 / a running server; else the data folder is written",
    ),
]


def observations(opening: Opening) -> typer.Typer:
    """The commands; `opening` opens the door of a data folder, which is known to rooms right of here only."""
    app = typer.Typer(no_args_is_help=True, help="观测数据 / observations")

    @app.callback()
    def several() -> None:
        """观测数据 / observations."""

    @app.command("import")
    def import_(files: Files, data: Data, url: Url = "", type_: Type = "", tenant: Tenant = "") -> None:
        """导入观测文件；重复导入不会重复保存 / Import files of observations; imported again, nothing is doubled."""
        if url:
            key = os.environ.get(KEY_VARIABLE)
            known = {"authorization": f"Key {key}"} if key else {}
            with httpx.Client(base_url=url, timeout=60, headers={"accept-language": language(), **known}) as client:
                rows = imported(files, lambda one: _sent(client, one, type_, tenant))
        else:
            with opening(data) as door:
                rows = imported(files, lambda one: _taken(door, one, type_, tenant))
        say(Title(f"已导入 {rows} 条观测。", f"{rows} observations were imported."))

    return app


def imported(files: list[Path], send: Send) -> int:
    """Bring files slice by slice, with a bar: how many observations there were. Raises InputRefused, naming the file."""
    rows = 0
    sizes = [_size(one) for one in files]
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=sum(sizes))
        before = 0
        for path, size in zip(files, sizes, strict=True):
            progress.update(task, description=path.name)
            form, packing = by_name(path.name)
            of_file = 0
            with path.open("rb") as file:
                try:
                    for one in slices(file, form, packing):
                        of_file += _patiently(send, one)
                        progress.update(task, completed=before + _place(file, size))
                except InputRefused as error:
                    kept = (
                        Title(f"此前 {of_file} 条已保存。", f"{of_file} before it are kept.")
                        if of_file
                        else Title("", "")
                    )
                    error.detail = Title(f"{error.detail.zh}{kept.zh}", f"{error.detail.en} {kept.en}".rstrip())
                    error.where = f"{path}: {error.where}" if error.where else str(path)
                    raise
            rows += of_file
            before += size
    return rows


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as problem:
        raise InputRefused(
            Title(f"无法读取文件：{problem.strerror}。", f"The file cannot be read: {problem.strerror}."),
            where=str(path),
            fix=Title("请检查路径和权限。", "Check the path and the rights."),
        ) from problem


def _place(file: BinaryIO, size: int) -> int:
    return size if file.closed else min(file.tell(), size)


def _patiently(send: Send, one: Slice) -> int:
    """Send a slice, again and again while more comes in than is filed. Raises TryAgain after PATIENCE_S."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return send(one)
        except TryAgain as error:
            if error.status != BUSY or time.monotonic() > until:
                raise
            time.sleep(error.retry_after_s)


def _taken(door: Door, one: Slice, type_: str, tenant: str) -> int:
    batch = one.batch(door.resolve, tenant).typed(type_)
    return door.acceptor.observe_now(OPERATOR, tenant, batch.keys, batch.columns, batch.types)


class ServerBusy(TryAgain):
    """The server takes no more for the moment."""

    code, status = "server-busy", BUSY
    title = Title("服务器繁忙", "The server is busy")


def _sent(client: httpx.Client, one: Slice, type_: str, tenant: str) -> int:
    content, media = one.message()
    params = {name: text for name, text in (("type", type_), ("tenant", tenant)) if text}
    try:
        reply = client.post("/api/observations", content=content, params=params, headers={"content-type": media})
    except httpx.HTTPError as error:
        raise NotReached(
            Title(f"无法连接：{error}。", f"It cannot be reached: {error}."), where=str(client.base_url)
        ) from error
    if reply.status_code == BUSY:
        raise ServerBusy(
            Title("服务器暂时不再接收。", "The server takes no more for the moment."),
            fix=Title("请稍后重新导入；不会重复保存。", "Import it again in a while; nothing is doubled."),
        )
    if reply.status_code >= 300:
        raise refused(reply.status_code, reply.content)
    return int(reply.json()["accepted"])
