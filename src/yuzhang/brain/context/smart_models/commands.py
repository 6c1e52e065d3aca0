"""Data models in the terminal: import, list, show, remove, require."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from yuzhang.brain.context.smart_models import actions
from yuzhang.brain.context.smart_models.actions import Home, Imported
from yuzhang.brain.context.smart_models.fetching import fetched
from yuzhang.brain.context.smart_models.model import Described, Listed, SmartModel
from yuzhang.brain.context.terminal.places import own_broker
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.terminal import Data, cells, language, out, say

R = TypeVar("R")
app = typer.Typer(no_args_is_help=True, help="数据模型（Smart Data Models）/ data models: import, list, check")
Name = Annotated[str, typer.Argument(help="模型名称，如 Streetlight / the model's name, e.g. Streetlight")]
Tenant = Annotated[str, typer.Option(help="租户，默认租户留空 / the tenant; empty for the default one")]


@app.command("import")
def import_(
    names: Annotated[
        list[str],
        typer.Argument(
            help="模型名称；无 --from 时为 schema.json 的路径或网址 / names; without --from paths or addresses"
        ),
    ],
    data: Data,
    folder: Annotated[
        Path | None, typer.Option("--from", help="存放模型仓库副本的文件夹 / a folder of laid-in models")
    ] = None,
    context: Annotated[Path | None, typer.Option(help="按文件导入时的 @context / the @context, for a file")] = None,
    example: Annotated[Path | None, typer.Option(help="按文件导入时的示例 / an example, for a file")] = None,
    private: Annotated[
        bool, typer.Option("--allow-private-addresses", help="网址可以在内网 / addresses may be inside")
    ] = False,
) -> None:
    """按名称、文件或网址导入数据模型 / Import data models by name, file or address."""
    if folder is not None and (context is not None or example is not None):
        raise InputRefused(
            Title("--from 与 --context、--example 不能同用。", "--from does not go with --context or --example."),
            where="--from",
        )

    async def work(broker: Home) -> list[Imported]:
        if folder is not None:
            return [await actions.import_model(broker, OPERATOR, name, folder) for name in names]
        return [await one(broker, name) for name in names]

    async def one(broker: Home, name: str) -> Imported:
        if name.startswith(("https://", "http://")):
            return await actions.import_address(broker, OPERATOR, name, partial(fetched, private=private))
        return await actions.import_file(broker, OPERATOR, Path(name), context, example)

    for done in _done(data, work):
        say(Title(f"已导入 {done.model.name}：{done.model.type}", f"Imported {done.model.name}: {done.model.type}"))
        if done.example_fault is not None:
            fault = done.example_fault
            say(Title(f"  它自带的示例有误：{fault.zh}", f"  its own example has a fault: {fault.en}"))


@app.command("list")
def list_(data: Data) -> None:
    """列出数据模型 / List the data models."""

    async def work(broker: Home) -> list[Listed]:
        return actions.models(broker, OPERATOR)

    zh = language() == "zh"
    table = Table()
    for title in (
        ("模型", "主题", "版本", "类型", "检查的租户") if zh else ("model", "subject", "version", "type", "checked for")
    ):
        table.add_column(title)
    for one in _done(data, work):
        tenants = ", ".join(tenant or ("（默认）" if zh else "(default)") for tenant in one.tenants)
        table.add_row(*cells(one.title, one.subject, one.version, one.type, tenants))
    out.print(table)


@app.command()
def show(name: Name, data: Data) -> None:
    """显示一个数据模型的属性 / Show what a data model asks for."""

    async def work(broker: Home) -> tuple[SmartModel, list[Described]]:
        return actions.model(broker, OPERATOR, name), actions.attributes(broker, OPERATOR, name)

    model, attributes = _done(data, work)
    zh = language() == "zh"
    say(Title(f"{model.name} {model.version}：{model.type}", f"{model.name} {model.version}: {model.type}"))
    say(Title(f"来源：{model.source}", f"source: {model.source}"))
    table = Table()
    for title in (
        ("属性", "必填", "种类", "值", "说明") if zh else ("attribute", "required", "kind", "value", "meaning")
    ):
        table.add_column(title)
    for one in attributes:
        required = ("是" if zh else "yes") if one.required else ""
        table.add_row(*cells(one.term, required, one.kind, one.shape, one.text))
    out.print(table)


@app.command()
def remove(name: Name, data: Data) -> None:
    """删除一个数据模型 / Remove a data model."""

    async def work(broker: Home) -> str:
        return await actions.remove_model(broker, OPERATOR, name)

    gone = _done(data, work)
    say(Title(f"已删除 {gone}。", f"Removed {gone}."))


@app.command()
def require(
    name: Name,
    data: Data,
    tenant: Tenant = "",
    types: Annotated[
        list[str] | None, typer.Option("--type", help="改为检查这些类型 / check these types instead")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="不再检查 / check no more")] = False,
) -> None:
    """写入时按模型检查实体 / Check entities against a model when they are written."""

    async def work(broker: Home) -> list[str]:
        return await actions.require(broker, OPERATOR, name, tenant, types=types or (), on=not off)

    concerned = ", ".join(_done(data, work))
    if off:
        say(Title(f"不再检查：{concerned}", f"Checked no more: {concerned}"))
    else:
        say(Title(f"写入时检查：{concerned}", f"Checked when written: {concerned}"))


def _done(data: Path, work: Callable[[Home], Awaitable[R]]) -> R:
    """What `work` gives on a broker over the data folder."""

    async def whole() -> R:
        async with own_broker(data) as broker:
            return await work(broker)

    return asyncio.run(whole())
