"""What all connectors that fetch a document have in common: its address, a key to it, and what of it is new."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import quote

import msgspec

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.clock import iso
from yuzhang.foundation.sources.connectors.errors import SourceAway
from yuzhang.foundation.sources.connectors.mapped import mapped
from yuzhang.foundation.sources.connectors.mapping import Mapping
from yuzhang.foundation.sources.connectors.model import BODY, Bad, Fetched
from yuzhang.foundation.sources.connectors.reaching import MOST_BYTES, Reach
from yuzhang.foundation.sources.connectors.settings import setting, unfit
from yuzhang.foundation.sources.payloads.plain import Row

SINCE = "{since}"
NOT_CHANGED = 304


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a document was read: its mark and its content the last time, the latest time in it, and the page that comes next."""

    etag: str = ""
    modified: str = ""
    content: str = ""
    last_us: int | None = None
    next: str = ""

    @classmethod
    def of(cls, cursor: str) -> "Place":
        """The place that a cursor holds."""
        try:
            return msgspec.json.decode(cursor or b"{}", type=cls)
        except msgspec.DecodeError:
            return cls()

    def passed(self, times: Iterable[int], now_us: int) -> "Place":
        """The place with the latest of these times and its own, but of none that is still to come: behind one in the year 2099
        nothing of the present would be asked for any more."""
        known = [] if self.last_us is None else [min(self.last_us, now_us)]
        found = max([*known, *(one for one in times if one <= now_us)], default=None)
        return msgspec.structs.replace(self, last_us=found)

    @property
    def cursor(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a document lies. A file lies in the folder `sources` of the data folder."""

    url: str = setting(
        "地址或文件名",
        "Address or name of a file",
        hint=("https://…，可含 {since}；或 sources 目录中的文件名", "https://…, with {since} if wanted; or a file's name in the folder sources"),
    )  # fmt: skip
    user: str = setting(
        "用户名或请求头名",
        "User, or name of the header",
        "",
        hint=("如 X-Api-Key；空则用 Bearer", "such as X-Api-Key; empty for Bearer"),
    )
    secret: str = setting("密码或密钥", "Password or key", "", secret=True)
    basic: bool = setting("按用户名和密码登录（Basic）", "Sign in with user and password (Basic)", False)

    @property
    def headers(self) -> dict[str, str]:
        """What says who asks."""
        if not self.secret:
            return {}
        if self.basic:
            pair = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
            return {"authorization": f"Basic {pair}"}
        return {self.user: self.secret} if self.user else {"authorization": f"Bearer {self.secret}"}


class Reads(Protocol):
    """A connector that reads documents."""

    def read(self, body: bytes) -> list[Row]:
        """The rows of a document. Raises InputRefused."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a connector: fetched whole, read if it changed."""

    settings: Address
    mapping: Mapping
    accept: str = "*/*"
    extra: dict[str, str] = field(default_factory=dict)

    def body(self, reach: Reach, place: Place) -> tuple[bytes | None, Place]:
        """Its content if it is new, and the place behind it. Raises SourceAway, RefusedAddress."""
        if "://" not in self.settings.url:
            content, mark = file_body(reach, self.settings.url)
            if mark == place.modified:
                return None, place
            made = Place("", mark, _digest(content), place.last_us)
        else:
            headers = {"accept": self.accept, **self.settings.headers, **self.extra}
            if SINCE not in self.settings.url:
                headers |= {"if-none-match": place.etag} if place.etag else {}
                headers |= {"if-modified-since": place.modified} if place.modified else {}
            answer = reach.get(since(self.settings.url, place.last_us), headers)
            if answer.status == NOT_CHANGED:
                return None, place
            content = answer.body
            made = Place(
                answer.headers.get("etag", ""), answer.headers.get("last-modified", ""), _digest(content), place.last_us
            )
        return (None if made.content == place.content else content), made

    def fetched(self, reach: Reach, cursor: str, now_us: int, reads: Reads) -> Fetched:
        """What is new in it; a document that cannot be read is bad as a whole, once."""
        body, place = self.body(reach, Place.of(cursor).passed((), now_us))
        if body is None:
            return Fetched((), place.cursor)
        try:
            rows = reads.read(body)
        except InputRefused as error:
            return Fetched((), place.cursor, [Bad(BODY, body, error.code, error.detail)])
        if self.mapping.time and SINCE in self.settings.url:
            place = place.passed((some[0].time_us for _, some in mapped(self.mapping, rows, 0).taken), now_us)
        return Fetched(rows, place.cursor)


def since(url: str, last_us: int | None) -> str:
    """An address with the latest time that was read in it; a day long ago the first time."""
    return url.replace(SINCE, quote(iso(last_us or 0)))


def file_body(reach: Reach, name: str) -> tuple[bytes, str]:
    """A file's content, and what tells whether it changed. Raises SourceAway, RefusedAddress."""
    path = reach.path(name)
    try:
        there = path.stat()
        if there.st_size > MOST_BYTES:
            raise unfit("url", f"文件超过 {MOST_BYTES} 字节。", f"The file is larger than {MOST_BYTES} bytes.")
        return path.read_bytes(), f"{there.st_mtime_ns}-{there.st_size}"
    except OSError as error:
        raise away(f"文件无法读取：{error.strerror}", f"The file cannot be read: {error.strerror}", name) from error


def away(zh: str, en: str, where: str) -> SourceAway:
    """A source that does not answer."""
    return SourceAway(Title(f"{zh}。", f"{en}."), where=where)


def _digest(content: Any) -> str:
    return sha256(content).hexdigest()[:24]
