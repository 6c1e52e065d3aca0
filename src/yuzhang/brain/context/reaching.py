"""Which addresses a stranger may make this server go to: never its own machine or its inner networks, unless the operator allows it.

The name is resolved once, every address it has is checked, and the one that was checked is the one that is connected to: a name
that changes its address in between (DNS rebinding) gains nothing. The certificate is still that of the name.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from yuzhang.brain.context.errors import ContextError
from yuzhang.core.addresses import is_inner
from yuzhang.core.language import Title

RESOLVE_S = 5.0
MAX_ADDRESSES = 4
"""So many addresses of one name are tried."""


class Unreachable(ContextError):
    """The address may not be gone to, or its name has none."""

    code, kind, status = "address-refused", "BadRequestData", 400
    title = Title("不允许访问该地址", "This address may not be gone to")


async def checked_host(host: str, port: int, *, private: bool, hosts: Iterable[str] = ()) -> str:
    """The first IP address of `host` that may be connected to. Raises Unreachable."""
    return (await checked_hosts(host, port, private=private, hosts=hosts))[0]


async def checked_hosts(host: str, port: int, *, private: bool, hosts: Iterable[str] = ()) -> list[str]:
    """The IP addresses of `host`, all of which may be connected to. `hosts`: those that are allowed; empty for all.

    Raises: Unreachable if it may not be gone to, or is not known.
    """
    allowed = tuple(hosts)
    if allowed and host.lower().rstrip(".") not in {one.lower() for one in allowed}:
        raise Unreachable(Title(f"主机 {host} 不在允许之列。", f"The host {host} is not among those allowed."))
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_S):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as err:
        raise Unreachable(Title(f"主机 {host} 没有地址。", f"The host {host} has no address.")) from err
    addresses = [str(one[4][0]) for one in found]
    if not private and any(is_inner(one) for one in addresses):
        raise Unreachable(
            Title(f"{host} 位于本机或内网。", f"{host} lies on this machine or in an inner network."),
            fix=Title(
                "运维可用 --allow-private-addresses 放行。", "The operator can allow it: --allow-private-addresses."
            ),
        )
    return list(dict.fromkeys(addresses))


async def checked_address(url: str, *, private: bool, hosts: Iterable[str] = ()) -> str:
    """An IP address of the host of `url` that may be connected to. Raises Unreachable."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as err:
        raise Unreachable(Title("地址无法读取。", "The address cannot be read.")) from err
    if not host:
        raise Unreachable(Title("地址没有主机。", "The address has no host."))
    return await checked_host(host, port or 0, private=private, hosts=hosts)


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, *, private: bool, hosts: Iterable[str] = ()) -> None:
        self._private = private
        self._hosts = tuple(hosts)
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # the interface's own
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first checked address that answers. Raises httpcore.ConnectError if there is none."""
        try:
            addresses = await checked_hosts(host, port, private=self._private, hosts=self._hosts)
        except Unreachable as err:
            raise httpcore.ConnectError(str(err.detail.en)) from err
        *others, last = addresses[:MAX_ADDRESSES]
        for address in others:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._inner.connect_tcp(last, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def checked_client(
    *, private: bool, hosts: Iterable[str] = (), timeout_s: float = 10.0, connections: int = 100
) -> httpx.AsyncClient:
    """An HTTP client that connects to checked addresses only, follows no redirect, asks no proxy, and for nothing packed."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    transport = httpx.AsyncHTTPTransport(limits=limits)
    # httpx has no parameter for it; the pool does.
    transport._pool._network_backend = CheckedBackend(private=private, hosts=hosts)
    return httpx.AsyncClient(
        transport=transport,
        timeout=timeout_s,
        follow_redirects=False,
        trust_env=False,
        headers={"accept-encoding": "identity"},
    )


async def plain_parts(answer: httpx.Response) -> AsyncIterator[bytes]:
    """The body of an answer, part by part, as it came.

    Raises: DecodingError if it is packed: 648 bytes can unpack to 300 MB before anybody sees how much it is.
    """
    packed = answer.headers.get("content-encoding", "identity")
    if packed.lower() != "identity":
        raise httpx.DecodingError(f"its answer is packed ({packed[:40]}), which was not asked for")
    async for part in answer.aiter_raw():
        yield part
