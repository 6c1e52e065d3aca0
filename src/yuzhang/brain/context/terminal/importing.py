"""Importing a file of entities with a client, chunk by chunk, with a bar that shows how far it is."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from yuzhang.brain.context.terminal.documents import STANDARD_INPUT, Row, rows_of
from yuzhang.client import AsyncClient
from yuzhang.core.terminal import language

CHUNK = 1000
CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Imported:
    """How many entities were taken, and for each that was not its id or place in the file, and why."""

    done: int
    failed: tuple[tuple[str, str], ...] = ()


async def imported(client: AsyncClient, file: str, console: Console, *, update: bool = False) -> Imported:
    """Import all entities of a file that can be. Raises InputRefused if it cannot be read at all."""
    path = None if file == STANDARD_INPUT else Path(file)
    total = path.stat().st_size if path is not None and path.is_file() else None
    taking = _Taking(client, file, update)
    with Progress(*_columns(total is None), console=console, transient=True) as progress:
        task = progress.add_task("…", total=total)
        for row in rows_of(file):
            before = taking.answered
            await taking.take(row)
            if taking.answered != before:
                progress.update(task, completed=taking.answered if total is None else taking.bytes_answered)
        await taking.send()
    return Imported(taking.done, tuple(taking.failed))


def _columns(
    counted: bool,
) -> tuple[TextColumn | BarColumn | MofNCompleteColumn | TaskProgressColumn | TimeRemainingColumn, ...]:
    if counted:
        return TextColumn("{task.description}"), MofNCompleteColumn()
    return BarColumn(), TaskProgressColumn(), TimeRemainingColumn()


class _Taking:
    """Rows on their way to the broker."""

    def __init__(self, client: AsyncClient, file: str, update: bool) -> None:
        self.client = client
        self.file = file
        self.update = update
        self.done = 0
        self.failed: list[tuple[str, str]] = []
        self.answered = 0
        self.bytes_answered = 0
        self._waiting: list[Row] = []
        self._bytes = 0

    async def take(self, row: Row) -> None:
        """Take one row; it goes to the broker with others."""
        if row.fault is not None:
            self.failed.append((f"{self.file}:{row.number}", row.fault.in_language(language())))
            return
        self._waiting.append(row)
        self._bytes += row.size
        if len(self._waiting) == CHUNK or self._bytes >= CHUNK_BYTES:
            await self.send()

    async def send(self) -> None:
        """Send what waits."""
        some = [row.document for row in self._waiting if row.document is not None]
        if not some:
            return
        result = await self.client.upsert_all(some, update=self.update, chunk=len(some))
        self.done += len(result.done)
        self.failed.extend((one.entity, one.problem.text) for one in result.failed)
        self.answered += len(some)
        self.bytes_answered += self._bytes
        self._waiting, self._bytes = [], 0
