"""Is it alive, is it ready, how does it go: what balancers and Prometheus ask."""

from dataclasses import replace
from hmac import compare_digest
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from yuzhang.core.access import ROLES, STRANGER, Party
from yuzhang.core.errors import NotAllowed
from yuzhang.operation import actions
from yuzhang.operation.errors import MetricsRefused
from yuzhang.operation.room import Operation
from yuzhang.web.gate import PASSED_ON, caller_of, trusts

SCRAPER = Party("scraper", frozenset({"visitor", "system"}), kind="process", guard=ROLES)
"""Whoever reads the metrics by token or from this machine; it may do nothing else."""
router = APIRouter(tags=["operation"])


def operation_of(request: Request) -> Operation:
    """The application's operation."""
    found = request.app.state.operation
    assert isinstance(found, Operation)  # noqa: S101  # app.py puts it there
    return found


Own = Annotated[Operation, Depends(operation_of)]


@router.get("/health")
async def health() -> dict[str, str]:
    """Whether the process is alive and answers; says nothing of its parts. Open to whoever can reach the address."""
    return {"status": "ok"}


@router.get("/ready")
async def ready(operation: Own) -> dict[str, str]:
    """Whether the server can take requests; 503 if not, with the names of the parts that are not ready. Open, as /health is."""
    await actions.ready(operation, replace(STRANGER, guard=ROLES))
    return {"status": "ready"}


@router.get("/metrics", response_class=Response)
async def metrics(request: Request, operation: Own) -> Response:
    """The metrics in the text format of Prometheus: for the right `system`, the token of YUZHANG_METRICS_TOKEN, or this machine."""
    try:
        body = await actions.measured(operation, _scraper(request, operation.settings.metrics_token))
    except NotAllowed as err:
        raise MetricsRefused.to_whoever_asks() from err
    return Response(body, media_type=CONTENT_TYPE_LATEST)


def _scraper(request: Request, token: str) -> Party:
    given: Any = request.headers.get("authorization", "")
    if token:
        if compare_digest(given.encode(), f"Bearer {token}".encode()):
            return SCRAPER
    elif _is_here(request):
        return SCRAPER
    return caller_of(request)


def _is_here(request: Request) -> bool:
    # Whoever scrapes from this machine asks directly: with Via it comes through a proxy, which no broker does for metrics.
    if any(name in request.headers for name in (*PASSED_ON, "via")) or request.client is None:
        return False
    return trusts(True, request.client.host, request.headers.get("host", ""), None, False)
