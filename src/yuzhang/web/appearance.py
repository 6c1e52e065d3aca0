"""How a page looks to who reads it: theme, size of type, elder mode; and what of their own stands in its header."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError

from yuzhang.core.access import Party
from yuzhang.core.errors import YuzhangError
from yuzhang.core.language import Language

COOKIE = "yuzhang_look"
COOKIE_S = 365 * 86_400
Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class Appearance:
    """`large`: large type (大字版); `elder`: elder mode (长辈模式), larger still, with fewer choices. `language` None: as the browser asks."""

    theme: Theme = "auto"
    large: bool = False
    elder: bool = False
    language: Language | None = None

    @property
    def classes(self) -> str:
        """The classes of the page's root.

        >>> Appearance("dark", elder=True).classes, Appearance().classes
        ('dark elder', '')
        """
        named = [
            "" if self.theme == "auto" else self.theme,
            "large" if self.large and not self.elder else "",
            "elder" if self.elder else "",
        ]
        return " ".join(one for one in named if one)

    def cookie(self) -> str:
        """As the cookie keeps it; the language has a cookie of its own.

        >>> read(Appearance("dark", large=True).cookie())
        Appearance(theme='dark', large=True, elder=False, language=None)
        """
        return "-".join([self.theme, *(["large"] if self.large else []), *(["elder"] if self.elder else [])])


def read(cookie: str) -> Appearance:
    """What a cookie says; what it says wrongly counts for nothing."""
    said = cookie.split("-")
    theme: Theme = next((one for one in THEMES if one in said), "auto")
    return Appearance(theme, "large" in said, "elder" in said)


@dataclass(frozen=True, slots=True)
class Own:
    """What of a party's own a page's header shows: how it likes pages, its unread notifications, whether this page is a favourite."""

    appearance: Appearance | None = None
    unread: int = 0
    starred: bool = False


class Belongings(Protocol):
    """Knows what belongs to parties; the application's is `app.state.belongings`, where it has one."""

    def own(self, party: Party, address: str) -> Own:
        """What the page at `address` shows of the party's own."""
        ...


def own_of(request: Request, caller: Party) -> Own:
    """What of the caller's own stands on the page of `request`; for a stranger what its browser keeps. Asked once a request."""
    known = getattr(request.state, "own", None)
    if isinstance(known, Own):
        return known
    belongings: Belongings | None = getattr(request.app.state, "belongings", None)
    found = Own()
    if belongings is not None and caller.kind != "stranger":
        # The page that says that the database is away has to be shown without it.
        with suppress(YuzhangError, SQLAlchemyError):
            found = belongings.own(caller, address_of(request))
    if found.appearance is None:
        found = Own(read(request.cookies.get(COOKIE, "")), found.unread, found.starred)
    request.state.own = found
    return found


def address_of(request: Request) -> str:
    """The page's address on this server as a favourite keeps it: without the language."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    url = request.url.replace_query_params() if not kept else request.url.remove_query_params("lang")
    return url.path + (f"?{url.query}" if url.query else "")


def keep(response: Response, appearance: Appearance) -> None:
    """Have the browser remember it, so that strangers keep it and no page flashes."""
    response.set_cookie(COOKIE, appearance.cookie(), max_age=COOKIE_S, samesite="lax", httponly=True)
