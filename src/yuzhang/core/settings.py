"""The settings of an installation; each is an option of `yuzhang serve` and an environment variable."""

import os
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title

DATA_VARIABLE = "YUZHANG_DATA"
PLAN_TEXT_VARIABLE = "YUZHANG_PLAN_TEXT"
CONTEXT_DATABASE_VARIABLE = "YUZHANG_CONTEXT_DATABASE"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class UnsafeAddress(InputRefused):
    """The server would be open to others while nobody is identified yet."""

    code = "unsafe-address"
    title = Title("监听地址不安全", "Unsafe address")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the server listens and where its data lies; `warm` has it evaluate once at its start, for the first reader.

    The rest is for the city's present. `context_database`: a PostgreSQL address, empty for SQLite in the data folder.
    `context_copies`: a folder of JSON-LD contexts laid in by address. `load_contexts`: fetch contexts from the network, from
    `context_hosts` only if any are named. `private_addresses`: contexts, subscribers and context sources may lie at addresses
    of this machine and its inner networks. `alias`: what other brokers know this one by. `keep_notifications_h`: hours after
    which a notification that does not arrive is given up. `notifications_waiting`: so many may wait for one subscription.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8700
    insecure: bool = False
    warm: bool = False
    context_database: str = ""
    context_copies: Path | None = None
    load_contexts: bool = False
    context_hosts: tuple[str, ...] = ()
    private_addresses: bool = False
    alias: str = ""
    keep_notifications_h: float = 24.0
    notifications_waiting: int = 10_000


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
    """`settings` if they are safe. Raises UnsafeAddress for an address that others reach, unless `insecure` is set."""
    if not settings.insecure and not is_loopback(settings.host):
        raise UnsafeAddress(
            Title(
                f"尚无身份与策略（entrance），拒绝在 {settings.host} 上监听。",
                f"There is no identity and policy yet, so listening on {settings.host} is refused.",
            ),
            where="--host",
            fix=Title(
                "请使用 127.0.0.1；确知网络可信时加 --insecure。",
                "Use 127.0.0.1, or add --insecure if you know that the network is trusted.",
            ),
        )
    return settings
