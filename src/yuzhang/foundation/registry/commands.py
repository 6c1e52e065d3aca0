"""Devices in the terminal: list, add, import, approve, revoke."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.terminal import Data, cells, opened, out, say
from yuzhang.foundation.registry import actions
from yuzhang.foundation.registry.model import EXPECTED_S, Device, Sought
from yuzhang.foundation.registry.provisioning import asking, tables
from yuzhang.foundation.registry.room import Registry

app = typer.Typer(no_args_is_help=True, help="设备 / devices")
Name = Annotated[str, typer.Argument(help="设备编号 / the device's id")]


@contextmanager
def _registry(data: Path) -> Iterator[Registry]:
    with opened(data) as storage:
        yield Registry(storage)


@app.command("list")
def list_command(
    data: Data,
    text: Annotated[str, typer.Option("--search", help="查找 / a piece of its id, name or entity")] = "",
    status: Annotated[str, typer.Option(help="状态 / status")] = "",
    waiting: Annotated[bool, typer.Option("--waiting", help="等待批准的设备 / devices that wait for approval")] = False,
    limit: Annotated[int, typer.Option(min=1, max=actions.MOST_AT_ONCE, help="最多几台 / at most so many")] = 100,
) -> None:
    """列出设备 / List devices, or those that wait for approval."""
    with _registry(data) as registry:
        if waiting:
            table = Table("name", "kind", "model", "from", "since")
            for asked in asking.waiting(registry, OPERATOR, limit):
                table.add_row(*cells(asked.name, asked.kind, asked.model, asked.peer or "–", asked.at or "–"))
            out.print(table)
            return
        found = actions.devices(registry, OPERATOR, Sought(text, status=status), limit)
        table = Table("id", "kind", "name", "entity", "region", "unit", "gateway", "status")
        table.columns[0].no_wrap = True
        for one in found.devices:
            said = (one.id, one.kind, one.name, one.entity, one.region, one.unit, one.gateway, one.status)
            table.add_row(*cells(*said))
        out.print(table)
        say(Title(f"共 {found.total} 台设备。", f"{found.total} devices."))


@app.command("add")
def add_command(
    name: Name,
    kind: Annotated[str, typer.Argument(help="类型 / its kind, such as PumpStation")],
    data: Data,
    title: Annotated[str, typer.Option("--name", help="名称 / what it is called")] = "",
    entity: Annotated[str, typer.Option(help="实体 URI / the entity that it observes")] = "",
    lon: Annotated[float | None, typer.Option(help="经度 WGS-84 / longitude")] = None,
    lat: Annotated[float | None, typer.Option(help="纬度 WGS-84 / latitude")] = None,
    unit: Annotated[str, typer.Option(help="单位 / the unit that answers for it")] = "",
    gateway: Annotated[str, typer.Option(help="网关 / the device that its messages come through")] = "",
    expected: Annotated[
        float, typer.Option(help="应每隔几秒上报 / it sends at least so often, in seconds")
    ] = EXPECTED_S,
) -> None:
    """登记设备，凭证仅显示一次 / Register a device; its credential is shown this once."""
    with _registry(data) as registry:
        told = Device(
            name,
            name=title,
            kind=kind,
            entity=entity,
            lon=lon,
            lat=lat,
            unit=unit,
            gateway=gateway,
            expected_s=expected,
        )
        made = actions.add(registry, OPERATOR, told)
        secret = made.credential.secret if made.credential else ""
        say(
            Title(
                f"已登记 {name}，凭证（仅显示一次）：{secret}",
                f"{name} is registered; its credential, shown this once: {secret}",
            )
        )


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV 或 Excel / CSV or Excel")],
    data: Data,
    credentials: Annotated[
        Path | None, typer.Option(help="把凭证写入此文件 / write the credentials into this file")
    ] = None,
) -> None:
    """由表格登记设备，全部成功或全部不登记 / Register the devices of a table, all of them or none."""
    if credentials is not None and credentials.exists():
        raise typer.BadParameter(f"{credentials} 已存在 / is there already", param_hint="--credentials")
    with _registry(data) as registry:
        wanted = credentials is not None
        taken = tables.take(registry, OPERATOR, file.read_bytes(), file.name, with_credentials=wanted)
        if credentials is not None:
            credentials.touch(mode=0o600)
            lines = [f"{one.device},{one.secret}\n" for one in taken.credentials]
            credentials.write_text("device,secret\n" + "".join(lines), encoding="utf-8")
        say(Title(f"已登记 {taken.added} 台设备。", f"{taken.added} devices are registered."))


@app.command("approve")
def approve_command(
    name: Name, data: Data, unit: Annotated[str, typer.Option(help="单位 / the unit that answers for it")] = ""
) -> None:
    """批准自行登记的设备 / Approve a device that asked to be taken in."""
    with _registry(data) as registry:
        asking.approve(registry, OPERATOR, name, unit)
        say(Title(f"已批准 {name}，它会自行取得凭证。", f"{name} is approved; it fetches its credential itself."))


@app.command("revoke")
def revoke_command(name: Name, data: Data) -> None:
    """吊销设备凭证 / Revoke a device's credential; a running server refuses it within a second."""
    with _registry(data) as registry:
        actions.revoke(registry, OPERATOR, name)
        say(Title(f"已吊销 {name} 的凭证。", f"The credential of {name} is revoked."))
