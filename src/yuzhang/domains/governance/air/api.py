"""The air over HTTP."""

import msgspec
from fastapi import APIRouter, Request, Response

from yuzhang.brain.history.api import Past
from yuzhang.domains.governance.air import actions
from yuzhang.domains.governance.air.hours import now_us
from yuzhang.domains.governance.air.presentation import described
from yuzhang.web.asking import Caller
from yuzhang.web.reader import reader_of

router = APIRouter(prefix="/api/air", tags=["air"])


@router.get("", response_class=Response)
def air(request: Request, history: Past, caller: Caller) -> Response:
    """The air now by HJ 633: stations, the city's index of the hour, the day and the last 30 days, and the warning it calls for.

    Simulated stations are a group of their own. Means are in µg/m³, of CO in mg/m³; a value of another kind is in `uncounted`.
    """
    found = actions.air(history, caller, request.app.state.registry, now_us(), reader_of(request).language)
    return Response(msgspec.json.encode(described(found)), media_type="application/json")
