"""Entities in the terminal: list, get, put, patch, delete, import, export, types, declare."""

import asyncio
import contextlib
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer
from rich.table import Table

from yuzhang.brain.context import actions
from yuzhang.brain.context.classification.commands import classify
from yuzhang.brain.context.terminal.documents import document_of
from yuzhang.brain.context.terminal.importing import Imported, imported
from yuzhang.brain.context.terminal.places import Place, own_broker, reached
from yuzhang.client import Entity, Query, TypeInfo
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.terminal import Data, cells, err, language, out, say

R = TypeVar("R")
URL_VARIABLE = "YUZHANG_URL"
app = typer.Typer(no_args_is_help=True, help="实体：城市的当前状态 / entities: the city's present")
Url = Annotated[
    str,
    typer.Option(
        envvar=URL_VARIABLE,
        help="运行中的服务地址；留空则直接打开数据目录 / a running server; else the data folder is opened",
    ),
]
Tenant = Annotated[str, typer.Option(help="租户，默认租户留空 / the tenant; empty for the default one")]
Vocabulary = Annotated[
    str, typer.Option("--context", help="术语所用 @context 的地址 / the address of the terms' @context")
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]
Id = Annotated[str, typer.Argument(help="实体标识 / the entity's id")]
Type = Annotated[str, typer.Option("--type", help="类型 / type")]
Q = Annotated[str, typer.Option("--q", help="条件，如 fillingLevel>0.8 / condition, e.g. fillingLevel>0.8")]
File = Annotated[str, typer.Argument(help="JSON 文件，- 为标准输入 / a JSON file, - for standard input")]
SHOWN_FAULTS = 20


@app.command("list")
def list_(
    data: Data,
    type_: Type = "",
    q: Q = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="最多显示 / show at most")] = 20,
    as_json: AsJson = False,
    url: Url = "",
    tenant: Tenant = "",
    context: Vocabulary = "",
) -> None:
    """列出实体 / List entities."""

    async def work() -> tuple[list[Entity], int]:
        async with reached(Place(data, url, tenant, context)) as client:
            wanted = Query(type=type_, q=q, page=limit)
            found = []
            async with contextlib.aclosing(client.query(wanted)) as entities:
                async for one in entities:
                    found.append(one)
                    if len(found) == limit:
                        break
            return found, await client.count(wanted)

    found, count = _done(work())
    if as_json:
        _print([one.document for one in found])
        return
    zh = language() == "zh"
    table = Table()
    for title in ("标识", "类型", "属性") if zh else ("id", "type", "attributes"):
        table.add_column(title, overflow="fold")
    for one in found:
        table.add_row(*cells(one.id, ", ".join(one.types), ", ".join(one.attributes)))
    out.print(table)
    say(Title(f"显示 {len(found)} 个，共 {count} 个。", f"{len(found)} of {count} are shown."))


@app.command()
def get(
    entity: Id,
    data: Data,
    simple: Annotated[bool, typer.Option("--simple", help="只要值 / values only")] = False,
    url: Url = "",
    tenant: Tenant = "",
    context: Vocabulary = "",
) -> None:
    """以 JSON 显示一个实体 / Show an entity as JSON."""

    async def work() -> Entity:
        async with reached(Place(data, url, tenant, context)) as client:
            return await client.get(entity, format="simplified" if simple else "normalized")

    _print(_done(work()).document)


@app.command()
def put(file: File, data: Data, url: Url = "", tenant: Tenant = "", context: Vocabulary = "") -> None:
    """写入一个实体，替换同标识的旧实体 / Keep an entity, in place of the one with its id."""
    document = document_of(file)

    async def work() -> bool:
        async with reached(Place(data, url, tenant, context)) as client:
            return await client.upsert(document)

    name = document.get("id", "")
    if _done(work()):
        say(Title(f"已新建 {name}。", f"{name} is new."))
    else:
        say(Title(f"已替换 {name}。", f"{name} was replaced."))


@app.command()
def patch(entity: Id, file: File, data: Data, url: Url = "", tenant: Tenant = "", context: Vocabulary = "") -> None:
    """把片段合并进实体；urn:ngsi-ld:null 表示删除 / Merge a fragment into an entity; urn:ngsi-ld:null deletes."""
    fragment = document_of(file)

    async def work() -> None:
        async with reached(Place(data, url, tenant, context)) as client:
            await client.merge(entity, fragment)

    _done(work())
    say(Title(f"已修改 {entity}。", f"{entity} was changed."))


@app.command()
def delete(
    entities: Annotated[list[str], typer.Argument(help="实体标识 / ids")],
    data: Data,
    url: Url = "",
    tenant: Tenant = "",
) -> None:
    """删除实体 / Take entities away."""

    async def work() -> Imported:
        async with reached(Place(data, url, tenant)) as client:
            result = await client.delete_all(entities)
        return Imported(len(result.done), tuple((one.entity, one.problem.text) for one in result.failed))

    _report(_done(work()), Title("已删除", "deleted"), as_json=False)


@app.command("import")
def import_(
    file: Annotated[
        str, typer.Argument(help="JSON 数组或 NDJSON，- 为标准输入 / a JSON array or NDJSON, - for standard input")
    ],
    data: Data,
    update: Annotated[bool, typer.Option(help="保留未给出的属性 / keep attributes that are not given")] = False,
    as_json: AsJson = False,
    url: Url = "",
    tenant: Tenant = "",
    context: Vocabulary = "",
) -> None:
    """导入实体，已有的被替换；有误的列出，其余照常写入 / Import entities; what is wrong is listed, the rest is kept."""

    async def work() -> Imported:
        async with reached(Place(data, url, tenant, context)) as client:
            return await imported(client, file, err, update=update)

    _report(_done(work()), Title("已导入", "imported"), as_json=as_json)


@app.command()
def export(
    data: Data,
    type_: Type = "",
    q: Q = "",
    out_file: Annotated[
        Path | None, typer.Option("--out", help="文件，默认标准输出 / a file; else standard output")
    ] = None,
    url: Url = "",
    tenant: Tenant = "",
    context: Vocabulary = "",
) -> None:
    """导出实体，每行一个 JSON 对象 / Export entities, one JSON object a line."""

    async def work() -> int:
        count = 0
        with _target(out_file) as target:
            async with reached(Place(data, url, tenant, context)) as client:
                async for one in client.query(Query(type=type_, q=q, page=1000)):
                    target.write(msgspec.json.encode(one.document) + b"\n")
                    count += 1
            target.flush()
        return count

    count = _done(work())
    if out_file is not None:
        say(Title(f"已导出 {count} 个实体：{out_file}", f"{count} entities were exported: {out_file}"))


@app.command()
def types(data: Data, as_json: AsJson = False, url: Url = "", tenant: Tenant = "", context: Vocabulary = "") -> None:
    """列出类型、数量与属性 / List types, how many entities they have, and their attributes."""

    async def work() -> list[TypeInfo]:
        async with reached(Place(data, url, tenant, context)) as client:
            return [await client.type_info(one) for one in await client.types()]

    found = _done(work())
    if as_json:
        _print(found)
        return
    zh = language() == "zh"
    table = Table()
    for title in ("类型", "数量", "属性") if zh else ("type", "entities", "attributes"):
        table.add_column(title, overflow="fold")
    for one in found:
        table.add_row(*cells(one.name, one.count, ", ".join(attribute.name for attribute in one.attributes)))
    out.print(table)


@app.command()
def declare(
    data: Data,
    attributes: Annotated[list[str] | None, typer.Argument(help="属性，不写则列出 / attributes; none to list")] = None,
    off: Annotated[bool, typer.Option("--off", help="不再索引 / index no more")] = False,
    tenant: Tenant = "",
    context: Vocabulary = "",
) -> None:
    """为属性的值建立索引，使按值查询更快 / Index the values of attributes, so that queries by them are fast."""

    async def work() -> list[str]:
        async with own_broker(data) as broker:
            terms = await broker.contexts.obtain(context or None, tenant)
            for one in attributes or ():
                name = terms.expand(one)
                if off:
                    await actions.undeclare(broker, OPERATOR, tenant, name)
                else:
                    await actions.declare(broker, OPERATOR, tenant, name)
            return sorted(terms.compact(one) for one in actions.declared(broker, OPERATOR, tenant))

    names = ", ".join(_done(work()))
    say(Title(f"已索引：{names or '无'}", f"indexed: {names or 'none'}"))


app.command()(classify)


def _done(work: Coroutine[Any, Any, R]) -> R:
    return asyncio.run(work)


def _print(value: Any) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def _report(result: Imported, verb: Title, *, as_json: bool) -> None:
    """Say what became of many entities. Ends with exit code 2 if some failed."""
    if as_json:
        _print({"done": result.done, "failed": [{"entity": one, "reason": why} for one, why in result.failed]})
    else:
        for one, why in result.failed[:SHOWN_FAULTS]:
            err.print(f"{one}: {why}", style="red", markup=False, highlight=False, soft_wrap=True)
        if len(result.failed) > SHOWN_FAULTS:
            rest = len(result.failed) - SHOWN_FAULTS
            err.print(Title(f"另有 {rest} 个。", f"and {rest} more.").in_language(language()), style="red")
        failed = len(result.failed)
        say(Title(f"{verb.zh} {result.done} 个，失败 {failed} 个。", f"{result.done} {verb.en}, {failed} failed."))
    if result.failed:
        raise typer.Exit(2)


def _target(file: Path | None) -> Any:
    if file is None:
        return contextlib.nullcontext(sys.stdout.buffer)
    try:
        return file.open("wb")
    except OSError as problem:
        raise InputRefused(
            Title(f"无法写入文件：{problem.strerror}。", f"The file cannot be written: {problem.strerror}."),
            where=str(file),
        ) from problem
