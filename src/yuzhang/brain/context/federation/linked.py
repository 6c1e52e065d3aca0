"""Linked entities from wherever they are, for one answer: bounded in number and in time. Source: clause 4.5.23."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING

from yuzhang.brain.context.actions import retrieve_all
from yuzhang.brain.context.errors import LoopDetected
from yuzhang.brain.context.federation.querying import Question, queried
from yuzhang.brain.context.federation.seeking import Seek
from yuzhang.brain.context.federation.warnings import HEADER, MISSING, headers_of, written
from yuzhang.brain.context.http.message import Call, Headers
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.linking import Wanted
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import Selection, parse_types
from yuzhang.brain.context.registrations.identity import alias_of

if TYPE_CHECKING:
    from yuzhang.brain.context.federation.federation import Federation

MOST_LINKED = 1000
"""Linked entities that others are asked for, for one answer."""
LINKING_S = 10.0
"""So long linked entities are looked for elsewhere, for one answer."""


class Linked:
    """Finds the linked entities of one answer. `headers` tell afterwards what is missing."""

    def __init__(self, federation: "Federation", call: Call, terms: Terms) -> None:
        self._federation = federation
        self._call = call
        self._terms = terms
        self._left = MOST_LINKED
        self._until = monotonic() + LINKING_S
        self._warnings: list[str] = []

    @property
    def headers(self) -> Headers:
        """The warnings, as a header if there are any."""
        return headers_of(self._warnings)

    async def find(self, wanted: Wanted) -> Mapping[str, Entity]:
        """Those of the entities in `wanted` that are there or elsewhere; beyond the bounds only those that are here."""
        some = dict(list(wanted.items())[: self._left])
        if len(some) < len(wanted):
            self._warn(f"Of the linked entities only {MOST_LINKED} were looked for at context sources.")
        self._left -= len(some)
        found = await self._everywhere(some) if some else None
        if found is None:
            return self._here(wanted)
        return self._here({one: kind for one, kind in wanted.items() if one not in some}) | found

    async def _everywhere(self, wanted: Wanted) -> dict[str, Entity] | None:
        """None if they concern nobody else, or the time is over."""
        try:
            async with asyncio.timeout(max(0.0, self._until - monotonic())):
                gathered = await queried(self._federation, self._call, self._question(wanted))
        except TimeoutError:
            self._warn(f"Linked entities were looked for at context sources for {LINKING_S:g} s only.")
            return None
        except LoopDetected as error:
            self._warn(error.detail.en)
            return None
        if gathered is None:
            return None
        self._warnings += [text for name, text in gathered.headers if name == HEADER]
        return {one.id: one for one in gathered.entities}

    def _question(self, wanted: Wanted) -> Question:
        """One seek for each kind of entity that relationships say they point to: it is asked of who has such entities."""
        by_kind: dict[str, list[str]] = {}
        for entity, kind in wanted.items():
            by_kind.setdefault(kind, []).append(entity)
        seeks = tuple(
            Seek(kind or None, parse_types(kind, self._terms) if kind else None, tuple(ids))
            for kind, ids in by_kind.items()
        )
        return Question({}, seeks, (Selection(ids=tuple(wanted)),), None, self._terms, limit=len(wanted))

    def _here(self, wanted: Wanted) -> dict[str, Entity]:
        call = self._call
        found = retrieve_all(self._federation.broker, call.caller, call.tenant, list(wanted))
        return {one: kept.open() for one, kept in found.items()}

    def _warn(self, text: str) -> None:
        alias = alias_of(self._federation.broker.registrations.alias, self._call.tenant)
        self._warnings.append(written(MISSING, alias, text))
