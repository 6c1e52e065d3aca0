"""What the entrance counts, as far as its rooms are there: found by what they offer."""

import time
from collections.abc import Callable
from typing import Any

from yuzhang.core.storage import Storage
from yuzhang.operation import store
from yuzhang.operation.metrics.parts import Asked


def asked_of(entrance: object, storage: Storage) -> Asked:
    """Its guard's `allowed` and `refused`, its auditor's `waiting()`, and how many sessions there are."""
    guard: Any = getattr(entrance, "guard", None)

    def sessions() -> int:
        with storage.reading() as connection:
            return store.active_sessions(connection, int(time.time()))

    return Asked(
        (lambda: guard) if hasattr(guard, "allowed") and hasattr(guard, "refused") else None,
        _counter(getattr(entrance, "audit", None), "waiting"),
        sessions,
    )


def _counter(room: object, name: str) -> Callable[[], int] | None:
    found = getattr(room, name, None)
    return found if callable(found) else None
