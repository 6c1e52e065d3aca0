"""The command `yuzhang serve`: its options, and the one process that serves."""

import asyncio
import gc
import resource
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import Conflict, InputRefused
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings, Trust, checked, is_loopback, parts
from yuzhang.core.terminal import Data, opened, say
from yuzhang.foundation.registry.provisioning.made_up import put_away
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.sources.mqtt.tls import of_files
from yuzhang.loading import PlanText, load_folder
from yuzhang.operation.logs import configure
from yuzhang.operation.settings import operation_settings
from yuzhang.simulator.beside import sending_beside
from yuzhang.simulator.fleet import FEWEST, MOST
from yuzhang.simulator.sending import Address
from yuzhang.web.forwarded import networks

if TYPE_CHECKING:
    from yuzhang.entrance.identity.room import Identity

MOST_CONNECTIONS = 4096
OTHER_FILES = 512
"""For the database, and for connections to subscribers and context sources."""
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
MqttCertificate = Annotated[
    Path | None,
    typer.Option(
        "--mqtt-certificate",
        envvar="YUZHANG_MQTT_CERTIFICATE",
        help="MQTT 的证书（PEM），给出后只用 TLS / the certificate of MQTT, PEM: with it MQTT is TLS only",
    ),
]
MqttKey = Annotated[
    Path | None,
    typer.Option("--mqtt-key", envvar="YUZHANG_MQTT_KEY", help="该证书的私钥（PEM） / the certificate's key, PEM"),
]
NoMqtt = Annotated[bool, typer.Option("--no-mqtt", help="不启动 MQTT / do without MQTT")]


Host = Annotated[str, typer.Option(help="监听地址 / address")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="端口 / port")]
Insecure = Annotated[
    bool, typer.Option(help="允许他人可达的地址不用 TLS / allow an address that others reach without TLS")
]
City = Annotated[Path | None, typer.Option("--city", help="先装入城市目录 / load a city's folder first")]
LoadContexts = Annotated[
    bool, typer.Option("--load-contexts", help="允许从网络读取上下文 / load contexts from the network")
]
ContextHosts = Annotated[
    list[str] | None,
    typer.Option("--context-host", help="只从这些主机读取 / from these hosts only; may be repeated"),
]
Alias = Annotated[str, typer.Option(help="本系统在联邦中的别名 / what other brokers know this one by")]
PublicAddress = Annotated[
    str, typer.Option(help="对外地址，例如 https://brain.example.cn / how the outside reaches it")
]
WithoutSignIn = Annotated[
    Trust,
    typer.Option("--trust", help="谁不用登录 / who need not sign in: nobody, machine (who asks from it), everyone"),
]
Proxies = Annotated[
    list[str] | None,
    typer.Option(
        "--proxy",
        help="可信代理的地址或网段，可多次 / the address or network of a proxy before the server; may be repeated",
    ),
]
Simulated = Annotated[
    int | None,
    typer.Option(
        "--simulate",
        min=0,
        max=MOST,
        help="同时模拟几台设备，0 为移除模拟设备 / so many simulated devices send meanwhile; 0 takes those there are away",
    ),
]


def serve(
    data: Data,
    host: Host = "127.0.0.1",
    port: Port = 8700,
    insecure: Insecure = False,
    folder: City = None,
    text: PlanText = None,
    copies: Copies = None,
    load_contexts: LoadContexts = False,
    hosts: ContextHosts = None,
    private: Private = False,
    alias: Alias = "",
    hours: KeepHours = 24.0,
    waiting: MostWaiting = 10_000,
    watch: Watch = None,
    mqtt_port: MqttPort = 1883,
    no_mqtt: NoMqtt = False,
    mqtt_certificate: MqttCertificate = None,
    mqtt_key: MqttKey = None,
    public_address: PublicAddress = "",
    trust: WithoutSignIn = "nobody",
    proxies: Proxies = None,
    simulate: Simulated = None,
) -> None:
    """启动服务 / Start the server."""
    operated = operation_settings()
    _look_at(simulate or FEWEST, proxies or (), mqtt_certificate, mqtt_key)
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
            public_address=public_address.rstrip("/"),
            trust=trust,
            proxies=tuple(proxies or ()),
            mqtt_port=None if no_mqtt else _free(host, mqtt_port, "--mqtt-port"),
            mqtt_certificate=mqtt_certificate,
            mqtt_key=mqtt_key,
        )
    )
    _before(settings.data, folder, text, simulate)
    address, running = _running(settings)
    configure(operated)
    to = Address(address.rstrip("/"), host, None if mqtt_certificate else settings.mqtt_port)
    with sending_beside(settings.data, simulate, to) if simulate else nullcontext():
        asyncio.run(_serve(settings, running))


def _before(data: Path, folder: Path | None, text: Path | None, simulate: int | None) -> None:
    """What is in the data folder before the server starts: the city asked for, and no simulated device if none shall send."""
    with opened(data) as storage:
        if folder is not None:
            say(load_folder(storage, folder, text))
        if simulate == 0:
            put_away(Registry(storage), OPERATOR)


def _look_at(devices: int, proxies: Sequence[str], certificate: Path | None, key: Path | None) -> None:
    """What can be wrong with options is told before anything is done."""
    _enough(devices)
    networks(proxies)
    of_files(certificate, key)


def _enough(devices: int) -> None:
    if devices < FEWEST:
        raise InputRefused(
            Title(
                f"至少模拟 {FEWEST} 台设备：每种一台。", f"At least {FEWEST} devices are simulated: one of each kind."
            ),
            where="--simulate",
        )


def _running(settings: Settings) -> tuple[str, Title]:
    """Where the server is reached, and how that is said."""
    named = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{named}:{settings.port}/"
    scheme = "mqtt" if settings.mqtt_certificate is None else "mqtts"
    mqtt = "" if settings.mqtt_port is None else f"\nMQTT: {scheme}://{named}:{settings.mqtt_port}"
    return address, Title(f"豫章已启动：{address}{mqtt}", f"Yuzhang runs at {address}{mqtt}")


async def _serve(settings: Settings, running: Title) -> None:
    """Serve until the process is asked to end. One process: what ends it ends everything, at any moment of its start."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server.embed import Server

    from yuzhang.app import create_app

    app = create_app(settings)
    server = Server(
        app,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_level=LogLevels.error,
        backlog=1024,
        backpressure=_connections(),
    )
    loop, operation = asyncio.get_running_loop(), app.state.operation
    stop: Callable[[], object] = server.stop

    def end() -> None:
        """Not ready first, so that a balancer sends nobody any more; then, after YUZHANG_DRAIN_S, the end."""
        if operation.readiness.draining:
            stop()  # asked twice: at once
        operation.readiness.drain()
        loop.call_later(operation.settings.drain_s, stop)

    loop.add_signal_handler(signal.SIGTERM, end)

    def at_once() -> None:
        """Not ready, so that open streams end; then the end."""
        operation.readiness.drain()
        stop()

    loop.add_signal_handler(signal.SIGINT, at_once)
    say(running)
    _welcome(app.state.identity, settings)
    gc.collect()
    gc.freeze()  # what is there by now stays
    await server.serve()


def _welcome(identity: "Identity", settings: Settings) -> None:
    """Print the one-time link of the first administrator, as long as there is none. To the terminal only, never to the log."""
    from yuzhang.entrance.identity.joining import first_link

    path = first_link(identity)
    if path is not None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        # Passkeys hold for names, not for numbers.
        named = "localhost" if is_loopback(settings.host) else host
        address = f"{settings.public_address or f'http://{named}:{settings.port}'}{path}"
        say(
            Title(
                f"还没有管理员。请在 24 小时内打开（只能用一次）：{address}",
                f"There is no administrator yet. Open this within 24 hours; it can be used once: {address}",
            )
        )


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
