"""The two clients: one waits, the other is awaited. Both run the same operations."""

import functools
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload

import httpx

from yuzhang.client import batches, discovery, entities
from yuzhang.client import contexts as hosting
from yuzhang.client import subscriptions as watching
from yuzhang.client.errors import NotReached
from yuzhang.client.exchange import Dialect, PageOf, Prepared, Reply, Steps
from yuzhang.core.language import Language, Title

P = ParamSpec("P")
R = TypeVar("R")
H = TypeVar("H", httpx.Client, httpx.AsyncClient)
ADDRESS = "http://127.0.0.1:8700"
TIMEOUT_S = 60.0


class Operation(Generic[P, R]):
    """An operation as a method of both clients."""

    def __init__(self, steps: Callable[P, Steps[R]]) -> None:
        self.steps = steps
        functools.update_wrapper(self, steps)  # type: ignore[arg-type]  # for readers of __doc__ only

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: "Client", owner: type) -> Callable[P, R]: ...
    @overload
    def __get__(self, client: "AsyncClient", owner: type) -> Callable[P, Awaitable[R]]: ...
    def __get__(self, client: "Client | AsyncClient | None", owner: type) -> Any:
        """The operation, done by `client`."""
        if client is None:
            return self

        @functools.wraps(self.steps)
        def bound(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client.run(self.steps(*args, **kwargs))

        return bound


class Listing(Generic[P, R]):
    """An operation that reads a list page by page, as a method of both clients."""

    def __init__(self, pages: Callable[P, PageOf[R]]) -> None:
        self.pages = pages
        functools.update_wrapper(self, pages)  # type: ignore[arg-type]  # for readers of __doc__ only

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: "Client", owner: type) -> Callable[P, Iterator[R]]: ...
    @overload
    def __get__(self, client: "AsyncClient", owner: type) -> Callable[P, AsyncGenerator[R, None]]: ...
    def __get__(self, client: "Client | AsyncClient | None", owner: type) -> Any:
        """The list, read by `client`."""
        if client is None:
            return self

        @functools.wraps(self.pages)
        def bound(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client.run_pages(self.pages(*args, **kwargs))

        return bound


class Operations:
    """What both clients can do. In `AsyncClient` each is awaited, and lists are read with `async for`."""

    create = Operation(entities.create)
    upsert = Operation(entities.upsert)
    get = Operation(entities.get)
    query = Listing(entities.query)
    count = Operation(entities.count)
    append = Operation(entities.append)
    patch = Operation(entities.patch)
    merge = Operation(entities.merge)
    replace = Operation(entities.replace)
    delete = Operation(entities.delete)
    patch_attribute = Operation(entities.patch_attribute)
    replace_attribute = Operation(entities.replace_attribute)
    delete_attribute = Operation(entities.delete_attribute)
    create_all = Operation(batches.create_all)
    upsert_all = Operation(batches.upsert_all)
    update_all = Operation(batches.update_all)
    merge_all = Operation(batches.merge_all)
    delete_all = Operation(batches.delete_all)
    types = Operation(discovery.types)
    type_info = Operation(discovery.type_info)
    attributes = Operation(discovery.attributes)
    attribute_info = Operation(discovery.attribute_info)
    subscribe = Operation(watching.subscribe)
    subscription = Operation(watching.subscription)
    subscriptions = Listing(watching.subscriptions)
    change_subscription = Operation(watching.change_subscription)
    unsubscribe = Operation(watching.unsubscribe)
    add_context = Operation(hosting.add_context)
    contexts = Operation(hosting.contexts)
    context = Operation(hosting.context)
    delete_context = Operation(hosting.delete_context)


class _Connected(Operations, ABC, Generic[H]):
    """What both clients are made of; `H` is what sends. `key`: an application's, where the server wants to know who asks."""

    def __init__(
        self,
        url: str = ADDRESS,
        *,
        tenant: str = "",
        context: str = "",
        language: Language = "en",
        key: str = "",
        timeout_s: float = TIMEOUT_S,
        http: H | None = None,
    ) -> None:
        self.dialect = Dialect(url, tenant, context, language, key)
        self._own = http is None
        self._http: H = self._connected(timeout_s) if http is None else http

    @abstractmethod
    def _connected(self, timeout_s: float) -> H:
        """Connections of its own, where none were given."""

    def for_tenant(self, tenant: str) -> Self:
        """A client for another tenant over the same connections, which stay this client's."""
        other = type(self)(http=self._http)
        other.dialect = replace(self.dialect, tenant=tenant)
        return other


class Client(_Connected[httpx.Client]):
    """A client that waits for each answer. Use it as a context manager, or `close` it.

    `context` is the address of the @context of terms; a payload that brings its own keeps it. `http` is a client of one's own
    for certificates, headers and transports; it is not closed. Not safe for several threads at once in `query`'s iterators.
    """

    def _connected(self, timeout_s: float) -> httpx.Client:
        return httpx.Client(timeout=timeout_s)

    def run(self, steps: Steps[R]) -> R:
        """Do all steps of an operation. Raises what they raise, and NotReached."""
        try:
            request = next(steps)
            while True:
                request = steps.send(self._answered(self.dialect.prepared(request)))
        except StopIteration as end:
            result: R = end.value
            return result

    def run_pages(self, page: PageOf[R]) -> Iterator[R]:
        """Everything on all pages."""
        offset, more = 0, True
        while more:
            found, more = self.run(page(offset))
            offset += len(found)
            yield from found

    def _answered(self, request: Prepared) -> Reply:
        try:
            answer = self._http.request(
                request.method, request.url, params=request.params, headers=request.headers, content=request.content
            )
        except httpx.HTTPError as err:
            raise _not_reached(request, err) from err
        return _reply(answer)

    def close(self) -> None:
        """Release the connections."""
        if self._own:
            self._http.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the connections."""
        self.close()


class AsyncClient(_Connected[httpx.AsyncClient]):
    """A client whose operations are awaited; otherwise as `Client`."""

    def _connected(self, timeout_s: float) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=timeout_s)

    async def run(self, steps: Steps[R]) -> R:
        """Do all steps of an operation. Raises what they raise, and NotReached."""
        try:
            request = next(steps)
            while True:
                request = steps.send(await self._answered(self.dialect.prepared(request)))
        except StopIteration as end:
            result: R = end.value
            return result

    async def run_pages(self, page: PageOf[R]) -> AsyncGenerator[R, None]:
        """Everything on all pages."""
        offset, more = 0, True
        while more:
            found, more = await self.run(page(offset))
            offset += len(found)
            for one in found:
                yield one

    async def _answered(self, request: Prepared) -> Reply:
        try:
            answer = await self._http.request(
                request.method, request.url, params=request.params, headers=request.headers, content=request.content
            )
        except httpx.HTTPError as err:
            raise _not_reached(request, err) from err
        return _reply(answer)

    async def close(self) -> None:
        """Release the connections."""
        if self._own:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the connections."""
        await self.close()


def _reply(answer: httpx.Response) -> Reply:
    return Reply(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content)


def _not_reached(request: Prepared, error: httpx.HTTPError) -> NotReached:
    said = str(error) or type(error).__name__
    return NotReached(
        Title(f"没有得到回答：{said.rstrip('.')}。", f"There was no answer: {said.rstrip('.')}."),
        where=f"{request.method} {request.url}",
        fix=Title("请检查地址，以及服务是否已启动。", "Check the address, and that the server runs."),
    )
