"""The simulated city in the terminal."""

import asyncio
import time
from collections.abc import Callable
from typing import Annotated, Any

import typer
from aiomqtt import MqttError
from rich.progress import Progress, SpinnerColumn, TextColumn

from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.terminal import Data, err, language, opened, say
from yuzhang.foundation.registry.provisioning.made_up import put_away
from yuzhang.foundation.registry.room import Registry
from yuzhang.simulator.beside import parent_gone
from yuzhang.simulator.enrolling import enrolled, places
from yuzhang.simulator.fleet import FEWEST, MOST, fleet
from yuzhang.simulator.kinds import kinds
from yuzhang.simulator.sending import Address, Sending

Devices = Annotated[int, typer.Option(min=FEWEST, max=MOST, help="设备数 / how many devices")]
Minutes = Annotated[float, typer.Option(min=0, help="几分钟后结束，0 为不结束 / end after so many minutes, 0: never")]


def simulate(
    data: Data,
    devices: Devices = 1_000,
    seed: Annotated[int, typer.Option(help="种子：相同则城市相同 / the same seed makes the same city")] = 7,
    url: Annotated[str, typer.Option(help="服务地址 / the server")] = "http://127.0.0.1:8700",
    mqtt_host: Annotated[str, typer.Option(help="MQTT 主机 / where MQTT is spoken")] = "127.0.0.1",
    mqtt_port: Annotated[int, typer.Option(help="MQTT 端口，0 为只用 HTTP / its port, 0: HTTP alone")] = 1883,
    minutes: Minutes = 0.0,
    process: Annotated[int, typer.Option("--while-process", hidden=True)] = 0,
    forget: Annotated[bool, typer.Option("--forget", help="移除模拟设备 / take the simulated devices away")] = False,
) -> None:
    """模拟一座城市：登记带标记的设备并让其发送数据 / Simulate a city: enter marked devices and let them send."""
    with opened(data) as storage:
        registry = Registry(storage)
        if forget:
            gone = put_away(registry, OPERATOR)
            say(Title(f"已移除 {gone} 台模拟设备。", f"{gone} simulated devices were taken away."))
            return
        of = fleet(seed, devices, kinds(), places(registry))
        with err.status(Title("正在登记设备…", "Entering devices…").in_language(language())):
            secrets = enrolled(registry, OPERATOR, of)
    say(
        Title(
            f"模拟数据：{len(of)} 台设备经 {len(secrets)} 个网关开始发送。",
            f"Simulated data: {len(of)} devices begin to send through {len(secrets)} gateways.",
        )
    )
    sending = Sending(of, Address(url, mqtt_host, mqtt_port or None), secrets)
    try:
        asyncio.run(_shown(sending, minutes * 60, parent_gone(process)))
    except KeyboardInterrupt:
        say(_said(sending))


async def _shown(sending: Sending, seconds: float, alone: Callable[[], bool]) -> None:
    """Send, with a line of how it goes."""
    until = time.monotonic() + seconds if seconds else float("inf")
    asyncio.get_running_loop().set_exception_handler(_known_already)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=err, transient=True) as progress:
        task = progress.add_task("…")

        def ended() -> bool:
            progress.update(task, description=_said(sending).in_language(language()))
            return time.monotonic() >= until or alone()

        await sending.run(ended)
    say(_said(sending))


def _known_already(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The client leaves a lost connection in a future that nobody asks; who sends has noticed it by then."""
    if not isinstance(context.get("exception"), MqttError):
        loop.default_exception_handler(context)


def _said(sending: Sending) -> Title:
    sent = sending.sent
    return Title(
        f"已发送 {sent.messages} 条消息、{sent.values} 个值，失败 {sent.failed} 条。",
        f"{sent.messages} messages with {sent.values} values were sent, {sent.failed} failed.",
    )
