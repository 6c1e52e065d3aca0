"""Real servers that take what is sent and keep it: for mail, and for signed messages."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path) -> Path:
    """A certificate of this machine that is its own authority, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "mail.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@dataclass
class Mailbox:
    """What a mail server got; `refusing` are answers that it gives to RCPT before it takes any."""

    port: int = 0
    mails: list[str] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refusing: list[str] = field(default_factory=list)


class MailServer:
    """Speaks with one client after the other, and offers STARTTLS. Source: RFC 5321, RFC 3207."""

    def __init__(self, pem: Path) -> None:
        self.box = Mailbox()
        self.ready = Event()
        self.ending = asyncio.Event()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)

    async def serve(self) -> None:
        """Until it is ended."""
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.box.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self.ending.wait()
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        encrypted = False
        await _say(writer, "220 mail.test")
        while line := (await reader.readline()).decode().strip():
            verb = line.partition(" ")[0].upper()
            if verb == "EHLO":
                await _say(writer, "250 mail.test" if encrypted else "250-mail.test\r\n250 STARTTLS")
            elif verb == "STARTTLS":
                await _say(writer, "220 go on")
                await writer.start_tls(self._context)
                encrypted = True
            elif verb == "RCPT":
                self.box.to.append(line)
                await _say(writer, self.box.refusing.pop(0) if self.box.refusing else "250 ok")
            elif verb == "DATA":
                await self._take(reader, writer, encrypted)
            else:
                await _say(writer, "221 bye" if verb == "QUIT" else "250 ok")
        writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, encrypted: bool) -> None:
        await _say(writer, "354 go on")
        said: list[str] = []
        while (part := (await reader.readline()).decode().rstrip("\r\n")) != ".":
            said.append(part)
        self.box.mails.append("\n".join(said))
        self.box.encrypted.append(encrypted)
        await _say(writer, "250 kept")


async def _say(writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(line.encode() + b"\r\n")
    await writer.drain()


@contextmanager
def mail_server(pem: Path) -> Iterator[Mailbox]:
    """A mail server on this machine, in a thread of its own."""
    loop, server = asyncio.new_event_loop(), MailServer(pem)
    thread = Thread(target=loop.run_until_complete, args=(server.serve(),))
    thread.start()
    server.ready.wait()
    try:
        yield server.box
    finally:
        loop.call_soon_threadsafe(server.ending.set)
        thread.join()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


@dataclass
class Received:
    """What a gateway got; `answers` are those that it gives before it says 200."""

    url: str = ""
    messages: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@contextmanager
def gateway() -> Iterator[Received]:
    """A gateway for messages on this machine."""
    got = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.messages.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(got.answers.pop(0) if got.answers else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    got.url = f"http://127.0.0.1:{server.server_port}/messages"
    try:
        yield got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
