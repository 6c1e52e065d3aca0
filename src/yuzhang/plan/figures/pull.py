"""A table of figures from a web address: one GET, with a limit on time, size and where it may lead."""

import os
import re
import time
from pathlib import PurePosixPath

import httpx

from yuzhang.core.language import Title
from yuzhang.core.tables.errors import SheetTooLarge
from yuzhang.core.tables.sheets import LIMIT_BYTES
from yuzhang.plan.figures.errors import SourceAway, SourceRefused

TIMEOUT_S = 20.0
DEADLINE_S = 120.0
REDIRECTS = 5
SCHEMES = ("http", "https")
# A secret header is named by its environment variable, and only such variables can be named: whoever may choose the
# address must not be able to have any other secret of this process sent there.
VARIABLE_PREFIX = "YUZHANG_PULL_"
VARIABLE = re.compile(VARIABLE_PREFIX + "[A-Za-z0-9_]+")
# A header's name and value; bytes beyond ASCII have no agreed meaning. Source: RFC 9110, 5.1 and 5.5.
HEADER = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*([!-~](?:[ \t!-~]*[!-~])?)\s*")


def pull(url: str, header_variable: str | None = None) -> tuple[bytes, str]:
    """The content at the address, and its name without query or password.

    `header_variable` names an environment variable YUZHANG_PULL_… that holds one header, "Authorization: Bearer …"; it is sent
    to the host of `url` only. Raises: SourceRefused, SourceAway, SheetTooLarge.
    """
    first = _address(url)
    headers = _header(header_variable)
    deadline = time.monotonic() + DEADLINE_S
    with httpx.Client(
        timeout=TIMEOUT_S, follow_redirects=False, headers={"Accept": "text/csv, application/json"}
    ) as client:
        address = first
        for _ in range(REDIRECTS + 1):
            own = (address.scheme, address.host, address.port) == (first.scheme, first.host, first.port)
            try:
                with client.stream("GET", address, headers=headers if own else {}) as response:
                    if response.has_redirect_location:
                        address = _address(str(address.join(response.headers["location"])))
                        continue
                    _check_status(response, address)
                    return _body(response, deadline, address), _name(first)
            except httpx.TransportError as err:
                raise _away(address, str(err) or type(err).__name__) from err
            except (httpx.InvalidURL, httpx.DecodingError) as err:
                raise _refused(address, f"无法读取：{err}", f"It cannot be read: {err}") from err
    raise _refused(first, f"重定向超过 {REDIRECTS} 次。", f"It redirects more than {REDIRECTS} times.")


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as err:
        raise SourceRefused(Title(f"网址有误：{err}", f"This is no address: {err}"), where="/url") from err
    if address.scheme not in SCHEMES or not address.host:
        raise _refused(address, "只能使用 http 或 https 网址。", "Only http and https addresses can be used.")
    return address


def _name(address: httpx.URL) -> str:
    """The address as it may be shown: a query or a password may be secret."""
    port = f":{address.port}" if address.port else ""
    return f"{address.scheme}://{address.host}{port}{PurePosixPath(address.path)}"


def _refused(address: httpx.URL, zh: str, en: str) -> SourceRefused:
    return SourceRefused(
        Title(zh, en),
        where=_name(address),
        fix=Title("请核对网址和访问权限。", "Check the address and the right to read it."),
    )


def _away(address: httpx.URL, why: str) -> SourceAway:
    return SourceAway(
        Title(f"数据源没有正常应答：{why}", f"The source did not answer: {why}"),
        where=_name(address),
        fix=Title("什么都没有改变，请稍后再试。", "Nothing was changed; try again later."),
    )


def _header(variable: str | None) -> dict[str, str]:
    if variable is None:
        return {}
    header = HEADER.fullmatch(os.environ.get(variable, "")) if VARIABLE.fullmatch(variable) else None
    if header is None:
        # What the variable holds may be secret; its name may hold what cannot be printed.
        shown = variable[:100].encode("ascii", "backslashreplace").decode()
        raise SourceRefused(
            Title(
                f"环境变量 {shown} 中没有可以发送的请求头。",
                f"The environment variable {shown} holds no header that can be sent.",
            ),
            where="/header_variable",
            fix=Title(
                f"变量名以 {VARIABLE_PREFIX} 开头，内容是一行 ASCII 文字，如“Authorization: Bearer …”。",
                f"Its name begins with {VARIABLE_PREFIX}, its content is one line of ASCII like “Authorization: Bearer …”.",
            ),
        )
    return {header[1]: header[2]}


def _check_status(response: httpx.Response, address: httpx.URL) -> None:
    if response.status_code >= 500 or response.status_code in (408, 429):
        raise _away(address, f"HTTP {response.status_code}")
    if response.status_code != httpx.codes.OK:
        code = response.status_code
        raise _refused(address, f"数据源应答 HTTP {code}。", f"The source answered HTTP {code}.")


def _body(response: httpx.Response, deadline: float, address: httpx.URL) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > LIMIT_BYTES:
            limit = f"{LIMIT_BYTES / 1e6:.0f} MB"
            raise SheetTooLarge(
                Title(f"应答超过上限 {limit}。", f"The answer is over the limit of {limit}."), where=_name(address)
            )
        if time.monotonic() > deadline:
            raise _away(address, f"{DEADLINE_S:.0f} s")
    return bytes(body)
