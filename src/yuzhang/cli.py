"""Puts the rooms' commands together into `yuzhang`."""

import asyncio
import gc
import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from yuzhang.brain.context.accepting import Intake
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.context.commands import app as entities
from yuzhang.brain.context.smart_models.commands import app as models
from yuzhang.brain.history.commands import app as history
from yuzhang.brain.history.commands import backup, restore_command
from yuzhang.brain.history.nightly import daily_command
from yuzhang.brain.history.room import History
from yuzhang.brain.history.sql.commands import sql
from yuzhang.brain.history.sql.views import VIEWS
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import Conflict, InputRefused
from yuzhang.core.language import Title
from yuzhang.core.settings import PLAN_TEXT_VARIABLE, Settings, checked, parts
from yuzhang.core.storage import Storage
from yuzhang.core.terminal import Data, opened, run, say
from yuzhang.foundation.sources.commands import observations
from yuzhang.foundation.sources.model import Door
from yuzhang.plan.evaluation.commands import status
from yuzhang.plan.figures.actions import define_series, import_figures, imports, series_defined
from yuzhang.plan.figures.commands import app as figures
from yuzhang.plan.figures.offered import FIGURES
from yuzhang.plan.reading.documents import read_document
from yuzhang.plan.registry.actions import attach_text, load_city, plan_text, plans
from yuzhang.plan.registry.commands import app as plan
from yuzhang.plan.report.commands import report

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="豫章：开放的城市大脑 / Yuzhang, an open City Brain",
)
city = typer.Typer(no_args_is_help=True, help="城市数据 / a city's folder")
plan.command("status")(status)
plan.command("report")(report)
MOST_CONNECTIONS = 4096
OTHER_FILES = 512
"""For the database, and for connections to subscribers and context sources."""
PlanText = Annotated[Path | None, typer.Option("--text", envvar=PLAN_TEXT_VARIABLE, help="规划文本 / the plan's text")]
app.command("sql")(sql([*VIEWS, FIGURES]))
app.command("daily")(daily_command)
app.command("backup")(backup)
app.command("restore")(restore_command)
app.add_typer(history, name="history")
app.add_typer(plan, name="plan")
app.add_typer(figures, name="figures")
app.add_typer(city, name="city")
app.add_typer(entities, name="entities")
app.add_typer(models, name="models")


@contextmanager
def own_door(data: Path) -> Iterator[Door]:
    """The door for observations of the data folder, beside a server or without one. Raises TryAgain if it cannot be opened."""
    there = parts()
    with opened(data) as storage, asyncio.Runner() as runner:
        broker = Broker(storage, BrokerSettings(database=there.context_database, bus=there.bus))
        runner.run(broker.start(serving=False))
        try:
            yield Door(Intake(broker), History(broker, storage).keys)
        finally:
            runner.run(broker.stop())


app.add_typer(observations(own_door), name="observations")


@city.command("load")
def load(
    folder: Annotated[Path, typer.Argument(help="城市目录 / the city's folder")],
    data: Data,
    text: PlanText = None,
) -> None:
    """装入一座城市的规划与数据；已装入的保持不变 / Load a city's plan and figures; what is loaded already stays."""
    with opened(data) as storage:
        say(load_folder(storage, folder, text))


def load_folder(storage: Storage, folder: Path, text: Path | None) -> Title:
    """Each room takes its own part of the folder; a sentence on what was loaded. The text is read before anything is kept.

    What is there already stays: a city is loaded at every start, and must not take back what its planners corrected.
    """
    written = read_document(text).text if text is not None else None
    before = {one.id for one in plans(storage, OPERATOR)}
    registered = load_city(storage, OPERATOR, folder)
    new = registered.plan.id not in before or not series_defined(storage, OPERATOR)
    if new and (folder / "series.toml").exists():
        define_series(storage, OPERATOR, folder / "series.toml")
    added = 0
    if (folder / "figures.csv").exists():
        content = (folder / "figures.csv").read_bytes()
        taken = {one.sha256 for one in imports(storage, OPERATOR)}
        if sha256(content).hexdigest() not in taken:
            added = import_figures(storage, OPERATOR, content, "figures.csv").added
    plan = registered.plan
    if written is not None and plan_text(storage, OPERATOR, plan.id) is None:
        attach_text(storage, OPERATOR, plan.id, written)
    indicators, commitments = len(registered.indicators), len(registered.commitments)
    return Title(
        f"{plan.title.zh}：{indicators} 个指标，{commitments} 项承诺；新增 {added} 个数据。",
        f"{plan.title.en}: {indicators} indicators, {commitments} commitments; {added} figures added.",
    )


KeepHours = Annotated[
    float,
    typer.Option(
        "--keep-notifications",
        min=0,
        help="送不到的通知保留几小时 / hours that a notification is tried before it is given up",
    ),
]
MostWaiting = Annotated[
    int,
    typer.Option(
        "--notifications-waiting",
        min=1,
        help="每个订阅最多积压几条通知 / so many notifications may wait for one subscription",
    ),
]


Watch = Annotated[
    Path | None,
    typer.Option(
        help="收取观测文件的目录，默认数据目录下的 inbox / a folder whose files are taken; else inbox in the data folder"
    ),
]

MqttPort = Annotated[
    int,
    typer.Option(
        "--mqtt-port",
        min=0,
        max=65535,
        help="设备用的 MQTT 端口，0 为任一空闲端口 / the port for MQTT, 0 for a free one",
    ),
]
Copies = Annotated[
    Path | None,
    typer.Option(
        "--context-copies", help="按地址备好的 JSON-LD 上下文目录 / a folder of JSON-LD contexts laid in by address"
    ),
]
Private = Annotated[
    bool,
    typer.Option(
        "--allow-private-addresses", help="允许通知和上下文指向内网 / subscribers, sources and contexts may be inside"
    ),
]
NoMqtt = Annotated[bool, typer.Option("--no-mqtt", help="不启动 MQTT / do without MQTT")]


@app.command()
def serve(
    data: Data,
    host: Annotated[str, typer.Option(help="监听地址 / address")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="端口 / port")] = 8700,
    insecure: Annotated[bool, typer.Option(help="允许非本机地址 / allow an address that others reach")] = False,
    folder: Annotated[Path | None, typer.Option("--city", help="先装入城市目录 / load a city's folder first")] = None,
    text: PlanText = None,
    copies: Copies = None,
    load_contexts: Annotated[
        bool, typer.Option("--load-contexts", help="允许从网络读取上下文 / load contexts from the network")
    ] = False,
    hosts: Annotated[
        list[str] | None,
        typer.Option("--context-host", help="只从这些主机读取 / from these hosts only; may be repeated"),
    ] = None,
    private: Private = False,
    alias: Annotated[str, typer.Option(help="本系统在联邦中的别名 / what other brokers know this one by")] = "",
    hours: KeepHours = 24.0,
    waiting: MostWaiting = 10_000,
    watch: Watch = None,
    mqtt_port: MqttPort = 1883,
    no_mqtt: NoMqtt = False,
) -> None:
    """启动服务 / Start the server."""
    there = parts()
    settings = checked(
        Settings(
            data.resolve(),
            host,
            _free(host, port),
            insecure,
            warm=True,
            context_database=there.context_database,
            bus=there.bus,
            lake=there.lake,
            context_copies=copies,
            load_contexts=load_contexts,
            context_hosts=tuple(hosts or ()),
            private_addresses=private,
            alias=alias,
            keep_notifications_h=hours,
            notifications_waiting=waiting,
            watch=watch,
            mqtt_port=None if no_mqtt else _free(host, mqtt_port, "--mqtt-port"),
        )
    )
    with opened(settings.data) as storage:
        if folder is not None:
            say(load_folder(storage, folder, text))
    named = f"[{host}]" if ":" in host else host
    address = f"http://{named}:{settings.port}/"
    mqtt = "" if settings.mqtt_port is None else f"\nMQTT: mqtt://{named}:{settings.mqtt_port}"
    running = Title(f"豫章已启动：{address}{mqtt}", f"Yuzhang runs at {address}{mqtt}")
    asyncio.run(_serve(settings, running))


async def _serve(settings: Settings, running: Title) -> None:
    """Serve until the process is asked to end. One process: what ends it ends everything, at any moment of its start."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server.embed import Server

    from yuzhang.app import create_app

    server = Server(
        create_app(settings),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_level=LogLevels.error,
        backlog=1024,
        backpressure=_connections(),
    )
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, server.stop)
    say(running)
    _collect_rarely()
    await server.serve()


def _connections() -> int:
    """So many connections are held at once, as far as the machine lets a process open files.

    The server's own bound is 128: as many devices that keep their connection, or as many that send nothing, and nobody else is heard.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(128, most - OTHER_FILES)


def _collect_rarely() -> None:
    """Python looks for cycles of garbage every 700 new objects; a batch makes 50,000, none of them in a cycle.

    Measured: a third of the time of a batch of 1,000 entities.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(300_000, 20, 50)


def _free(host: str, port: int, option: str = "--port") -> int:
    """`port` if it is free, a free one for 0. Raises Conflict if another program has it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror as error:
            raise InputRefused(
                Title(f"“{host}”不是可用的地址。", f"“{host}” is no address to listen on."),
                where="--host",
                fix=Title("例：--host 127.0.0.1。", "For example: --host 127.0.0.1."),
            ) from error
        except OSError as error:
            raise Conflict(
                Title(
                    f"无法监听 {host}:{port}：{error.strerror}。", f"Cannot listen on {host}:{port}: {error.strerror}."
                ),
                where=option,
                fix=Title(f"请换一个端口：{option}。", f"Choose another one with {option}."),
            ) from error
        return int(probe.getsockname()[1])


def main() -> None:
    """The command `yuzhang`."""
    run(app)
