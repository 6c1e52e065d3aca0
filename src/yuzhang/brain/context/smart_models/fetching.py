"""A model's documents from the network, when an operator gives an address: within limits, and not from inner networks unless allowed."""

from urllib.parse import urljoin, urlsplit

import httpx

from yuzhang.brain.context.reaching import checked_client
from yuzhang.brain.context.smart_models.errors import ModelUnreadable
from yuzhang.brain.context.smart_models.shelf import MOST_BYTES
from yuzhang.core.language import Title

TIMEOUT_S = 20.0
MOST_REDIRECTS = 5


async def fetched(address: str, *, private: bool = False) -> bytes:
    """The document at an address; `private`: it may lie on this machine or in an inner network. Raises ModelUnreadable."""
    where = address
    try:
        async with checked_client(private=private, timeout_s=TIMEOUT_S) as client:
            for _ in range(MOST_REDIRECTS + 1):
                if urlsplit(where).scheme not in {"http", "https"}:
                    raise _unreadable(address, Title("只读取 http 和 https。", "only http and https are read"))
                async with client.stream("GET", where) as answer:
                    if not answer.is_redirect:
                        return await _body(answer, address)
                    where = urljoin(where, answer.headers.get("location", ""))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as err:
        said = str(err).rstrip(".") or type(err).__name__
        raise _unreadable(address, Title(said, said)) from err
    raise _unreadable(address, Title("重定向过多", "it is redirected too often"))


async def _body(answer: httpx.Response, address: str) -> bytes:
    if answer.status_code != 200:
        code = answer.status_code
        raise _unreadable(address, Title(f"对方回答 {code}", f"its server answers {code}"))
    parts, taken = [], 0
    async for part in answer.aiter_bytes():
        taken += len(part)
        if taken > MOST_BYTES:
            raise _unreadable(address, Title("超过 4 MiB", "it is larger than 4 MiB"))
        parts.append(part)
    return b"".join(parts)


def _unreadable(address: str, why: Title) -> ModelUnreadable:
    return ModelUnreadable(
        Title(f"无法从网络读取：{why.zh}。", f"It cannot be read from the network: {why.en}."),
        where=address,
        fix=Title(
            "也可以把副本放进文件夹，用 --from 导入。", "Copies in a folder can be imported with --from instead."
        ),
    )
