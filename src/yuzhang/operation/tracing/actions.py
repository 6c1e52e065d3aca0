"""Spans of actions.

Every action is a closure of `core.access.action` over the function that does the work. Where traces are on that function is exchanged
in the closure's cell for one with a span around it: so actions cost nothing where traces are off, and know nothing of them.
"""

import sys
from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from threading import Lock
from types import CellType, FunctionType
from typing import Any

from opentelemetry.trace import Span, Status, StatusCode, Tracer, get_current_span

from yuzhang.core.access import POLICIES
from yuzhang.core.errors import YuzhangError

_CELL = "function"


class Actions:
    """The actions of all rooms that are imported; several applications in one process share them, and the last to begin has them."""

    _lock = Lock()
    _plain: dict[int, tuple[CellType, Any]] = {}  # noqa: RUF012  # of the class: there is one set of actions in a process
    _users: list["Actions"] = []  # noqa: RUF012

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer

    def begin(self) -> None:
        """From now on they have spans."""
        with self._lock:
            self._users.append(self)
            for name, cell in _cells():
                if id(cell) not in self._plain:
                    self._plain[id(cell)] = (cell, cell.cell_contents)
                    cell.cell_contents = _spanned(name, cell.cell_contents, self._tracer_now)

    def end(self) -> None:
        """No longer, if nobody else wants them."""
        with self._lock:
            if self in self._users:
                self._users.remove(self)
            if not self._users:
                for cell, plain in self._plain.values():
                    cell.cell_contents = plain
                self._plain.clear()

    @classmethod
    def _tracer_now(cls) -> Tracer | None:
        return cls._users[-1].tracer if cls._users else None


def _cells() -> list[tuple[str, CellType]]:
    found = []
    for name in POLICIES:
        room, _, own = name.rpartition(".")
        made = getattr(sys.modules.get(f"yuzhang.{room}"), own, None)
        if isinstance(made, FunctionType) and made.__closure__ and _CELL in made.__code__.co_freevars:
            found.append((name, made.__closure__[made.__code__.co_freevars.index(_CELL)]))
    return found


def _spanned(name: str, function: Callable[..., Any], tracer_now: Callable[[], Tracer | None]) -> Callable[..., Any]:
    def begun() -> Any:
        tracer = tracer_now()
        if tracer is None or not get_current_span().get_span_context().is_valid:
            return None  # work in the background is nobody's request
        return tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False)

    if iscoroutinefunction(function):

        @wraps(function)
        async def waited(*args: Any, **options: Any) -> Any:
            within = begun()
            if within is None:
                return await function(*args, **options)
            with within as span:
                try:
                    return await function(*args, **options)
                except Exception as error:
                    _failed(span, error)
                    raise

        return waited

    @wraps(function)
    def done(*args: Any, **options: Any) -> Any:
        within = begun()
        if within is None:
            return function(*args, **options)
        with within as span:
            try:
                return function(*args, **options)
            except Exception as error:
                _failed(span, error)
                raise

    return done


def _failed(span: Span, error: Exception) -> None:
    """Its kind only: what it says may hold somebody's data."""
    span.set_attribute("error.type", error.code if isinstance(error, YuzhangError) else type(error).__qualname__)
    span.set_status(Status(StatusCode.ERROR))
