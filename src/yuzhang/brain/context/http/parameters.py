"""The parameters of an address, or the members of a Query in a payload, as a selection, a representation and a page."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from yuzhang.brain.context.errors import BadRequestData, InvalidRequest, said
from yuzhang.brain.context.http.message import LONGEST_REMEMBERED, Call, Headers, parameters_in

DEFAULT_LIMIT = 20
MAX_LIMIT = 1000
MAX_OFFSET = 10_000_000

SELECTING = frozenset(
    {"id", "type", "idPattern", "attrs", "q", "georel", "geometry", "coordinates", "geoproperty", "scopeQ", "csf"}
    | {"jsonKeys", "expandValues", "datasetId"}
)
REPRESENTING = frozenset({"options", "format", "lang", "pick", "omit", "geometryProperty", "sysAttrs", "datasetId"})
LINKING = frozenset({"join", "joinLevel", "containedBy"})
PAGING = frozenset({"limit", "offset", "count"})
MAPPING = frozenset({"entityMap", "entityMapLifetime", "splitEntities"})
ORDERING = frozenset({"orderBy", "collation", "orderFrom", "orderGeometry"})
FORMATS = {"normalized": "normalized", "concise": "concise", "simplified": "simplified", "keyValues": "simplified"}
SHOWING = frozenset({*FORMATS, "sysAttrs"})
"""The words of `options` of an operation that answers entities. Source: clause 6.3.7, 6.3.11."""
SAFE_IN_QUERY = ":/*,;()@!$'~"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list is wanted, and whether the whole is counted."""

    offset: int
    limit: int
    count: bool


def wanted(call: Call) -> Wanted:
    """The page that a call asks for. Raises BadRequestData. Source: clauses 6.3.10, 6.3.13."""
    if not call.query_string:
        return Wanted(0, DEFAULT_LIMIT, False)
    count = call.flag("count")
    limit = call.number("limit", DEFAULT_LIMIT, 0, MAX_LIMIT)
    if limit == 0 and not count:
        raise BadRequestData(said("limit=0 goes together with count=true only."), where="?limit")
    return Wanted(call.number("offset", 0, 0, MAX_OFFSET), limit, count)


def page_headers(call: Call, page: Wanted, *, more: bool, total: int | None, media: str) -> Headers:
    """The headers of a part of a list: where the parts before and after it are, and the count. Source: 6.3.10, 6.3.13.

    The parameters are in the order of the alphabet.
    """
    headers: Headers = []
    if page.offset and page.limit:
        headers.append(("link", _page_link(call, page, max(0, page.offset - page.limit), "prev", media)))
    if more and page.limit:
        headers.append(("link", _page_link(call, page, page.offset + page.limit, "next", media)))
    if total is not None:
        headers.append(("ngsild-results-count", str(total)))
    return headers


def _page_link(call: Call, page: Wanted, offset: int, relation: str, media: str) -> str:
    parameters = _quoted(call.query_string) | {"limit": str(page.limit), "offset": str(offset)}
    query = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    return f'<{quote(call.path.rstrip("/"), safe="/:%")}?{query}>;rel="{relation}";type="{media}"'


def _quoted(query_string: bytes) -> dict[str, str]:
    return (_quoted_once if len(query_string) <= LONGEST_REMEMBERED else _quoted_anew)(query_string)


def _quoted_anew(query_string: bytes) -> dict[str, str]:
    return {name: quote(values[0], safe=SAFE_IN_QUERY) for name, values in parameters_in(query_string).items()}


_quoted_once = lru_cache(maxsize=1024)(_quoted_anew)


def options_of(call: Call, allowed: frozenset[str]) -> set[str]:
    """The words of `options`. Raises InvalidRequest for one that the operation does not have. Source: clause 6.3.20."""
    found = set(call.words("options"))
    if unknown := found - allowed:
        raise InvalidRequest(
            said(f"The operation has no option {', '.join(sorted(unknown))[:100]}."),
            where="?options",
            fix=said(f"It has: {', '.join(sorted(allowed))}."),
        )
    return found


def format_of(call: Call, options: set[str]) -> str:
    """The representation asked for by `format`, or by `options` as before version 1.8. Source: clause 6.3.7."""
    named = call.parameter("format")
    if named:
        if named not in FORMATS:
            raise InvalidRequest(said(f"There is no format {named[:40]}."), where="?format")
        return FORMATS[named]
    for word in ("concise", "simplified", "keyValues"):
        if word in options:
            return FORMATS[word]
    return "normalized"
