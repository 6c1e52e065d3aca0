"""A town behind a real HTTP server, and a browser that goes where it is led."""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from urllib.parse import urljoin

import httpx
from fastapi import FastAPI
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

REFRESH = re.compile(r'http-equiv="refresh" content="0; url=([^"]+)"')


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def serving(app: FastAPI, port: int) -> Iterator[None]:
    """The application on that port, by the server that `yuzhang serve` uses."""
    server = Server(
        app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_level=LogLevels.error, log_enabled=False
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(server.serve(),))
    thread.start()
    try:
        with httpx.Client(
            trust_env=False, transport=httpx.HTTPTransport(retries=8), timeout=10
        ) as asking:  # waits longer each time
            asking.get(f"http://127.0.0.1:{port}/.well-known/openid-configuration")
        yield
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(20)
        loop.close()


class Walker:
    """A browser without JavaScript: cookies of each host, redirects, and pages that lead on by themselves."""

    def __init__(self) -> None:
        self.http = httpx.Client(trust_env=False, timeout=20)

    def goes(self, address: str, until: str) -> str:
        """Follow from an address until one begins with `until`; that address, which is not asked."""
        for _ in range(12):
            if address.startswith(until):
                return address
            address = self.step(address, self.http.get(address, headers={"accept": "text/html"}))
        raise AssertionError(address)

    def step(self, address: str, answer: httpx.Response) -> str:
        """Where an answer leads."""
        found = REFRESH.search(answer.text)
        if found:
            return unescape(found[1])
        assert answer.is_redirect, f"{address}: {answer.status_code} {answer.text}"
        return urljoin(address, answer.headers["location"])

    def signs_in(self, address: str, login: str, password: str) -> str:
        """Fill in the sign-in page at `address`; where it leads."""
        page = self.http.get(address, headers={"accept": "text/html"})
        assert page.status_code == 200, page.text
        onto = re.search(r'name="next" value="([^"]*)"', page.text)
        assert onto is not None, page.text
        form = {"login": login, "password": password, "next": unescape(onto[1])}
        origin = "/".join(address.split("/")[:3])
        answer = self.http.post(urljoin(address, "/sign-in"), data=form, headers={"origin": origin})
        return self.step(address, answer)

    def close(self) -> None:
        """Close it."""
        self.http.close()
