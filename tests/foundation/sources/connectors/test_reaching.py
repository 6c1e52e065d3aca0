"""What a source is told and how long it is waited for, from real servers that lead away, speak TLS or never come to an end."""

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import MSG_PEEK
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from foundation.sources.connectors.conftest import ran, wish
from foundation.sources.connectors.test_cap import STORM
from yuzhang.core.access import OPERATOR
from yuzhang.foundation.sources.connectors import actions, reaching
from yuzhang.foundation.sources.connectors.errors import SourceAway
from yuzhang.foundation.sources.connectors.kinds.cap import CAP
from yuzhang.foundation.sources.connectors.reaching import Reach
from yuzhang.foundation.sources.connectors.room import Sources

KEY = {"x-api-key": "open-sesame", "accept": "text/plain"}
TLS_HELLO = b"\x16"
MOST_DRIPS = 2_000
DRIP_S = 0.01


@dataclass
class Both:
    """A server that speaks TLS and in clear at one port. `leads`: where a path leads to; `asked`: the scheme, path and key of each."""

    host: str
    pages: dict[str, bytes] = field(default_factory=dict)
    leads: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """Such a server, whose certificate is trusted."""
    certificate, secret = _certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate, secret)

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            self.scheme = "http"
            if self.request.recv(1, MSG_PEEK) == TLS_HELLO:
                self.request, self.scheme = ours.wrap_socket(self.request, server_side=True), "https"
            super().setup()

        def finish(self) -> None:
            super().finish()
            self.request.close()

        def do_GET(self) -> None:  # the library's name
            path = self.path.partition("?")[0]
            made.asked.append((self.scheme, path, self.headers.get("x-api-key")))
            body = made.pages.get(path, b"")
            self.send_response(302 if path in made.leads else 200)
            if path in made.leads:
                self.send_header("Location", made.leads[path])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Both(f"127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 for a day, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    to, secret = folder / "certificate.pem", folder / "key.pem"
    to.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, plain, serialization.NoEncryption()))
    return to, secret


def test_a_key_is_not_told_in_clear_where_a_safe_address_leads_on_to_an_unsafe_one_of_its_host(
    both: Both, tmp_path: Path
) -> None:
    both.leads["/safe"] = f"http://{both.host}/clear"
    both.leads["/clear"] = f"https://{both.host}/end"
    both.pages["/end"] = b"rain"

    assert Reach(tmp_path, private=True).get(f"https://{both.host}/safe", KEY).body == b"rain"

    assert both.asked == [("https", "/safe", "open-sesame"), ("http", "/clear", None), ("https", "/end", None)]


def test_a_key_goes_along_where_an_address_leads_on_to_another_one_of_the_same_place(
    both: Both, tmp_path: Path
) -> None:
    both.leads["/old"] = "/new"

    Reach(tmp_path, private=True).get(f"https://{both.host}/old", KEY)

    assert both.asked == [("https", "/old", "open-sesame"), ("https", "/new", "open-sesame")]


def test_the_key_to_a_safe_feed_of_warnings_is_not_told_in_clear_for_an_alert_that_it_names(
    both: Both, sources: Sources
) -> None:
    link = f'<entry><link type="application/cap+xml" href="http://{both.host}/cap"/></entry>'
    both.pages["/feed"] = f'<feed xmlns="http://www.w3.org/2005/Atom">{link}</feed>'.encode()
    both.pages["/cap"] = STORM
    settings = {"url": f"https://{both.host}/feed", "user": "X-Api-Key", "secret": "open-sesame"}
    actions.add(sources, OPERATOR, "storms", wish("cap", settings, dict(CAP.mapping)))

    assert ran(sources, "storms").run.last_taken > 5
    assert both.asked == [("https", "/feed", "open-sesame"), ("http", "/cap", None)]


@dataclass
class Dripping:
    """A server whose answer comes byte by byte, and ends at last. `asked`: somebody asks; `ended`: its end was reached."""

    address: str
    asked: Event = field(default_factory=Event)
    ended: Event = field(default_factory=Event)


@pytest.fixture
def dripping() -> Iterator[Dripping]:
    """Such a server: `/body` drips, and `/head` begins to with its first header."""
    leaves = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            made.asked.set()
            size = f"Content-Length: {MOST_DRIPS}\r\n\r\n".encode()
            start = b"HTTP/1.1 200 OK\r\n"
            first, dripped = (start + size, b"x" * MOST_DRIPS)
            if self.path == "/head":
                first, dripped = start, b"X-A: " + b"y" * MOST_DRIPS + b"\r\nContent-Length: 0\r\n\r\n"
            try:
                self.wfile.write(first)
                for byte in dripped:
                    if leaves.wait(DRIP_S):
                        return
                    self.wfile.write(bytes([byte]))
            except OSError:  # whoever asked is gone
                return
            made.ended.set()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Dripping(f"http://127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    leaves.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("path", ["/body", "/head"])
def test_an_answer_that_comes_byte_by_byte_is_not_waited_for_to_its_end(
    dripping: Dripping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(reaching, "ANSWER_S", 0.2)

    with pytest.raises(SourceAway, match=r"did not end within 0\.2 s") as away:
        Reach(tmp_path, private=True).get(f"{dripping.address}{path}")

    assert "0.2 秒" in away.value.detail.zh
    assert not dripping.ended.is_set()


def test_the_server_stops_while_an_answer_comes_byte_by_byte_and_the_source_is_begun_anew_after_the_next_start(
    dripping: Dripping, sources: Sources
) -> None:
    mapping = {"entity": "station", "type": "RainGauge", "attributes": "mm = rainfall MMT"}
    actions.add(sources, OPERATOR, "rain", wish("rest", {"url": f"{dripping.address}/body"}, mapping))
    sources.start()
    try:
        assert dripping.asked.wait(30)
    finally:
        sources.stop()

    assert not dripping.ended.is_set()
    run = actions.source(sources, OPERATOR, "rain").run
    assert (run.failures, run.ran_at, run.next_at) == (0, None, 0)
    dripping.asked.clear()
    sources.start()
    try:
        assert dripping.asked.wait(30)
    finally:
        sources.stop()
