"""The pages that tests of the web walk through, and what a reader would see of them."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount

from web.happenings import DEVICE, EVENT, EVENT_CASE, HOTLINE_CASE, LETTER, OWN_CASE, RULE, SOURCE

PLAN = "nanchang-14"
HOME = f"/plan/{PLAN}"
API = f"/api/plans/{PLAN}"
PENDING = "c8ea67cec1"
"""The first candidate that waits for its review."""
LANGUAGES = ("zh", "en")
TAGS = {"zh": "zh-CN", "en": "en"}
PAGES = {
    "plan": HOME,
    "plan searched": f"{HOME}?q=GDP",
    "plan with nothing left": f"{HOME}?status=kept&q=nowhere",
    "indicator with forecast": f"{HOME}/indicators/gdp?kind=annual&year=2024",
    "indicator of the province": f"{HOME}/indicators/energy-intensity",
    "indicator without figures": f"{HOME}/indicators/nursery",
    "commitments": f"{HOME}/commitments",
    "review": f"{HOME}/review",
    "review of all": f"{HOME}/review?review=all&page=2",
    "figures": f"{HOME}/figures",
    "figures of a series": f"{HOME}/figures?series=地区生产总值",
    "tables": f"{HOME}/tables",
    "report": f"{HOME}/report",
    "history": f"{HOME}/history",
    "entities": "/entities",
    "memory": "/history",
    "memory without results": "/history?q=nowhere",
    "officers SQL": "/sql",
    "first page": "/",
    "search": "/search?q=森林",
    "search for one kind": "/search?q=gdp&kind=commitment",
    "search without results": "/search?q=nowhere",
    "preferences": "/preferences",
    "notifications": "/notifications",
    "how one is told": "/notifications/settings",
    "help": "/help",
    "keys": "/api-keys",
    "webhooks": "/webhooks",
    "try the API": "/api/try",
    "try one address": "/api/try?ask=POST%20/api/sql",
    "city": "/city",
    "city as a list": "/city/list",
    "city on a wall": "/city/wall",
    "city in the field": "/city/field",
    "duty": "/duty",
    "events": "/events",
    "events without results": "/events?q=nowhere",
    "one event": f"/events/{EVENT}",
    "rules": "/rules",
    "one rule": f"/rules/one?id={RULE}",
    "cases": "/cases",
    "cases without results": "/cases?q=nowhere",
    "a case of an event": f"/cases/{EVENT_CASE}",
    "a case of the hotline": f"/cases/{HOTLINE_CASE}",
    "report something": "/report",
    "own reports": "/reports",
    "an own report": f"/reports/{OWN_CASE}",
    "statistics of cases": "/cases/statistics",
    "processes": "/processes",
    "one process": "/processes/handling",
    "devices": "/devices",
    "new device": "/devices/new",
    "devices from a table": "/devices/import",
    "devices that wait": "/devices/waiting",
    "one device": f"/devices/{DEVICE}",
    "network": "/network",
    "gateways and their devices": "/network/tree",
    "sources": "/sources",
    "new source": "/sources/new?kind=rest",
    "one source": f"/sources/{SOURCE}",
    "dead letters": "/dead-letters",
    "one dead letter": f"/dead-letters/{LETTER}",
    "packs": "/packs",
    "air": "/air",
    "problem": f"{HOME}?known=x",
}
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
VOID = frozenset({"meta", "link", "img", "input", "br", "hr", "circle", "polyline"})
SPOKEN = ("aria-label", "alt", "title", "placeholder")


def in_language(address: str, language: str) -> str:
    """The address of a page in that language."""
    return f"{address}{'&' if '?' in address else '?'}lang={language}"


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text that a page shows or a screen reader speaks, with the language it is marked as; a field without spelling is code."""

    language: str
    element: str
    words: str


@dataclass
class View(HTMLParser):
    """A page as a reader gets it: its language, its texts in order, its links and its forms."""

    html: str
    texts: list[Text] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    open: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        assert not self.open, "elements are left open"

    @property
    def words(self) -> str:
        """All that the page shows, on one line."""
        return " ".join(text.words for text in self.texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element's spoken attributes, and remember its language."""
        given = {name: value or "" for name, value in attrs}
        language = given.get("lang") or (self.open[-1][1] if self.open else "")
        element = "code" if given.get("spellcheck") == "false" else tag
        shown = [given[name] for name in SPOKEN if given.get(name)]
        if tag == "input" and given.get("type") not in ("hidden", "search", "date", "radio", "checkbox"):
            shown.append(given.get("value", ""))
        self.texts += [Text(language, element, words) for words in shown if words]
        if tag == "a":
            self.links.append(given["href"])
        if tag == "form":
            self.forms.append({"action": given.get("action", "")})
        if tag in ("input", "button") and given.get("name") and self.forms:
            self.forms[-1].setdefault(given["name"], given.get("value", ""))
        if tag not in VOID:
            self.open.append((tag, language, element))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """The same for an element that closes itself."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Every element is closed in its turn."""
        assert self.open.pop()[0] == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        """Take a piece of text, unless it is a script or a style."""
        if data.strip() and self.open and self.open[-1][0] not in ("script", "style"):
            self.texts.append(Text(self.open[-1][1], self.open[-1][2], data.strip()))


def form_to(html: str, action: str) -> dict[str, str]:
    """The fields of the page's form to `action`, as the page fills them."""
    found = next(form for form in View(html).forms if form["action"] == action)
    return {name: value for name, value in found.items() if name != "action"}


def addresses(app: FastAPI) -> list[tuple[str, str]]:
    """Every method and path that the application answers, mounted folders as "MOUNT"."""
    return sorted({found for route in app.routes for found in _below(route)})


def _below(route: BaseRoute) -> list[tuple[str, str]]:
    if isinstance(route, Mount):
        return [("MOUNT", route.path)]
    included = getattr(route, "original_router", None)
    if included is not None:
        return [found for inside in included.routes for found in _below(inside)]
    methods: set[str] = getattr(route, "methods", None) or set()
    path: str = getattr(route, "path", "")
    return [(method, path) for method in methods - {"HEAD"}]
