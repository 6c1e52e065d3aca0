"""What one request has learned of entities, series and data models, so that it asks the databases once for each."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from time import monotonic

from yuzhang.brain.context.classification.sight import SEEN
from yuzhang.brain.context.errors import ContextError, NonexistentTenant
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import Selection, parse_geo
from yuzhang.brain.context.smart_models import actions as models
from yuzhang.brain.context.smart_models.errors import ModelAmbiguous, ModelNotFound
from yuzhang.brain.history.model import Known, Series
from yuzhang.brain.history.room import History
from yuzhang.brain.history.seeing import limit_of, note_read
from yuzhang.brain.history.sensorthings import store
from yuzhang.brain.history.sensorthings.model import Item, Scope
from yuzhang.brain.history.sensorthings.rows import SECONDS, too_costly
from yuzhang.core.access import Party, Policy

BATCH = 400
MAX_INSIDE = 10_000
MAX_KEPT = 20_000
"""Entities that one request keeps at hand."""


class Knowing:
    """Reads for one tenant; made anew for each request, which may take SECONDS."""

    def __init__(self, history: History, caller: Party, tenant: str, policy: Policy = SEEN) -> None:
        self.history = history
        self.tenant = tenant
        self.within = limit_of(history, caller, tenant, policy)
        """What the caller may see, or change, as conditions; None if that is everything."""
        self._sight = history.broker.sights.of(caller, tenant, policy)
        self._caller = caller
        self._until = monotonic() + SECONDS
        self._entities: dict[str, Entity | None] = {}
        self._series: dict[int, Series] = {}
        self._texts: dict[str, str] = {}
        self._models: dict[str, dict[str, str]] = {}
        try:
            self._space: int | None = history.broker.store.space(tenant)
        except NonexistentTenant:
            self._space = None  # history may know what the present has no more

    def look_at_the_clock(self) -> None:
        """Raises CostlyQuery once the time of the request is over."""
        if monotonic() > self._until:
            raise too_costly()

    def entities(self, ids: Sequence[str]) -> dict[str, Entity | None]:
        """Entities as the present has them; None for those that it has not."""
        if len(self._entities) > MAX_KEPT:
            self._entities.clear()
        missing = [one for one in dict.fromkeys(ids) if one not in self._entities]
        if missing and self._space is not None:
            self._entities |= dict.fromkeys(missing)
            for id_, stored in self.history.broker.store.retrieve_all(self._space, missing).items():
                one = stored.open()
                self._entities[id_] = one if self._sight is None else self._sight.shown(one)
        return {one: self._entities.get(one) for one in ids}

    def entity(self, id_: str) -> Entity | None:
        """One of them."""
        return self.entities([id_])[id_]

    def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """What history knows of entities."""
        return self.history.known(self.tenant, ids, self.within)

    def every_known(self, after: int) -> Iterator[Known]:
        """All entities that history knows, after the number `after`."""
        reader = self.history.broker.database.reader()
        while found := store.entities(reader, self.tenant, after, BATCH, self.within):
            self.look_at_the_clock()
            self.entities([one.id for one in found])
            yield from found
            after = found[-1].number

    def every_series(self, scope: Scope, after: int = 0) -> Iterator[Series]:
        """All series of a scope (but for its sensor), after the number `after`; the entities of what comes are at hand."""
        while found := self.history.series_of(
            self.tenant,
            entities=scope.entities,
            attributes=scope.attributes,
            numbers=scope.series,
            after=after,
            limit=BATCH,
            within=self.within,
        ):
            self.look_at_the_clock()
            self.entities([one.entity for one in found])
            yield from found
            after = found[-1].number
            if len(found) < BATCH:
                return

    def series(self, numbers: Sequence[int]) -> dict[int, Series]:
        """Series by their numbers."""
        missing = [one for one in dict.fromkeys(numbers) if one not in self._series]
        for at in range(0, len(missing), BATCH):
            found = self.history.series_of(self.tenant, numbers=missing[at : at + BATCH], within=self.within)
            self._series |= {one.number: one for one in found}
        return {one: self._series[one] for one in numbers if one in self._series}

    def attributes(self, after: str) -> Iterator[str]:
        """All attributes that series are of, in order, after `after`."""
        reader = self.history.broker.database.reader()
        found: str | None = after
        while (found := store.attributes(reader, self.tenant, found or "", self.within)) is not None:
            self.look_at_the_clock()
            yield found

    def pointing_at(self, id_: str) -> list[str]:
        """The ids of entities that point to one."""
        if self._space is None:
            return []
        return [source for _, source in self.history.broker.store.sources(self._space, id_, 0, BATCH, self._sight)]

    def inside(self, box: tuple[float, float, float, float]) -> tuple[str, ...] | None:
        """The ids of entities of the present in a box of degrees, by its index; None if they are too many or the box is none."""
        west, south, east, north = box
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        if self._space is None:
            return ()
        try:
            geo = parse_geo("intersects", "Polygon", [ring], None, CORE)
        except ContextError:
            return None
        store = self.history.broker.store
        found = list(islice(store.looked_at(store.plan(self._space, Selection(geo=geo), self._sight)), MAX_INSIDE + 1))
        return None if len(found) > MAX_INSIDE else tuple(one.id for one in found)

    def note(self, items: Iterable[Item]) -> None:
        """Remember what is personal of what is answered."""
        if self._sight is None or not self._caller.guard.noting:
            return
        some = list(items)
        series = self.series([one.series for one in some if one.series])
        pairs = [
            (one.entity or (series[one.series].entity if one.series in series else ""), series[one.series].attribute)
            if one.series in series
            else (one.entity, one.attribute)
            for one in some
        ]
        note_read(self.history, self._caller, self.tenant, pairs)

    def said_of(self, attribute: str, types: Sequence[str] | None = None) -> str:
        """What a data model says of an attribute, of entities of some types or of any; empty if none does."""
        if types is None:
            if attribute not in self._texts:
                self._texts[attribute] = self._said(attribute, self._types_with(attribute))
            return self._texts[attribute]
        return self._said(attribute, types)

    def _types_with(self, attribute: str) -> list[str]:
        if self._space is None:
            return []
        uses = self.history.broker.store.uses(self._space, attribute=attribute, sight=self._sight)
        return list(dict.fromkeys(use.type for use in uses))

    def _said(self, attribute: str, types: Sequence[str]) -> str:
        for one in types:
            if one not in self._models:
                self._models[one] = self._model(one)
            if text := self._models[one].get(attribute):
                return text
        return ""

    def _model(self, type_name: str) -> dict[str, str]:
        """What the data model of a type says of each attribute."""
        broker = self.history.broker
        try:
            terms = models.model(broker, self._caller, type_name).terms
            return {
                terms.get(one.term, one.term): one.text for one in models.attributes(broker, self._caller, type_name)
            }
        except (ModelNotFound, ModelAmbiguous):
            return {}
