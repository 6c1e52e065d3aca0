"""The kinds of entities that are in the state, in the order in which pages go on: all but rows."""

from collections.abc import Iterator
from dataclasses import replace

from yuzhang.brain.history.model import Series
from yuzhang.brain.history.sensorthings import describing, rows, store
from yuzhang.brain.history.sensorthings.errors import bad
from yuzhang.brain.history.sensorthings.knowing import Knowing
from yuzhang.brain.history.sensorthings.model import Item, Kind, Scope
from yuzhang.core.language import Language

Keyed = Iterator[tuple[str, Item]]
"""Entities, each with the token of what comes after it; empty if only counting finds that."""


class Kept:
    """Entities made of the state, one by one as they are wanted."""

    def __init__(self, knowing: Knowing, language: Language) -> None:
        self.knowing = knowing
        self.language: Language = language

    def every(self, kind: Kind, scope: Scope, token: str = "") -> Keyed:
        """All entities of a kind that is in the state, in the order of their tokens."""
        if kind.name in ("Things", "FeaturesOfInterest"):
            return self._things(kind, scope, token)
        if kind.name == "Locations":
            return self._locations(scope, token)
        if kind.name == "Datastreams":
            return self._datastreams(scope, token)
        return self.sensors(scope) if kind.name == "Sensors" else self._observed_properties(scope, token)

    def _things(self, kind: Kind, scope: Scope, token: str) -> Keyed:
        describe = describing.thing if kind.name == "Things" else describing.feature
        if scope.entities is None:
            some = self.knowing.every_known(number_of(token))
        else:
            found = self.knowing.known(scope.entities).values()
            some = iter(sorted((one for one in found if one.number > number_of(token)), key=lambda one: one.number))
        for known in some:
            yield str(known.number), describe(known, self.knowing.entity(known.id), self.language)

    def _locations(self, scope: Scope, token: str) -> Keyed:
        """Where things of the present are; of a moment, where the thing was then."""
        places = replace(scope, attributes=(describing.LOCATION,))
        for series in self.knowing.every_series(places, number_of(token)):
            entity = self.knowing.entity(series.entity)
            name = describing.name_of(series.entity, entity, self.language)
            here = entity is not None and series.last_rest is not None  # else it, or its place, was taken away
            if scope.moment is not None and not (here and scope.moment == series.last_time):
                for row in self._at(series.number, scope.moment):
                    geometry = describing.value_of(describing.decode(row.rest)) if row.rest else None
                    yield "", describing.location(series, geometry, name, row.time)
            elif here and series.last_rest is not None:
                geometry = describing.value_of(describing.decode(series.last_rest))
                yield str(series.number), describing.location(series, geometry, name)

    def _datastreams(self, scope: Scope, token: str) -> Keyed:
        for series in self.knowing.every_series(scope, number_of(token)):
            entity = self.knowing.entity(series.entity)
            if scope.sensor is None or describing.sensor_of(series, entity) == scope.sensor:
                yield str(series.number), self._datastream(series)

    def _datastream(self, series: Series) -> Item:
        entity = self.knowing.entity(series.entity)
        about = self.knowing.said_of(series.attribute, entity.types if entity else [])
        return describing.datastream(series, entity, about, self.language)

    def sensors(self, scope: Scope) -> Keyed:
        """Each once, where the first of its Datastreams is."""
        seen: set[str] = set()
        for series in self.knowing.every_series(scope):
            id_ = describing.sensor_of(series, self.knowing.entity(series.entity))
            if id_ not in seen and scope.sensor in (None, id_):
                seen.add(id_)
                yield "", self.sensor(id_)
            if id_ == scope.sensor:
                return

    def sensor(self, id_: str) -> Item:
        """What observes, by its id."""
        return describing.sensor(id_, self.knowing.entity(id_.removesuffix(describing.NOBODY)), self.language)

    def _observed_properties(self, scope: Scope, token: str) -> Keyed:
        names: Iterator[str] = self.knowing.attributes(token)
        if scope.attributes is not None:
            reader, tenant = self.knowing.history.broker.database.reader(), self.knowing.tenant
            wanted = sorted(one for one in scope.attributes if one > token)
            names = (one for one in wanted if store.count_series(reader, tenant, None, [one], self.knowing.within))
        for name in names:
            yield name, describing.observed_property(name, self.knowing.said_of(name))

    def _at(self, series: int, moment: int) -> list[rows.Row]:
        with self.knowing.history.lake() as lake, rows.limited(lake):
            return list(rows.read_newest(lake, {series: moment}).values())


def is_number(text: str) -> bool:
    """Whether an id or a token is a whole number."""
    return text.isascii() and text.isdigit() and len(text) < 16


def number_of(token: str) -> int:
    """The number of the entity or series after which a page goes on; 0 at first. Raises BadQuery."""
    if token and not is_number(token):
        raise bad("$skiptoken 无效。", "The $skiptoken is none of ours.", "$skiptoken")
    return int(token or 0)
