"""Cases in the terminal: what is open, and how units do."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from yuzhang.brain.cases import actions
from yuzhang.brain.cases.model import Filter, Performance
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import OPERATOR
from yuzhang.core.announcing import Announcements
from yuzhang.core.language import Title
from yuzhang.core.packs import found, own_folders
from yuzhang.core.terminal import Data, cells, language, opened, out, say
from yuzhang.foundation.registry.room import Registry

app = typer.Typer(no_args_is_help=True, help="办件 / cases")


@contextmanager
def _cases(data: Path) -> Iterator[Cases]:
    with opened(data) as storage:
        yield Cases(storage, Registry(storage), found(own_folders(data))[0], Announcements())


@app.command("list")
def list_command(
    data: Data,
    status: Annotated[str, typer.Option(help="open、closed、withdrawn；空为全部 / empty: all")] = "open",
    unit: Annotated[str, typer.Option(help="承办单位 / the unit that handles them")] = "",
    matter: Annotated[str, typer.Option(help="事项 / the matter")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="仅超期 / only what is overdue")] = False,
    most: Annotated[int, typer.Option(min=1, max=200, help="最多几件 / how many at most")] = 50,
) -> None:
    """列出办件，新的在前 / List cases, the newest first."""
    which = Filter(status=status, unit=unit, matter=matter, overdue=overdue)
    with _cases(data) as cases:
        page = actions.search(cases, OPERATOR, which, size=most)
    table = Table("number", "matter", "title", "state", "party", "due", "outcome", "")
    for one in page.cases:
        due = one.due_at.astimezone().strftime("%Y-%m-%d %H:%M") if one.due_at else "–"
        marked = Title("模拟", "simulated").in_language(language()) if one.simulated else ""
        said = one.title.in_language(language()), one.state_title.in_language(language())
        table.add_row(*cells(one.number, one.matter, *said, one.party, due, one.outcome, marked))
    out.print(table)
    if page.after:
        say(Title(f"仅显示最新的 {most} 件。", f"Only the newest {most} are shown."))


@app.command("statistics")
def statistics_command(
    data: Data,
    days: Annotated[int, typer.Option(min=1, max=3660, help="最近几天 / of so many days")] = 30,
    region: Annotated[str, typer.Option(help="区域 / the region")] = "",
    matter: Annotated[str, typer.Option(help="事项 / the matter")] = "",
    simulated: Annotated[
        bool, typer.Option("--simulated", help="统计模拟办件 / count simulated cases instead")
    ] = False,
) -> None:
    """按单位统计按时率、返工率、重开率和办结未解决率 / On-time, return, reopen and closed-not-fixed rates by unit."""
    until = datetime.now(UTC)
    with _cases(data) as cases:
        found_ = actions.statistics(cases, OPERATOR, until - timedelta(days=days), until, region, matter, simulated)
    table = Table("unit", "opened", "closed", "on time", "returned", "reopened", "not fixed", "open", "overdue")
    for one in found_:
        shares = [_share(part, one.closed) for part in (one.on_time, one.returned, one.reopened, one.not_fixed)]
        table.add_row(*cells(one.unit, str(one.opened), str(one.closed), *shares, str(one.open), str(one.overdue)))
    out.print(table)


def _share(part: int, whole: int) -> str:
    share = Performance.share(part, whole)
    return "–" if share is None else f"{share:.0%}"
