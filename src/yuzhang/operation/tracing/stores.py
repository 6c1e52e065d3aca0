"""Spans of what is asked of SQLite, PostgreSQL and the lake: the statement without its values, never a parameter."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from opentelemetry.trace import Span, SpanKind, Tracer, get_current_span
from sqlalchemy import Engine, event

from yuzhang.brain.context.store.engines import Database
from yuzhang.core.storage import Storage

LONGEST = 1_000
_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")


@lru_cache(maxsize=2048)
def without_values(sql: str) -> str:
    """A statement in which no value stands.

    >>> without_values("SELECT a FROM t1 WHERE b = 'Li' AND c < 12")
    'SELECT a FROM t1 WHERE b = ? AND c < ?'
    """
    return _LITERAL.sub("?", sql)[:LONGEST]


def _wanted() -> bool:
    return get_current_span().get_span_context().is_valid


def _begun(tracer: Tracer, system: str, sql: str) -> Span:
    word = sql.split(None, 1)[0].upper() if sql.strip() else "SQL"
    asked = {"db.system.name": system, "db.query.text": without_values(sql)}
    return tracer.start_span(f"{system} {word}", kind=SpanKind.CLIENT, attributes=asked)


def follow_engine(engine: Engine, tracer: Tracer) -> Callable[[], None]:
    """A span for each statement that goes through SQLAlchemy; what is given ends it."""
    system = "postgresql" if engine.dialect.name == "postgresql" else engine.dialect.name

    def before(
        _connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _executemany: bool
    ) -> None:
        if context is not None and _wanted():
            context.yuzhang_span = _begun(tracer, system, statement)

    def after(
        _connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _executemany: bool
    ) -> None:
        span = getattr(context, "yuzhang_span", None)
        if span is not None:
            span.end()

    def failed(error: Any) -> None:
        span = getattr(error.execution_context, "yuzhang_span", None)
        if span is not None:
            span.set_attribute("error.type", type(error.original_exception).__qualname__)
            span.end()

    hooks = (("before_cursor_execute", before), ("after_cursor_execute", after), ("handle_error", failed))
    for name, hook in hooks:
        event.listen(engine, name, hook)

    def undo() -> None:
        for name, hook in hooks:
            event.remove(engine, name, hook)

    return undo


class _TracedReader:
    """A reader of the present with a span for each statement."""

    def __init__(self, reader: Any, tracer: Tracer, system: str) -> None:
        self._reader, self._tracer, self._system = reader, tracer, system

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """All rows."""
        with _within(self._tracer, self._system, sql):
            return self._reader.all(sql, parameters)

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first row."""
        with _within(self._tracer, self._system, sql):
            return self._reader.one(sql, parameters)


@contextmanager
def _within(tracer: Tracer, system: str, sql: str) -> Iterator[None]:
    if not _wanted():
        yield
        return
    span = _begun(tracer, system, sql)
    try:
        yield
    except Exception as error:
        span.set_attribute("error.type", type(error).__qualname__)
        raise
    finally:
        span.end()


def follow_readers(database: Database, tracer: Tracer) -> None:
    """A span for each statement of the readers that `database` gives from now on."""
    plain = database.reader
    system = "postgresql" if database.engine.dialect.name == "postgresql" else "sqlite"

    def reader() -> Any:
        return _TracedReader(plain(), tracer, system)

    database.reader = reader  # type: ignore[method-assign]  # of this one object


def follow_lake(storage: Storage, tracer: Tracer) -> None:
    """A span for each time that the lake is read or written, from its cursor to its release."""
    for name in ("lake", "lake_reading", "lake_alone"):
        setattr(storage, name, _spanned_lake(getattr(storage, name), tracer, name.replace("_", " ")))


def _spanned_lake(plain: Callable[[], Any], tracer: Tracer, name: str) -> Callable[[], Any]:
    @contextmanager
    def within() -> Iterator[Any]:
        if not _wanted():
            with plain() as cursor:
                yield cursor
            return
        with (
            tracer.start_as_current_span(
                name,
                kind=SpanKind.CLIENT,
                attributes={"db.system.name": "duckdb"},
                record_exception=False,
                set_status_on_exception=False,
            ),
            plain() as cursor,
        ):
            yield cursor

    return within
