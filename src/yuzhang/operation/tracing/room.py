"""The traces of one application: one span a request, sent in batches to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names.

A span says route, method and status; of SQL the statement without values. No address, no id and no name of anybody is in it.
"""

from collections.abc import Callable
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yuzhang import __version__
from yuzhang.brain.context.broker import Broker
from yuzhang.core.storage import Storage
from yuzhang.operation.metrics.requests import METHODS, OTHER, route_of
from yuzhang.operation.tracing.actions import Actions
from yuzhang.operation.tracing.stores import follow_engine, follow_lake, follow_readers
from yuzhang.operation.watching import REQUEST

NAMES = frozenset({b"traceparent", b"tracestate"})
FLUSH_MS = 5_000


class Tracing:
    """Made where traces are on; `stop` sends what is left."""

    def __init__(self) -> None:
        resource = Resource.create({"service.name": "yuzhang", "service.version": __version__})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.tracer = self._provider.get_tracer("yuzhang", __version__)
        self._actions = Actions(self.tracer)
        self._undo: list[Callable[[], None]] = []

    def follow(self, storage: Storage, broker: Broker) -> None:
        """Make spans of actions, and of what is asked of the databases and the lake."""
        self._actions.begin()
        self._undo.append(self._actions.end)
        self._undo.append(follow_engine(storage.engine, self.tracer))
        if broker.database.engine is not storage.engine:
            self._undo.append(follow_engine(broker.database.engine, self.tracer))
        follow_readers(broker.database, self.tracer)
        follow_lake(storage, self.tracer)

    def around(self, app: ASGIApp) -> ASGIApp:
        """`app` with a span around each request."""
        return _Requests(app, self)

    def stop(self) -> None:
        """Send what is left, for 5 s at most."""
        for undo in self._undo:
            undo()
        self._undo.clear()
        self._provider.force_flush(FLUSH_MS)
        self._provider.shutdown()


class _Requests:
    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app, self._tracer = app, tracing.tracer
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in METHODS else OTHER
        coming = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in NAMES}
        context = self._propagator.extract(coming) if coming else None
        with self._tracer.start_as_current_span(
            method, context, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            going: dict[str, str] = {}
            self._propagator.inject(going)
            watched = REQUEST.get()
            if watched is not None:
                watched.trace = format_trace_id(span.get_span_context().trace_id)
            status = 500

            async def told(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    told_here = [(b"traceresponse", going["traceparent"].encode())] if going else []
                    message["headers"] = [*message.get("headers", ()), *told_here]
                await send(message)

            try:
                await self._app(scope, receive, told)
            finally:
                route: Any = route_of(scope)  # type: ignore[arg-type]  # a scope is a dict
                span.update_name(f"{method} {route}")
                span.set_attributes(
                    {"http.request.method": method, "http.route": route, "http.response.status_code": status}
                )
                if status >= 500:
                    span.set_status(StatusCode.ERROR)
