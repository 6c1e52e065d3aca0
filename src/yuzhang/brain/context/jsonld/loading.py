"""Getting the document of a @context: laid in by address, or from another server: off unless allowed, and then within limits."""

import asyncio
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec

from yuzhang.brain.context.errors import BadRequestData, LdContextNotAvailable, said
from yuzhang.brain.context.reaching import checked_client, plain_parts
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title

ACCEPT = "application/ld+json, application/json;q=0.9"
INDEX = "index.toml"


@dataclass(frozen=True, slots=True)
class Loading:
    """What may be loaded. `hosts` empty: from any host. Times in seconds, sizes in bytes."""

    allowed: bool = False
    hosts: tuple[str, ...] = ()
    max_bytes: int = 1 << 20
    timeout_s: float = 5.0
    max_redirects: int = 5
    private_addresses: bool = False


class CopiesUnreadable(InputRefused):
    """The folder of contexts laid in by address has no index that can be read."""

    code = "context-copies-unreadable"
    title = Title("上下文目录无法读取", "The folder of contexts cannot be read")


class Copies:
    """Contexts laid in by address: a folder with `index.toml`, a line `"address" = "file"` for each."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._files: dict[str, str] = {}
        if folder is not None:
            try:
                self._files = tomllib.loads((folder / INDEX).read_text("utf-8"))
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
                raise CopiesUnreadable(
                    Title(f"{folder / INDEX} 无法读取：{err}。", f"{folder / INDEX} cannot be read: {err}."),
                    fix=Title('每行写一个：“"地址" = "文件"”。', 'Write one a line: "address" = "file".'),
                ) from err

    def document(self, address: str) -> Any:
        """The document laid in for an address; None if there is none. Raises LdContextNotAvailable if it cannot be read."""
        name = self._files.get(address)
        if name is None or self._folder is None:
            return None
        try:
            return msgspec.json.decode((self._folder / name).read_bytes())
        except (OSError, msgspec.DecodeError, RecursionError) as err:
            raise LdContextNotAvailable(said(f"The copy of {address} cannot be read: {err}.")) from err


async def load(address: str, loading: Loading) -> Any:
    """The JSON at an address. Raises LdContextNotAvailable, which says why; BadRequestData if it is no JSON (clause 5.5.6)."""
    if not loading.allowed:
        raise not_available(address, "loading contexts from the network is off here")
    try:
        async with (
            asyncio.timeout(loading.timeout_s),
            checked_client(
                private=loading.private_addresses, hosts=loading.hosts, timeout_s=loading.timeout_s
            ) as client,
        ):
            return msgspec.json.decode(await _body(client, address, loading))
    except (msgspec.DecodeError, RecursionError) as err:
        raise BadRequestData(said(f"What lies at {address[:300]} is no JSON."), where="/@context") from err
    except TimeoutError as err:
        raise not_available(address, f"it took longer than {loading.timeout_s:g} s") from err
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as err:
        raise not_available(address, str(err) or type(err).__name__) from err


async def _body(client: httpx.AsyncClient, address: str, loading: Loading) -> bytes:
    where = address
    for _ in range(loading.max_redirects + 1):
        if urlsplit(where).scheme not in {"http", "https"}:
            raise not_available(address, "only http and https are loaded")
        async with client.stream("GET", where, headers={"accept": ACCEPT}) as answer:
            if answer.is_redirect:
                where = urljoin(where, answer.headers.get("location", ""))
                continue
            if answer.status_code != 200:
                raise not_available(address, f"its server answers {answer.status_code}")
            parts, taken = [], 0
            async for part in plain_parts(answer):
                taken += len(part)
                if taken > loading.max_bytes:
                    raise not_available(address, f"it is larger than {loading.max_bytes} bytes")
                parts.append(part)
            return b"".join(parts)
    raise not_available(address, "it is redirected too often")


def not_available(address: str, why: str) -> LdContextNotAvailable:
    """The error of a context that cannot be had."""
    return LdContextNotAvailable(
        said(f"The @context {address[:300]} is not available: {why.rstrip('.')}."), where="/@context"
    )
