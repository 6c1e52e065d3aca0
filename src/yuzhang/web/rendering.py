"""Pages: templates of all rooms in one environment, answered in the reader's language."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from yuzhang import __version__
from yuzhang.web.appearance import address_of, own_of
from yuzhang.web.gate import caller_of
from yuzhang.web.navigation import grouped, opens, places
from yuzhang.web.reader import COOKIE, READERS, reader_of
from yuzhang.web.sparkline import sparkline
from yuzhang.web.statics import asset

PACKAGE = Path(__file__).parent.parent
COOKIE_DAYS = 365


@lru_cache
def environment() -> Environment:
    """The templates: `web/layout.html`, `registry/review.html`, …: the room's name, then the file."""
    rooms = {folder.parent.name: FileSystemLoader(folder) for folder in sorted(PACKAGE.rglob("templates"))}
    made = Environment(
        loader=PrefixLoader(rooms), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.globals |= {"version": __version__, "sparkline": sparkline, "asset": asset}
    return made


def page(request: Request, template: str, /, status: int = 200, **context: Any) -> HTMLResponse:
    """The page `template` for the reader of `request`. `_` translates, `t` picks a title's language, `n` writes numbers."""
    caller = caller_of(request)
    reader = reader_of(request)
    html = (
        environment()
        .get_template(template)
        .render(
            request=request,
            reader=reader,
            _=reader.translate,
            w=reader.word,
            t=reader.title,
            tongue=reader.tongue,
            marked=reader.marked,
            n=reader.number,
            u=reader.unit,
            amount=reader.amount,
            sentence=reader.sentence,
            spoken=reader.spoken,
            signed=reader.signed,
            day=reader.date,
            moment=reader.moment,
            caller=caller,
            own=own_of(request, caller),
            places=places(caller),
            grouped=grouped,
            opens=lambda action: opens(caller, action),
            starrable=address_of(request),
            here=str(request.url.path),
            other_language=str(request.url.include_query_params(lang=reader.other)).removeprefix(
                str(request.base_url).rstrip("/")
            ),
            **context,
        )
    )
    response = HTMLResponse(html, status_code=status)
    if request.query_params.get("lang") in READERS:
        response.set_cookie(COOKIE, reader.language, max_age=COOKIE_DAYS * 86400, samesite="lax", httponly=True)
    return response


def back_to(address: str, otherwise: str) -> RedirectResponse:
    """A redirect (303) to a page of this server: `address` if it is one, else `otherwise`."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\"))
    return RedirectResponse(address if inside else otherwise, status_code=303)
