"""Where a source may lie: not on this machine or in its inner networks, unless the operator allows it; and in no folder but that of sources.

A secret of a source is told to no other place, and over no way that is less safe. `connecting` opens the connections.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import httpx

from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.connecting import CheckedBackend, Refused, TooSlow, Until, addresses
from yuzhang.foundation.sources.connectors.errors import RefusedAddress, SourceAway

TIMEOUT_S = 20.0
"""Of one step: connecting, or the next bytes."""
ANSWER_S = 120.0
"""Of a whole answer, with all that it leads on to: whoever sends a byte now and then holds nobody up for longer."""
MOST_BYTES = 64 * 2**20
MOST_HOPS = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address answered. `status` is 200, or 304 where nothing changed."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reach:
    """What connectors may go to. `folder`: that of files; `private`: inner addresses are allowed; `ending`: set when the server ends,
    and then no answer is waited for any more."""

    folder: Path
    private: bool = False
    ending: Event = field(default_factory=Event)

    def get(self, url: str, headers: Mapping[str, str] | None = None, most: int = MOST_BYTES) -> Answer:
        """What `url` answers. Raises RefusedAddress, SourceAway; Ending if the server ends meanwhile."""
        given = dict(headers or {})
        with self._client() as client:
            for _ in range(MOST_HOPS):
                answer = self._one(client, url, given, most)
                if answer.status not in (301, 302, 303, 307, 308):
                    return answer
                there = str(httpx.URL(url).join(answer.headers.get("location", "")))
                if not may_know(url, there):
                    given = {name: text for name, text in given.items() if name.lower() == "accept"}
                url = there
        raise _away(url, "转向过多。", "It leads on too often.")

    def _client(self) -> httpx.Client:
        transport = httpx.HTTPTransport()
        # httpx has no parameter for it; the pool does.
        transport._pool._network_backend = CheckedBackend(Until(ANSWER_S, self.ending), private=self.private)
        return httpx.Client(
            transport=transport, timeout=TIMEOUT_S, trust_env=False, headers={"accept-encoding": "identity"}
        )

    def _one(self, client: httpx.Client, url: str, headers: Mapping[str, str], most: int) -> Answer:
        if urlsplit(url).scheme not in ("http", "https"):
            raise RefusedAddress(
                Title("地址须以 https:// 或 http:// 开头。", "The address begins with https:// or http://."),
                where="/settings/url",
            )
        try:
            with client.stream("GET", url, headers=dict(headers)) as answer:
                if answer.status_code >= 400:
                    raise _away(url, f"回应为 HTTP {answer.status_code}。", f"It answered HTTP {answer.status_code}.")
                if answer.headers.get("content-encoding", "identity").lower() != "identity":
                    raise _away(url, "回应被压缩了，而没有这样要求。", "Its answer is packed, which was not asked for.")
                body = bytearray()
                for part in answer.iter_raw():
                    body += part
                    if len(body) > most:
                        raise _away(url, f"回应超过 {most} 字节。", f"Its answer is longer than {most} bytes.")
                return Answer(answer.status_code, bytes(body), answer.headers)
        except httpx.HTTPError as error:
            inner = error.__context__ or error.__cause__
            if isinstance(inner, Refused):
                raise inner.error from error
            if isinstance(inner, TooSlow):
                raise _away(
                    url, f"回应未在 {ANSWER_S:g} 秒内收完。", f"Its answer did not end within {ANSWER_S:g} s."
                ) from error
            raise _away(url, f"{error}。", f"{error}.") from error
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise RefusedAddress(
                Title("地址无法读取。", "The address cannot be read."), where="/settings/url"
            ) from error

    def host(self, host: str, port: int) -> str:
        """An IP address of `host` that may be connected to. Raises RefusedAddress, SourceAway."""
        return addresses(host, port, private=self.private)[0]

    def path(self, name: str) -> Path:
        """A file or folder within the folder of sources, wherever links lead. Raises RefusedAddress."""
        root = self.folder.resolve()
        found = (root / name).resolve()
        if "\0" not in name and found.is_relative_to(root) and found != root:
            return found
        raise RefusedAddress(
            Title(f"文件须在 {root} 中。", f"The file is to lie in {root}."),
            where="/settings/file",
            fix=Title("请把文件放入该目录，只写文件名。", "Put it into that folder, and write its name only."),
        )


def may_know(url: str, there: str) -> bool:
    """Whether what is a secret between `url` and us may be told to `there` too: to the same host at the same port in the same way, or
    where only the way is safer.

    >>> may_know("https://h/a", "https://H:443/b"), may_know("http://h/a", "https://h/b")
    (True, True)
    >>> may_know("https://h/a", "http://h/a"), may_know("http://h:81/a", "https://h/a"), may_know("https://h/", "https://h.x/")
    (False, False, False)
    """
    try:
        ours, theirs = httpx.URL(url), httpx.URL(there)
    except (httpx.InvalidURL, ValueError):
        return False
    if ours.host != theirs.host:
        return False
    safer = ours.scheme == "http" and theirs.scheme == "https" and _port(ours) == 80 and _port(theirs) == 443
    return safer or (ours.scheme == theirs.scheme and _port(ours) == _port(theirs))


def _port(url: httpx.URL) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)


def _away(url: str, zh: str, en: str) -> SourceAway:
    parts = urlsplit(url)
    where = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    return SourceAway(Title(zh, en), where=where)
