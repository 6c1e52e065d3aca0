"""The pages of webhooks. A secret is shown once, in the answer that made it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused
from yuzhang.entrance.api import keys
from yuzhang.entrance.api.api import Room
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.api.webhooks import actions
from yuzhang.entrance.api.webhooks.model import KINDS, NewWebhook
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=actions.LONGEST_ADDRESS)]


def _page(
    request: Request, api: Api, caller: Party, made: NewWebhook | None = None, refused: InputRefused | None = None
) -> HTMLResponse:
    return page(
        request,
        "api/webhooks.html",
        status=200 if refused is None else refused.status,
        webhooks=actions.webhooks(api, caller),
        applications=dict(keys.applications(api, caller)),
        kinds=KINDS,
        made=made,
        refused=refused,
    )


@router.get("/webhooks", response_class=HTMLResponse)
def webhooks_page(request: Request, api: Room, caller: Caller) -> HTMLResponse:
    """Webhooks of one's applications, and a form for the next."""
    return _page(request, api, caller)


@router.post("/webhooks", response_class=HTMLResponse)
def add(
    request: Request,
    api: Room,
    caller: Caller,
    party: Text,
    address: Text,
    kinds: Annotated[list[str], Form()] = [],  # noqa: B006  # FastAPI copies it
) -> HTMLResponse:
    """Make a webhook."""
    try:
        return _page(request, api, caller, made=actions.add(api, caller, party, address.strip(), kinds))
    except InputRefused as refused:
        return _page(request, api, caller, refused=refused)


@router.get("/webhooks/{webhook}", response_class=HTMLResponse)
def webhook_page(request: Request, api: Room, caller: Caller, webhook: str) -> HTMLResponse:
    """A webhook's last messages."""
    deliveries = actions.deliveries(api, caller, webhook)
    found = next(one for one in actions.webhooks(api, caller) if one.id == webhook)
    return page(request, "api/webhook.html", webhook=found, deliveries=deliveries)


@router.post("/webhooks/{webhook}/pause")
def pause(api: Room, caller: Caller, webhook: str) -> Response:
    """Keep its messages back."""
    actions.pause(api, caller, webhook)
    return RedirectResponse("/webhooks", 303)


@router.post("/webhooks/{webhook}/resume")
def resume(api: Room, caller: Caller, webhook: str) -> Response:
    """Send again."""
    actions.resume(api, caller, webhook)
    return RedirectResponse("/webhooks", 303)


@router.post("/webhooks/{webhook}/delete")
def remove(api: Room, caller: Caller, webhook: str) -> Response:
    """Delete it."""
    actions.remove(api, caller, webhook)
    return RedirectResponse("/webhooks", 303)


@router.post("/webhooks/{webhook}/test")
def test(api: Room, caller: Caller, webhook: str) -> Response:
    """Send a test message, and look how it fares."""
    actions.test(api, caller, webhook)
    return RedirectResponse(f"/webhooks/{webhook}", 303)


@router.post("/webhooks/{webhook}/deliveries/{number}/replay")
def replay(api: Room, caller: Caller, webhook: str, number: int) -> Response:
    """Send a message again."""
    actions.replay(api, caller, webhook, number)
    return RedirectResponse(f"/webhooks/{webhook}", 303)
