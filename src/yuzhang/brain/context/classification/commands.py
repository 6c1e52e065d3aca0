"""Classifying in the terminal: how sensitive types and attributes are, and where entities belong."""

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.classification import actions
from yuzhang.brain.context.classification.model import Class, Classes, Row, TypeClass
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.terminal.places import own_broker
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.terminal import Data, cells, language, out

LEVELS = {
    1: Title("开放", "open"),
    2: Title("内部", "internal"),
    3: Title("敏感", "sensitive"),
    4: Title("机密", "confidential"),
}


def classify(
    data: Data,
    type_: Annotated[
        str, typer.Argument(metavar="[TYPE]", help="类型，不写则列出全部 / a type; none to list all")
    ] = "",
    attribute: Annotated[str, typer.Argument(help="该类型的一个属性 / one attribute of the type")] = "",
    level: Annotated[
        int | None,
        typer.Option(
            min=1, max=4, help="1 开放 2 内部 3 敏感 4 机密 / 1 open, 2 internal, 3 sensitive, 4 confidential"
        ),
    ] = None,
    personal: Annotated[
        bool | None, typer.Option("--personal/--not-personal", help="是否为个人信息 / whether it is personal data")
    ] = None,
    region_by: Annotated[
        str | None, typer.Option("--region-by", help="说明所在区域的属性 / the attribute that tells the region")
    ] = None,
    unit_by: Annotated[
        str | None, typer.Option("--unit-by", help="说明责任单位的属性 / the attribute that tells the responsible unit")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="取消分级 / classify no longer")] = False,
    tenant: Annotated[str, typer.Option(help="租户，默认租户留空 / the tenant; empty for the default one")] = "",
    context: Annotated[
        str, typer.Option("--context", help="术语所用 @context 的地址 / the address of the terms' @context")
    ] = "",
) -> None:
    """为类型和属性分级；未分级的为内部 / Classify types and attributes; what is not classified is internal."""

    async def work() -> tuple[Classes, Terms]:
        async with own_broker(data) as broker:
            terms = await broker.contexts.obtain(context or None, tenant)
            if type_:
                kind, name = terms.expand(type_), terms.expand(attribute) if attribute else ""
                places = [None if one is None else terms.expand(one) if one else "" for one in (region_by, unit_by)]
                if off:
                    await actions.declassify(broker, OPERATOR, tenant, kind, name)
                elif (level, personal, region_by, unit_by) != (None, None, None, None):
                    row = _row(broker, tenant, kind, name, level, personal, *places)
                    await actions.classify(broker, OPERATOR, tenant, [row])
            return actions.classified(broker, OPERATOR, tenant), terms

    found, terms = asyncio.run(work())
    _show(found, terms)


def _row(
    broker: Broker,
    tenant: str,
    kind: str,
    name: str,
    level: int | None,
    personal: bool | None,
    region_by: str | None,
    unit_by: str | None,
) -> Row:
    """The line that is wanted; what is not said stays as it was."""
    of_type = actions.classified(broker, OPERATOR, tenant).get(kind, TypeClass())
    was = of_type.attributes.get(name, Class(of_type.level, of_type.personal)) if name else of_type
    return Row(
        tenant,
        kind,
        name,
        was.level if level is None else level,
        was.personal if personal is None else personal,
        (region_by or "") if name else of_type.region_by if region_by is None else region_by,
        (unit_by or "") if name else of_type.unit_by if unit_by is None else unit_by,
    )


def _show(found: Classes, terms: Terms) -> None:
    zh = language() == "zh"
    names = ("类型", "属性", "级别", "个人信息", "区域属性", "单位属性")
    table = Table()
    for title in names if zh else ("type", "attribute", "level", "personal", "region by", "unit by"):
        table.add_column(title, overflow="fold")
    for kind, one in sorted(found.items()):
        places = [terms.compact(name) if name else "" for name in (one.region_by, one.unit_by)]
        table.add_row(*cells(terms.compact(kind), "", *_said(one, zh=zh), *places))
        for name, each in sorted(one.attributes.items()):
            table.add_row(*cells(terms.compact(kind), terms.compact(name), *_said(each, zh=zh), "", ""))
    out.print(table)


def _said(one: Class | TypeClass, *, zh: bool) -> tuple[str, str]:
    level = f"{one.level} {LEVELS[one.level].in_language('zh' if zh else 'en')}"
    return level, (("是" if zh else "yes") if one.personal else "")
