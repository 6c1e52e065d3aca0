"""Parameters of temporal queries, read: relations of time, forms, methods and periods of aggregation. Clauses 4.11, 4.5.19, 5.2.21, 6.3.12."""

import re
from collections.abc import Mapping
from typing import Any, cast

from yuzhang.brain.context.errors import BadRequestData, InvalidRequest, said
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.moments import is_moment, microseconds
from yuzhang.brain.history.model import TimeProperty, Window
from yuzhang.brain.history.temporal.model import METHODS, Form, Period, Relation, TemporalQuery

SECOND: Microseconds = 1_000_000
MOST_LAST = 10_000_000
LONGEST_TEXT = 60
DURATION = re.compile(
    r"P(?=.)(?:(\d{1,6})W|(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})D)?"
    r"(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:[.,](\d{1,6}))?S)?)?)",
    re.ASCII,
)
FORMS = frozenset({"temporalValues", "aggregatedValues"})
OPTIONS = FORMS | {"sysAttrs"}
TIMING = frozenset({"timerel", "timeAt", "endTimeAt", "timeproperty", "lastN"})
AGGREGATING = frozenset({"aggrMethods", "aggrPeriodDuration"})
TEMPORAL = TIMING | AGGREGATING | {"options", "format"}
"""Parameters that only temporal queries have, or that mean something else to others."""


def temporal_query(members: Mapping[str, Any], form: Form) -> TemporalQuery:
    """The temporal query of `members`, texts of the names of TIMING and AGGREGATING. Raises BadRequestData, InvalidRequest.

    >>> temporal_query({"timerel": "before", "timeAt": "1970-01-01T00:00:01Z"}, "normalized").window.end
    1000000
    """
    by = _property(members)
    relation, window = _window(members, by)
    if window is None and "timeproperty" in members:
        window = Window(by=by)  # only what has this time at all
    methods: tuple[str, ...] = ()
    period = Period()
    if form == "aggregatedValues":
        methods = _methods(members.get("aggrMethods"))
    if "aggrPeriodDuration" in members:
        period = read_period(members["aggrPeriodDuration"])
    return TemporalQuery(window, relation, by, _last_n(members), form, methods, period)


def form_of(named: str | None, options: set[str]) -> Form:
    """The form asked for by `format`, or by `options` as before version 1.8. Raises InvalidRequest. Source: clause 6.3.12."""
    if unknown := options - OPTIONS:
        raise InvalidRequest(
            said(f"The operation has no option {', '.join(sorted(unknown))[:100]}."),
            where="?options",
            fix=said(f"It has: {', '.join(sorted(OPTIONS))}."),
        )
    if named is not None:
        if named not in FORMS:
            raise InvalidRequest(said(f"There is no format {named[:40]}; there are {', '.join(sorted(FORMS))}."))
        return cast("Form", named)
    found = options & FORMS
    if len(found) > 1:
        raise InvalidRequest(said("Only one of temporalValues and aggregatedValues can be wanted."), where="?options")
    return cast("Form", next(iter(found), "normalized"))


def read_period(text: Any) -> Period:
    """A duration like PT5M. Raises BadRequestData. Source: clause 4.5.19.1.

    >>> read_period("P1Y2M"), read_period("PT1M30S"), read_period("P0D").whole
    (Period(months=14, us=0), Period(months=0, us=90000000), True)
    """
    found = DURATION.fullmatch(text) if isinstance(text, str) and len(text) <= LONGEST_TEXT else None
    if found is None:
        raise BadRequestData(
            said(f"aggrPeriodDuration “{str(text)[:LONGEST_TEXT]}” is no duration like PT5M or P1D."),
            where="?aggrPeriodDuration",
        )
    weeks, years, months, days, hours, minutes, seconds = (int(one or 0) for one in found.groups()[:7])
    fraction = int((found[8] or "0").ljust(6, "0"))
    whole = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds
    return Period(years * 12 + months, whole * SECOND + fraction)


def _property(members: Mapping[str, Any]) -> TimeProperty:
    named = members.get("timeproperty", "observedAt")
    if named not in {*TimeProperty}:
        raise BadRequestData(said(f"timeproperty is one of {', '.join(TimeProperty)}."), where="?timeproperty")
    return TimeProperty(named)


def _window(members: Mapping[str, Any], by: TimeProperty) -> tuple[Relation | None, Window | None]:
    relation = members.get("timerel")
    if relation is None:
        if "timeAt" in members or "endTimeAt" in members:
            raise BadRequestData(said("timeAt and endTimeAt go together with timerel."), where="?timerel")
        return None, None
    if relation not in {"before", "after", "between"}:
        raise BadRequestData(said("timerel is before, after or between."), where="?timerel")
    at = _moment(members, "timeAt")
    if relation == "before":
        return "before", Window(end=at, by=by)
    if relation == "after":
        return "after", Window(start=at, by=by)
    return "between", Window(start=at, end=_moment(members, "endTimeAt"), by=by)


def _moment(members: Mapping[str, Any], name: str) -> Microseconds:
    found = members.get(name)
    if not is_moment(found):
        raise BadRequestData(
            said(f"{name} is a moment in UTC like 2026-01-02T03:04:05Z, and has to be given here."), where=f"?{name}"
        )
    return microseconds(str(found))


def _last_n(members: Mapping[str, Any]) -> int | None:
    found = members.get("lastN")
    if found is None:
        return None
    text = str(found) if not isinstance(found, bool) else ""
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) < 1:
        raise BadRequestData(said("lastN is a whole number from 1."), where="?lastN")
    return min(int(text), MOST_LAST)


def _methods(given: Any) -> tuple[str, ...]:
    words = given.split(",") if isinstance(given, str) else given
    if not isinstance(words, list) or not words:
        raise BadRequestData(said("aggregatedValues needs aggrMethods."), where="?aggrMethods")
    found = tuple(dict.fromkeys(one.strip() if isinstance(one, str) else "" for one in words))
    if not set(found) <= set(METHODS):
        raise BadRequestData(said(f"aggrMethods are among {', '.join(METHODS)}."), where="?aggrMethods")
    return found
