"""The page of the audit: look for records, records a day, the state of the chain."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from yuzhang.core.access import POLICIES, may
from yuzhang.core.errors import InputRefused
from yuzhang.entrance.audit import actions
from yuzhang.entrance.audit.api import Asked, Kept, with_purpose
from yuzhang.entrance.audit.model import EVERY, LEAST_KEPT_DAYS, OUTCOMES, Found
from yuzhang.entrance.audit.moments import clock
from yuzhang.entrance.audit.plotting import bars
from yuzhang.web.asking import Caller
from yuzhang.web.reader import reader_of
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
PAGE_LENGTH = 50
SEARCH = "entrance.audit.actions.search"


@router.get("/audit", response_class=HTMLResponse)
def audit_page(request: Request, auditor: Kept, caller: Caller, asked: Annotated[Asked, Depends()]) -> HTMLResponse:
    """Records with a search, how many there were a day, and whether the chain is whole."""
    state = actions.overview(auditor, caller)
    refused, found = None, Found([], None)
    asking = with_purpose(caller, asked.why)
    # Without a purpose the rest of the page is there, and asks for one.
    purposeless = not asking.purpose and not may(asking, SEARCH, POLICIES[SEARCH].about)
    try:
        wanted = asked.wanted()
        if not purposeless:
            found = actions.search(auditor, asking, wanted.told, wanted, PAGE_LENGTH)
    except InputRefused as error:
        refused = error
    reader = reader_of(request)
    query = urlencode(asked.query())
    return page(
        request,
        "audit/audit.html",
        status=200 if refused is None else refused.status,
        asked=asked,
        refused=refused,
        found=found,
        purposeless=purposeless,
        state=state,
        plot=bars(state.days, reader),
        outcomes=OUTCOMES,
        query=query,
        next_page="/audit?" + urlencode(asked.query() | {"before": found.more}) if found.more else "",
        first_page=f"/audit?{query}" if asked.before else "",
        clock=clock,
        every=EVERY,
        least_days=LEAST_KEPT_DAYS,
    )


@router.post("/audit/verify", response_class=RedirectResponse)
def verify(auditor: Kept, caller: Caller) -> RedirectResponse:
    """Go through the whole chain now; the page shows what was found."""
    actions.verify(auditor, caller)
    return RedirectResponse("/audit#state", status_code=303)
