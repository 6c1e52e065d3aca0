"""The settings of an installation; each is an option of `yuzhang serve` and an environment variable."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from yuzhang.core.errors import InputRefused
from yuzhang.core.lake import LakeAddress
from yuzhang.core.language import Title

Trust = Literal["nobody", "machine", "everyone"]
"""Who is the operator without signing in."""
DATA_VARIABLE = "YUZHANG_DATA"
PLAN_TEXT_VARIABLE = "YUZHANG_PLAN_TEXT"
CONTEXT_DATABASE_VARIABLE = "YUZHANG_CONTEXT_DATABASE"
PROFILE_VARIABLE = "YUZHANG_PROFILE"
LAKE_CATALOG_VARIABLE = "YUZHANG_LAKE_CATALOG"
LAKE_FILES_VARIABLE = "YUZHANG_LAKE_FILES"
BUS_VARIABLE = "YUZHANG_BUS"
CITY = "city"
CITY_PARTS = {
    CONTEXT_DATABASE_VARIABLE: (("postgresql://",), "postgresql://user@host/database"),
    LAKE_CATALOG_VARIABLE: (("postgresql://",), "postgresql://user@host/database"),
    LAKE_FILES_VARIABLE: (("s3://",), "s3://bucket/prefix"),
    BUS_VARIABLE: (("nats://", "tls://"), "nats://host:4222"),
    "AWS_ACCESS_KEY_ID": (("",), "the store's key"),
    "AWS_SECRET_ACCESS_KEY": (("",), "the store's secret"),
}
"""What the profile "city" needs: how each address begins, and an example."""
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class UnsafeAddress(InputRefused):
    """The server would be open to others while nobody is identified yet."""

    code = "unsafe-address"
    title = Title("监听地址不安全", "Unsafe address")


class UnfitProfile(InputRefused):
    """The profile of the installation and the addresses of its parts do not fit together."""

    code = "unfit-profile"
    title = Title("部署方案不完整", "Unfit profile")


@dataclass(frozen=True, slots=True)
class Parts:
    """The servers that an installation stands on: none, each is empty, or those of a city on several machines.

    `context_database`: PostgreSQL for the present, which may also be chosen alone. `bus`: NATS JetStream for the log. `lake`: where
    history lies.
    """

    context_database: str = ""
    bus: str = ""
    lake: LakeAddress | None = None


def parts(environment: Mapping[str, str] = os.environ) -> Parts:
    """The parts as the environment names them: YUZHANG_PROFILE=city and their addresses. Raises UnfitProfile, naming the variable."""
    profile, database = environment.get(PROFILE_VARIABLE, ""), environment.get(CONTEXT_DATABASE_VARIABLE, "")
    if profile == "":
        for name in (BUS_VARIABLE, LAKE_CATALOG_VARIABLE, LAKE_FILES_VARIABLE):
            if environment.get(name):
                raise _unfit(
                    name, f"{name} 只用于 {PROFILE_VARIABLE}=city。", f"{name} is for {PROFILE_VARIABLE}=city."
                )
        return Parts(database)
    if profile != CITY:
        raise _unfit(
            PROFILE_VARIABLE, f"没有方案“{profile}”，只有 city。", f"There is no profile “{profile}”, only city."
        )
    for name, (beginning, example) in CITY_PARTS.items():
        value = environment.get(name, "")
        if not value or not value.startswith(beginning):
            raise _unfit(
                name,
                f"方案 city 需要 {name}，例如 {example}。",
                f"The profile city needs {name}, for example {example}.",
            )
    lake = LakeAddress(environment[LAKE_CATALOG_VARIABLE], environment[LAKE_FILES_VARIABLE])
    return Parts(database, environment[BUS_VARIABLE], lake)


def _unfit(name: str, chinese: str, english: str) -> UnfitProfile:
    return UnfitProfile(
        Title(chinese, english),
        where=name,
        fix=Title("见 docs/how-to/run-on-several-machines.zh.md。", "See docs/how-to/run-on-several-machines.md."),
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the server listens and where its data lies; `warm` has it evaluate once at its start, for the first reader.

    The rest is for the city's present. `context_database`: a PostgreSQL address, empty for SQLite in the data folder. `bus` and
    `lake`: those of `Parts`, for a city on several machines.
    `context_copies`: a folder of JSON-LD contexts laid in by address. `load_contexts`: fetch contexts from the network, from
    `context_hosts` only if any are named. `private_addresses`: contexts, subscribers and context sources may lie at addresses
    of this machine and its inner networks. `alias`: what other brokers know this one by. `keep_notifications_h`: hours after
    which a notification that does not arrive is given up. `notifications_waiting`: so many may wait for one subscription.
    `watch`: a folder whose files of observations are taken; `inbox` in the data folder, once there is one, where none is named.
    `mqtt_port`: where devices speak MQTT, on the same host; None for nowhere. `mqtt_certificate`, `mqtt_key`: files in PEM, with which it
    speaks TLS there and nothing else.
    `public_address`: how the outside reaches it, https:// where TLS stands before it. `trust`: who is the operator without signing in.
    `proxies`: addresses and networks of proxies, whose word on who asks is taken.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8700
    insecure: bool = False
    warm: bool = False
    context_database: str = ""
    bus: str = ""
    lake: LakeAddress | None = None
    context_copies: Path | None = None
    load_contexts: bool = False
    context_hosts: tuple[str, ...] = ()
    private_addresses: bool = False
    alias: str = ""
    keep_notifications_h: float = 24.0
    notifications_waiting: int = 10_000
    watch: Path | None = None
    mqtt_port: int | None = None
    mqtt_certificate: Path | None = None
    mqtt_key: Path | None = None
    public_address: str = ""
    trust: Trust = "nobody"
    proxies: tuple[str, ...] = ()


def default_data() -> Path:
    """The data folder that commands use where none is named: $YUZHANG_DATA, else `data` here."""
    return Path(os.environ.get(DATA_VARIABLE, "data"))


def is_loopback(host: str) -> bool:
    """Whether `host` is reachable from this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def checked(settings: Settings) -> Settings:
    """`settings` if they are safe.

    Raises UnsafeAddress for an address that others reach without TLS, or whose visitors need not sign in, unless `insecure` is set.
    """
    if settings.insecure or is_loopback(settings.host):
        return settings
    if settings.trust != "nobody":
        raise UnsafeAddress(
            Title(
                f"在 {settings.host} 上监听时必须登录，不能与 --trust 同用。",
                f"Whoever reaches {settings.host} has to sign in; it does not go together with --trust.",
            ),
            where="--trust",
            fix=Title("请去掉 --trust。", "Leave out --trust."),
        )
    if not settings.public_address.startswith("https://"):
        raise UnsafeAddress(
            Title(
                f"在 {settings.host} 上监听需要 TLS，否则口令会明文传输。",
                f"Listening on {settings.host} needs TLS; without it passwords cross the network in the open.",
            ),
            where="--host",
            fix=Title(
                "请在前面放一个 TLS 代理并以 --public-address https://… 说明，或使用 127.0.0.1；确知网络可信时加 --insecure。",
                "Put a TLS proxy before it and name it with --public-address https://…, or use 127.0.0.1; add --insecure if "
                "you know that the network is trusted.",
            ),
        )
    return settings
