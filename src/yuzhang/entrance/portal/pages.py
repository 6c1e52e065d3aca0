"""The pages of what is one's own: preferences, favourites, notifications. Strangers' preferences are kept by their browser."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from yuzhang.core.errors import NotAllowed
from yuzhang.core.language import LANGUAGES, Language, Title
from yuzhang.entrance.portal import actions
from yuzhang.entrance.portal.asking import Here
from yuzhang.entrance.portal.errors import UnfitPreference
from yuzhang.entrance.portal.help import pages as help_pages
from yuzhang.entrance.portal.home import pages as home_pages
from yuzhang.entrance.portal.model import CHANNEL_TITLES, KIND_TITLES, Channel, Contact, Kind
from yuzhang.entrance.portal.search import pages as search_pages
from yuzhang.web import reader
from yuzhang.web.appearance import THEMES, Appearance, Theme, keep, own_of
from yuzhang.web.asking import Caller
from yuzhang.web.gate import same_origin
from yuzhang.web.rendering import COOKIE_DAYS, back_to, page

router = APIRouter(include_in_schema=False)
ROUTERS = (home_pages.router, router, search_pages.router, search_pages.programs, help_pages.router)
PAGE_LENGTH = 30
SIZES = ("normal", "large", "elder")
SETTINGS = "/notifications/settings"


@router.get("/preferences", response_class=HTMLResponse)
def preferences_page(request: Request, caller: Caller) -> HTMLResponse:
    """How pages look, for whoever asks."""
    liked = own_of(request, caller).appearance or Appearance()
    return page(request, "portal/preferences.html", liked=liked, themes=THEMES, sizes=SIZES)


@router.post("/preferences")
def prefer(
    request: Request,
    portal: Here,
    caller: Caller,
    theme: Annotated[str, Form(max_length=20)] = "auto",
    size: Annotated[str, Form(max_length=20)] = "normal",
    language: Annotated[str, Form(max_length=5)] = "",
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Keep them: for a party that is known wherever it signs in, for a stranger in this browser. Raises UnfitPreference, NotAllowed."""
    if not same_origin(request.headers.get("origin"), request.headers.get("host", "")):
        raise NotAllowed(Title("请求来自其他网站。", "The request comes from another site."))
    wanted = Appearance(_theme(theme), size == "large", size == "elder", _language(language))
    if caller.kind != "stranger":
        actions.prefer(portal, caller, wanted)
    answer = back_to(back, "/preferences")
    keep(answer, wanted)
    if wanted.language:
        answer.set_cookie(reader.COOKIE, wanted.language, max_age=COOKIE_DAYS * 86_400, samesite="lax", httponly=True)
    else:
        answer.delete_cookie(reader.COOKIE)
    return answer


def _theme(word: str) -> Theme:
    for one in THEMES:
        if one == word:
            return one
    raise UnfitPreference(Title(f"没有外观“{word}”。", f"There is no theme “{word}”."), where="/theme")


def _language(word: str) -> Language | None:
    return next((one for one in LANGUAGES if one == word), None)


@router.post("/favourites")
def favourite(
    portal: Here,
    caller: Caller,
    address: Annotated[str, Form(max_length=4000)],
    title: Annotated[str, Form(max_length=1000)] = "",
    back: Annotated[str, Form(max_length=4000)] = "",
) -> RedirectResponse:
    """Star a page or take its star away, and go back to it."""
    actions.toggle_favourite(portal, caller, address, title)
    return back_to(back or address, "/")


@router.get("/notifications", response_class=HTMLResponse)
def notifications_page(
    request: Request,
    portal: Here,
    caller: Caller,
    unread: bool = False,
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """What the caller was told, the newest first."""
    listed, every, waiting = actions.notifications(
        portal, caller, unread_only=unread, offset=(number - 1) * PAGE_LENGTH, limit=PAGE_LENGTH
    )
    total = waiting if unread else every
    return page(
        request,
        "portal/notifications.html",
        listed=listed,
        total=total,
        waiting=waiting,
        unread=unread,
        kinds=KIND_TITLES,
        number=number,
        pages=max(1, -(-total // PAGE_LENGTH)),
    )


@router.post("/notifications/read")
def read_all(portal: Here, caller: Caller) -> RedirectResponse:
    """Mark all as read."""
    actions.mark_read(portal, caller)
    return RedirectResponse("/notifications", 303)


@router.post("/notifications/{number}/read")
def read_one(
    portal: Here, caller: Caller, number: int, back: Annotated[str, Form(max_length=2000)] = ""
) -> RedirectResponse:
    """Mark one as read, and go to the page that it is about, or back to the list."""
    actions.mark_read(portal, caller, number)
    return back_to(back, "/notifications")


@router.get(SETTINGS, response_class=HTMLResponse)
def settings_page(request: Request, portal: Here, caller: Caller, saved: bool = False) -> HTMLResponse:
    """Which kinds of notifications reach the caller by which channel, and where."""
    return page(
        request,
        "portal/channels.html",
        reached=actions.contact(portal, caller),
        wanted=actions.channels_wanted(portal, caller),
        ready=portal.channels.ready,
        kinds=KIND_TITLES,
        channels=CHANNEL_TITLES,
        saved=saved,
    )


async def chosen(request: Request) -> tuple[Contact, list[tuple[Kind, Channel]]]:
    """What the form of the settings says."""
    async with request.form() as form:
        said = {name: str(value) for name, value in form.items()}
    pairs = [(kind, channel) for kind in Kind for channel in Channel if f"{kind.value}-{channel.value}" in said]
    return Contact(said.get("email", "").strip(), said.get("phone", "").strip()), pairs


@router.post(SETTINGS)
def choose(
    portal: Here, caller: Caller, said: Annotated[tuple[Contact, list[tuple[Kind, Channel]]], Depends(chosen)]
) -> RedirectResponse:
    """Keep them. Raises UnfitPreference."""
    actions.choose_channels(portal, caller, *said)
    return RedirectResponse(f"{SETTINGS}?saved=true", 303)
