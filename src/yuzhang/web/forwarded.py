"""Who asks, where a proxy stands before the server: its word is taken only if the proxy is one that the operator named.

A proxy appends the address that it was asked from. So the list is read from its right end: what a named proxy said counts, and the first
address that is no named proxy's is the sender's. Whatever a sender wrote itself stands further left, and is never looked at.
Source: RFC 7239, sections 5.2 and 8.1.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.web.gate import PASSED_ON

Network = IPv4Network | IPv6Network
FORWARDED, FOR, SCHEME = b"forwarded", b"x-forwarded-for", b"x-forwarded-proto"
TOLD = frozenset(name.encode() for name in PASSED_ON)
PART = re.compile(r'(?i)(?:^|;)\s*(for|proto)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)')


def networks(proxies: Iterable[str]) -> tuple[Network, ...]:
    """The addresses and networks of proxies, as the operator names them. Raises InputRefused for what is neither.

    >>> networks(["10.0.0.2", "fd00::/8"])
    (IPv4Network('10.0.0.2/32'), IPv6Network('fd00::/8'))
    """
    found = []
    for one in proxies:
        try:
            network = ip_network(one, strict=False)
        except ValueError as err:
            raise InputRefused(
                Title(f"“{one}”不是地址或网段。", f"“{one}” is neither an address nor a network."),
                where="--proxy",
                fix=Title("例：--proxy 127.0.0.1。", "For example: --proxy 127.0.0.1."),
            ) from err
        if network.prefixlen == 0:
            raise InputRefused(
                Title("不能信任所有地址。", "Not every address can be a proxy's."),
                where="--proxy",
                fix=Title("请写出代理的地址。", "Name the proxy's own address."),
            )
        found.append(network)
    return tuple(found)


class Forwarded:
    """ASGI middleware before everything else: the sender's address and scheme in the place of the proxy's."""

    def __init__(self, app: ASGIApp, proxies: tuple[Network, ...]) -> None:
        self._app, self._proxies = app, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] in ("http", "websocket"):
            client = scope.get("client")
            if client is not None and self._is_proxy(_address(client[0])):
                self._take(scope)
        await self._app(scope, receive, send)

    def _is_proxy(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(address in one for one in self._proxies)

    def _take(self, scope: Scope) -> None:
        """What the proxy says; the headers go, so that nobody behind reads them another way."""
        headers = scope["headers"]
        told = list(_told([value for name, value in headers if name == FORWARDED]))
        if not told:
            told = [(one, "") for one in _listed([value for name, value in headers if name == FOR])]
            schemes = _listed([value for name, value in headers if name == SCHEME])
            if told and schemes:
                told[-1] = (told[-1][0], schemes[-1])
        scope["headers"] = [one for one in headers if one[0] not in TOLD]
        sender = ""
        for sender, scheme in reversed(told):
            if scheme in ("http", "https"):
                scope["scheme"] = scheme
            if not self._is_proxy(_address(sender)):
                break
        # Unreadable is unknown, never the proxy itself, whose address may be this machine's.
        address = _address(sender)
        scope["client"] = ("0.0.0.0" if address is None else str(address), 0)  # noqa: S104  # nobody's address


def _listed(values: list[bytes]) -> list[str]:
    return [one.strip() for value in values for one in value.decode("latin-1").split(",") if one.strip()]


def _told(values: list[bytes]) -> Iterable[tuple[str, str]]:
    """The elements of Forwarded: who asked, and by which scheme."""
    for element in _listed(values):
        parts: dict[str, Any] = {name.lower(): value.strip('"') for name, value in PART.findall(element)}
        yield parts.get("for", ""), parts.get("proto", "").lower()


@lru_cache(maxsize=4096)
def network_of(peer: str) -> str:
    """Whom a peer is counted as: an IPv6 sender has a network of 64 bits to choose its address from.

    >>> network_of("10.0.0.9"), network_of("2001:db8:1:2:3::4"), network_of("::ffff:10.0.0.9")
    ('10.0.0.9', '2001:db8:1:2::/64', '10.0.0.9')
    """
    try:
        found = ip_address(peer.partition("%")[0])
    except ValueError:  # a socket of this machine, or a test
        return peer
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address in `1.2.3.4`, `1.2.3.4:5`, `[2001:db8::1]:5`; None for `unknown`, `_hidden` and all else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
