"""What other programs can do by GeoReport v2, beside reporting (`brain.cases.actions.report`)."""

from dataclasses import replace
from datetime import timedelta

from yuzhang.brain.cases.life.asking import ROOM, missing
from yuzhang.brain.cases.model import Case, Matter
from yuzhang.brain.cases.open311 import store
from yuzhang.brain.cases.open311.model import Seen, Wanted
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import Object, Party, action, may

OPEN, INNER = 1, 2
SPAN = timedelta(days=90)
"""So far back goes who says neither which nor since when. Source: GeoReport v2, GET Service Requests."""
PLACES = 3
"""Decimals of the position that anybody sees: about 100 m."""


@action("visitor", reads=True)
def services(cases: Cases, caller: Party, /) -> list[Matter]:
    """What can be reported."""
    return [one for one in cases.catalogue.matters.values() if one.public]


@action("visitor", reads=True)
def requests(cases: Cases, caller: Party, /, wanted: Wanted) -> list[Seen]:
    """What was reported, the newest first: without words of people and with a rough place, but to whoever reported it."""
    if wanted.since is None and wanted.until is None and not wanted.numbers:
        wanted = replace(wanted, since=cases.now() - SPAN)
    public = [one.id for one in services(cases, caller)]
    own = "" if caller.kind in ("stranger", "process") else caller.id
    with cases.storage.reading() as connection:
        found = store.published(connection, wanted, public, own)
    known: dict[tuple[str, str, str], bool] = {}  # cases of one matter, unit and region are asked for once

    def open_to(case: Case) -> bool:
        key = (case.matter, case.unit, case.region)
        if key not in known:
            known[key] = _open(caller, case, public)
        return known[key]

    return [_seen(one) for one in found if one.own or open_to(one.case)]


@action("visitor", reads=True)
def request(cases: Cases, caller: Party, /, number: str) -> Seen:
    """One of them. Raises NotFound."""
    found = requests(cases, caller, Wanted((number,)))
    if not found:
        raise missing(number)
    return found[0]


def _open(caller: Party, case: Case, public: list[str]) -> bool:
    level = OPEN if case.matter in public else INNER
    about = Object(ROOM, kind=case.matter, unit=case.unit, region=case.region, level=level)
    return may(caller, "brain.cases.open311.actions.requests", about)


def _seen(one: Seen) -> Seen:
    """What is shown of it: to others than its reporter neither words, nor an address, nor an exact place."""
    case = one.case
    if one.own:
        return one
    lon = None if case.lon is None else round(case.lon, PLACES)
    lat = None if case.lat is None else round(case.lat, PLACES)
    return replace(
        one,
        case=replace(case, description="", address="", lon=lon, lat=lat, reporter="", external="", entity="", event=""),
    )
