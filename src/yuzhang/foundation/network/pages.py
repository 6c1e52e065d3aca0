"""The page of the network: a summary, what is silent, and how devices hang together."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from yuzhang.core.language import Title
from yuzhang.core.moments import moment
from yuzhang.foundation.network import actions
from yuzhang.foundation.network.api import Room, State
from yuzhang.foundation.network.model import HEALTHS, Count
from yuzhang.foundation.network.room import Network
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
PAGE_LENGTH = 50
SHOWN_FINDINGS = 200
BAR = 200
Asked = Annotated[str, Query(max_length=200)]
PageNumber = Annotated[int, Query(alias="page", ge=1, le=1_000_000)]
STEPS = ((86_400, Title("天", "d")), (3_600, Title("小时", "h")), (60, Title("分钟", "min")), (1, Title("秒", "s")))


def bars(count: Count) -> list[tuple[str, float, float]]:
    """The parts of a bar: health, where it begins, how wide it is.

    >>> bars(Count("Pump", False, 3, 1, 0, 0, 0.0))
    [('fresh', 0.0, 150.0), ('late', 150.0, 50.0)]
    """
    found: list[tuple[str, float, float]] = []
    at = 0.0
    for name in HEALTHS:
        wide = BAR * getattr(count, name) / max(count.total, 1)
        if wide:
            found.append((name, round(at, 2), round(wide, 2)))
        at += wide
    return found


def ago(now: datetime, then: datetime | None) -> Title:
    """How long ago something was, in its largest unit.

    >>> from datetime import UTC
    >>> ago(datetime(2026, 1, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)).en
    '2 h'
    """
    if then is None:
        return Title("–", "–")
    passed = max((now - then) // timedelta(seconds=1), 0)
    size, unit = next((one for one in STEPS if passed >= one[0]), STEPS[-1])
    return Title(f"{passed // size} {unit.zh}", f"{passed // size} {unit.en}")


def _names(network: Network) -> dict[str, Title]:
    return {one.id: one.name for one in network.registry.regions()}


@router.get("/network", response_class=HTMLResponse)
def network_page(
    request: Request,
    network: Room,
    caller: Caller,
    health: State = "silent",
    kind: Asked = "",
    region: Asked = "",
    number: PageNumber = 1,
) -> HTMLResponse:
    """Counts by kind and region, findings, and devices that stand so."""
    found, total = actions.devices(network, caller, health, kind, region, PAGE_LENGTH, (number - 1) * PAGE_LENGTH)
    findings = actions.findings(network, caller)
    summary = actions.summary(network, caller)
    return page(
        request,
        "network/network.html",
        summary=summary,
        simulated=any(one.simulated for one in summary.kinds),
        findings=findings[:SHOWN_FINDINGS],
        more=max(len(findings) - SHOWN_FINDINGS, 0),
        found=found,
        total=total,
        asked={"health": health, "kind": kind, "region": region},
        healths=HEALTHS,
        regions=_names(network),
        bars=bars,
        ago=lambda then: ago(summary.at, then),
        number=number,
        pages=max(1, -(-total // PAGE_LENGTH)),
    )


@router.get("/network/tree", response_class=HTMLResponse)
def tree_page(
    request: Request, network: Room, caller: Caller, gateway: Asked = "", number: PageNumber = 1
) -> HTMLResponse:
    """Gateways and what comes through them, one level at a time."""
    tree = actions.tree(network, caller, gateway, PAGE_LENGTH, (number - 1) * PAGE_LENGTH)
    now = moment(network.now())
    return page(
        request,
        "network/tree.html",
        tree=tree,
        ago=lambda then: ago(now, then),
        number=number,
        pages=max(1, -(-tree.total // PAGE_LENGTH)),
    )
