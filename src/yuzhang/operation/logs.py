"""The log of the process: one JSON object a line, or text; with the request's name, route and trace, without anything of a person.

To standard error, where systemd, containers and terminals take it from.
"""

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

from yuzhang.core.errors import YuzhangError
from yuzhang.operation.discretion import discreet, network_of, unquoted
from yuzhang.operation.settings import OperationSettings
from yuzhang.operation.watching import REQUEST

FIELDS = ("route", "method", "status", "duration_ms", "peer")


class Discretion(logging.Filter):
    """Takes out of a record what tells of a person, before anything formats it, and adds what request it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True: every record is written."""
        watched = REQUEST.get()
        message = record.getMessage()
        if watched is not None:
            record.request_id, record.trace_id = watched.id, watched.trace
            path = watched.scope["path"]
            if len(path) > 1:  # an id in an address is one of somebody's
                message = message.replace(repr(path)[1:-1], watched.route).replace(path, watched.route)
        record.msg, record.args = discreet(message), None
        if hasattr(record, "peer"):
            record.peer = network_of(record.peer)
        record.broke = broken(record.exc_info)
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def broken(problem: Any) -> str:
    """An error as it may be written: where it came from, its kinds, and its message without values."""
    if not isinstance(problem, tuple) or problem[1] is None:
        return ""
    told: list[str] = []
    error: BaseException | None = problem[1]
    while error is not None and len(told) < 8:
        frames = traceback.extract_tb(error.__traceback__)[-12:]
        places = " < ".join(f"{_short(one.filename)}:{one.lineno} {one.name}" for one in reversed(frames))
        said = discreet(str(error)) if isinstance(error, YuzhangError) else unquoted(str(error))
        told.append(f"{type(error).__module__}.{type(error).__qualname__}: {said} [{places}]")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return " ; from ".join(told)


def _short(path: str) -> str:
    for mark in ("/site-packages/", "/src/"):
        path = path.rpartition(mark)[2]
    return path


class Lines(JsonFormatter):
    """A JSON object a line."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """What a line says; only what is named here, whatever a library adds to its records."""
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"], log_data["logger"], log_data["message"] = (
            record.levelname.lower(),
            record.name,
            record.getMessage(),
        )
        for name in ("request_id", "trace_id", *FIELDS, "broke"):
            value = getattr(record, name, "")
            if value != "":
                log_data[name] = value


class Text(logging.Formatter):
    """The same for eyes."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds")
        rest = " ".join(
            str(getattr(record, name)) for name in ("duration_ms", "peer", "request_id") if getattr(record, name, "")
        )
        broke = getattr(record, "broke", "")
        parts = (moment, record.levelname.lower(), record.name, record.getMessage(), rest, broke)
        return " ".join(part.replace("\n", " ") for part in parts if part)


def handler(settings: OperationSettings, stream: TextIO | None = None) -> logging.Handler:
    """What writes the log to `stream`, standard error if none is named."""
    made = logging.StreamHandler(stream or sys.stderr)
    made.addFilter(Discretion())
    made.setFormatter(Lines(json_ensure_ascii=False) if settings.form == "json" else Text())
    return made


def configure(settings: OperationSettings, stream: TextIO | None = None) -> None:
    """Have the whole process write its log so."""
    root = logging.getLogger()
    root.handlers[:] = [handler(settings, stream)]
    root.setLevel(settings.level.upper())
    quiet()


def quiet() -> None:
    """Have libraries speak of trouble only: their lines of every request hold addresses of others with what was asked."""
    for name in ("httpx", "httpx2", "httpcore", "urllib3", "opentelemetry", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
