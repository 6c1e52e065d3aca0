"""The files that pages load: compressed once, and kept by browsers for as long as their content is the same."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import Headers, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

STATIC = Path(__file__).parent / "static"
COMPRESSED = frozenset({"text/css", "text/javascript", "image/svg+xml", "application/json"})
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
mimetypes.add_type("text/javascript", ".mjs")


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent; `packed` is it compressed with gzip, None where that saves nothing."""

    content: bytes
    packed: bytes | None
    kind: str
    digest: str


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int) -> File:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(content, 9, mtime=0) if kind in COMPRESSED else None
    smaller = packed if packed is not None and len(packed) < len(content) else None
    return File(content, smaller, kind, hashlib.sha256(content).hexdigest()[:16])


def found(name: str) -> File | None:
    """The static file of that name, as it is now; None if there is none."""
    path = (STATIC / name).resolve()
    if not path.is_relative_to(STATIC.resolve()) or not path.is_file():
        return None
    return _read(path, path.stat().st_mtime_ns)


def asset(name: str) -> str:
    """The address of a static file; another one whenever its content is another."""
    file = found(name)
    return f"/static/{name}?v={file.digest}" if file else f"/static/{name}"


class Statics:
    """ASGI application that sends them. An address with the content's digest may be kept for ever, any other is asked for again."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises HTTPException."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"allow": "GET, HEAD"})
        file = found(str(scope["path"]).removeprefix(str(scope.get("root_path", ""))).lstrip("/"))
        if file is None:
            raise HTTPException(404)
        asked = Headers(scope=scope)
        own = QueryParams(scope["query_string"]).get("v") == file.digest
        packed = file.packed if "gzip" in asked.get("accept-encoding", "") else None
        tag = f'"{file.digest}{"-gzip" if packed else ""}"'
        headers = {"cache-control": FOR_EVER if own else ASK_AGAIN, "etag": tag, "vary": "Accept-Encoding"}
        if tag in asked.get("if-none-match", ""):
            await Response(status_code=304, headers=headers)(scope, receive, send)
            return
        if packed:
            headers["content-encoding"] = "gzip"
        await Response(packed or file.content, headers=headers, media_type=file.kind)(scope, receive, send)
