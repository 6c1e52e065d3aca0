"""Connections to sources: to addresses that were checked only, and for so long as a whole answer may take.

The address of a name is checked when it is connected to, and the one that was checked is the one that is connected to.
"""

import socket
import ssl
from collections.abc import Iterable
from threading import Event
from time import monotonic
from typing import Any

import httpcore

from yuzhang.core.addresses import is_inner
from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.errors import RefusedAddress, SourceAway

ALLOW = Title("运维可用 --allow-private-addresses 放行。", "The operator can allow it: --allow-private-addresses.")


class Ending(Exception):  # none of ours: nothing is wrong, nobody reads it, and the run ends with the server
    """The server ends, and the answer is not waited for."""


def addresses(host: str, port: int, *, private: bool) -> list[str]:
    """The IP addresses of `host`, all of which may be connected to. Raises RefusedAddress, SourceAway."""
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise SourceAway(
            Title(f"主机 {host} 没有地址。", f"The host {host} has no address."), where="/settings/url"
        ) from error
    if not private and any(is_inner(one) for one in found):
        raise RefusedAddress(
            Title(f"{host} 位于本机或内网。", f"{host} lies on this machine or in an inner network."),
            where="/settings/url",
            fix=ALLOW,
        )
    return list(dict.fromkeys(found))


class Refused(httpcore.ConnectError):
    """The host has no address that may be connected to; `error` says why."""

    def __init__(self, error: RefusedAddress | SourceAway) -> None:
        super().__init__(error.detail.en)
        self.error = error


class TooSlow(httpcore.ReadTimeout):
    """The answer did not end in its time, though something of it came now and then."""


class Until:
    """How long may be waited in all: `seconds` from now on, and no longer once `ending` is set."""

    def __init__(self, seconds: float, ending: Event) -> None:
        self._at = monotonic() + seconds
        self._ending = ending

    def left(self, step_s: float | None) -> float:
        """How long the next step may take, `step_s` at most. Raises TooSlow, Ending."""
        if self._ending.is_set():
            raise Ending
        left = self._at - monotonic()
        if left <= 0:
            raise TooSlow("the answer did not end in its time")
        return left if step_s is None else min(step_s, left)


class CheckedBackend(httpcore.NetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, until: Until, *, private: bool) -> None:
        self._until, self._private = until, private
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # the interface's own
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first checked address. Raises httpcore.ConnectError, TooSlow, Ending."""
        try:
            found = addresses(host, port, private=self._private)
        except (RefusedAddress, SourceAway) as error:
            raise Refused(error) from error
        left = self._until.left(timeout)
        return _Timed(self._inner.connect_tcp(found[0], port, left, local_address, socket_options), self._until)


class _Timed(httpcore.NetworkStream):
    """A connection each step of which takes the time that is left at most."""

    def __init__(self, inner: httpcore.NetworkStream, until: Until) -> None:
        self._inner, self._until = inner, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._inner.read(max_bytes, self._until.left(timeout))
        except httpcore.TimeoutException:
            self._until.left(timeout)  # says which time it is that ended
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._until.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, self._until.left(timeout)), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
