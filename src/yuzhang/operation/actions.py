"""What an operator reads of a running server."""

from typing import TYPE_CHECKING

from yuzhang.core.access import Party, action
from yuzhang.operation.errors import NotReady

if TYPE_CHECKING:
    from yuzhang.operation.room import Operation


@action("system", reads=True)
async def measured(operation: "Operation", caller: Party) -> bytes:
    """The metrics in the text format of Prometheus."""
    return await operation.metrics()


@action("visitor", reads=True)
async def ready(operation: "Operation", caller: Party) -> None:
    """Return if every part is ready. Raises NotReady, naming those that are not."""
    missing = await operation.readiness.missing()
    if missing:
        raise NotReady(missing)
