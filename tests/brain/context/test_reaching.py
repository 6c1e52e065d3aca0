"""Which addresses this server goes to: real servers on this machine, and a name service that lies."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpcore
import httpx
import pytest

from yuzhang.brain.context.reaching import Unreachable, checked_address, checked_client, checked_host
from yuzhang.core.addresses import is_inner

INNER = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",  # noqa: S104  # it is refused
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:a00:1",
    "::7f00:1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "fec0::1",
    "192.0.0.8",
]
OUTER = ["8.8.8.8", "223.5.5.5", "2400:3200::1"]


@contextmanager
def server(location: str = "") -> Iterator[tuple[str, list[str]]]:
    """A real server on this machine that says yes, or sends on to `location`: its address, and the paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302 if location else 200)
            self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_port}", asked
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


def get(url: str, *, private: bool, hosts: Sequence[str] = ()) -> httpx.Response:
    async def story() -> httpx.Response:
        async with checked_client(private=private, hosts=hosts) as client:
            return await client.get(url)

    return asyncio.run(story())


def resolver(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """A name service that gives these answers one after another, the last one for ever: the names it was asked for."""
    asked: list[str] = []
    left = list(answers)

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a client would connect to; the far network is not there."""
    gone_to: list[str] = []

    async def connect(_: Any, host: str, *__: Any, **___: Any) -> Any:
        gone_to.append(host)
        raise httpcore.ConnectError("the far network is not there")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    return gone_to


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_known_in_every_form(address: str) -> None:
    assert is_inner(address)


@pytest.mark.parametrize("address", OUTER)
def test_an_outer_address_may_be_gone_to(address: str) -> None:
    assert not is_inner(address)
    assert asyncio.run(checked_host(address, 80, private=False)) == address


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])
def test_this_machine_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(Unreachable) as refused:
        asyncio.run(checked_address(f"http://{host}:80/x", private=False))
    assert "inner network" in refused.value.detail.en
    assert refused.value.fix is not None
    assert "--allow-private-addresses" in refused.value.fix.en


def test_a_client_does_not_connect_to_this_machine_unless_it_is_allowed() -> None:
    with server() as (url, asked):
        port = url.rpartition(":")[2]
        for inner in (url, f"http://localhost:{port}", f"http://[::ffff:127.0.0.1]:{port}"):
            with pytest.raises(httpx.ConnectError, match="inner network"):
                get(inner, private=False)
        assert asked == []
        assert get(f"{url}/a", private=True).status_code == 200
        assert get(f"http://localhost:{port}/b", private=True).status_code == 200
        assert asked == ["/a", "/b"]


def test_a_redirect_is_handed_back_and_not_followed() -> None:
    with server() as (inner, asked), server(location=f"{inner}/secret") as (outer, _):
        answer = get(outer, private=True)
    assert answer.status_code == 302
    assert asked == []


def test_no_proxy_of_the_environment_goes_around_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    with server() as (url, asked):
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, url)
        with pytest.raises(httpx.ConnectError, match="inner network"):
            get("http://10.0.0.1/", private=False)
    assert asked == []


def test_a_name_that_leads_inside_is_refused_even_if_it_also_leads_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver(monkeypatch, ["93.184.215.14", "10.0.0.1"])
    gone_to = connections(monkeypatch)
    with pytest.raises(httpx.ConnectError, match="inner network"):
        get("http://city.example/", private=False)
    assert gone_to == []


def test_a_name_that_changes_its_address_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolver(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    gone_to = connections(monkeypatch)
    with pytest.raises(httpx.ConnectError, match="far network"):
        get("http://city.example/", private=False)
    assert asked == ["city.example"]
    assert gone_to == ["93.184.215.14"]
    # The next connection asks again, and is told the truth about the name.
    with pytest.raises(httpx.ConnectError, match="inner network"):
        get("http://city.example/", private=False)
    assert gone_to == ["93.184.215.14"]


def test_if_one_address_of_a_name_does_not_answer_the_next_one_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with server() as (url, asked):
        # Nobody listens at this address of the same machine.
        resolver(monkeypatch, ["127.0.0.9", "127.0.0.1"])
        assert get(f"{url.replace('127.0.0.1', 'city.example')}/a", private=True).status_code == 200
    assert asked == ["/a"]


def test_only_hosts_that_were_named_are_gone_to() -> None:
    with server() as (url, asked):
        with pytest.raises(httpx.ConnectError, match="not among those allowed"):
            get(url, private=True, hosts=["contexts.example"])
        assert get(url, private=True, hosts=["contexts.example", "127.0.0.1"]).status_code == 200
    assert asked == ["/"]


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("http://", "no host"),
        ("http://[::1", "cannot be read"),
        ("http://a.example:99999/", "cannot be read"),
        ("http://nowhere.invalid/", "no address"),
        (f"http://{'a' * 70}.example/", "no address"),
    ],
)
def test_an_address_without_a_host_that_is_known_is_refused(url: str, word: str) -> None:
    with pytest.raises(Unreachable, match=word):
        asyncio.run(checked_address(url, private=False))
