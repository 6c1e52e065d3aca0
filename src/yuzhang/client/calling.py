"""How the generated client of the HTTP API asks: with a key or token, errors as exceptions, and patience where a limit says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from time import sleep
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from yuzhang.client.errors import NotReached, NotUnderstood, RequestRefused, refused
from yuzhang.core.language import Language, Title

ADDRESS = "http://127.0.0.1:8700"
TIMEOUT_S = 60.0
TOO_MANY = 429
R = TypeVar("R")
Value = str | int | float | bool | date | datetime | None


class TooManyAsked(RequestRefused):
    """More was asked than the limit allows; `retry_after_s`: when to come back."""

    code, status = "too-many-asked", TOO_MANY
    title = Title("请求过多", "Too many requests")
    retry_after_s: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no JSON of a known form, such as a file."""

    content: bytes
    media_type: str


class Calls:
    """One server. `wait_s`: so long one call may wait where a limit was met, before it raises TooManyAsked."""

    def __init__(
        self,
        base_url: str = ADDRESS,
        *,
        key: str = "",
        token: str = "",
        language: Language = "en",
        wait_s: float = 0.0,
        timeout_s: float = TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`key`: of an application (`yz_…`); `token`: an access token instead. `transport`: another way than the network."""
        headers: dict[str, str] = {"accept-language": language}
        if key or token:
            headers["authorization"] = f"Key {key}" if key else f"Bearer {token}"
        self._wait_s = wait_s
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=timeout_s, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End its connections."""
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        params: Mapping[str, Value] | None = None,
        *,
        content: bytes | None = None,
        media_type: str = "application/json",
        data: Mapping[str, Value] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> httpx.Response:
        """The answer, if it is no error. Raises RequestRefused, NotThere, AlreadyThere, TooManyAsked, NotReached, NotUnderstood."""
        headers = {} if content is None else {"content-type": media_type}
        waited = 0.0
        while True:
            try:
                answer = self._http.request(
                    method,
                    path,
                    params=_given(params),
                    content=content,
                    data=_given(data),
                    files=files,
                    headers=headers,
                )
            except httpx.TransportError as err:
                raise NotReached(Title(f"无法连接：{err}", f"It cannot be reached: {err}"), where=path) from err
            if answer.status_code != TOO_MANY:
                break
            seconds = _retry_after(answer)
            if waited + seconds > self._wait_s:
                raise _too_many(answer, seconds)
            sleep(seconds)
            waited += seconds
        if answer.status_code >= 300:
            raise refused(max(answer.status_code, 400), answer.content)
        return answer


class Group:
    """Operations of one room."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls


def decoded(answer: httpx.Response, kind: type[R]) -> R:
    """What an answer says. Raises NotUnderstood if it is not of that form."""
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as err:
        raise NotUnderstood(Title(f"回答无法理解：{err}", f"The answer is not understood: {err}")) from err


def raw(answer: httpx.Response) -> Answer:
    """An answer as it came."""
    return Answer(answer.content, answer.headers.get("content-type", ""))


def encoded(body: object) -> bytes:
    """A body as JSON."""
    return msgspec.json.encode(body)


def inside(value: Value) -> str:
    """A value as it stands inside of a path.

    >>> inside("a/b"), inside(3)
    ('a%2Fb', '3')
    """
    return quote(_text(value), safe="")


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _given(values: Mapping[str, Value] | None) -> dict[str, str] | None:
    return None if values is None else {name: _text(value) for name, value in values.items() if value is not None}


def _retry_after(answer: httpx.Response) -> int:
    written: str = answer.headers.get("retry-after", "")
    return max(1, int(written)) if written.isascii() and written.isdigit() else 1


def _too_many(answer: httpx.Response, seconds: int) -> TooManyAsked:
    said: Any = refused(answer.status_code, answer.content)
    error = TooManyAsked(said.detail, fix=said.fix, where=said.where)
    error.answer, error.retry_after_s = said.answer, seconds
    return error
