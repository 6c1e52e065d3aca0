"""Collections of the SensorThings API and the ways between them: pages, single entities, what is related."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from yuzhang.brain.history.sensorthings import describing, rows, store
from yuzhang.brain.history.sensorthings.errors import CostlyQuery, NotOffered
from yuzhang.brain.history.sensorthings.kept import Kept, Keyed, is_number, number_of
from yuzhang.brain.history.sensorthings.knowing import Knowing
from yuzhang.brain.history.sensorthings.model import EVERYTHING, KINDS, OF_ROWS, Item, Kind, Page, Scope
from yuzhang.brain.history.sensorthings.narrowing import narrowing, without
from yuzhang.brain.history.sensorthings.query.evaluation import Evaluation
from yuzhang.brain.history.sensorthings.query.grammar import Node
from yuzhang.brain.history.sensorthings.query.options import Options
from yuzhang.brain.history.sensorthings.query.statements import Statements
from yuzhang.core.language import Language, Title

MAX_RELATED = 1000
MAX_ORDERED = 50_000
FIRST_SERIES = (64, 512)
"""So many series are asked first, and then, for a page of all Observations in their order."""


class Sensing:
    """One request's view of a tenant's history."""

    def __init__(self, knowing: Knowing, language: Language) -> None:
        self.knowing = knowing
        self.language: Language = language
        self.kept = Kept(knowing, language)
        self.evaluation = Evaluation(self.related)
        self._near: dict[tuple[str, str | int, str], list[Item]] = {}

    # --- collections

    def page(self, kind: Kind, scope: Scope, options: Options) -> Page:
        """A page of a collection. Raises BadQuery, CostlyQuery, NotOffered."""
        scope = scope.narrowed(narrowing(self.knowing, kind, options.filter))
        found = self._rows(kind, scope, options) if kind.name in OF_ROWS else self._kept(kind, scope, options)
        self.knowing.note(found.items)
        return found

    def count(self, kind: Kind, scope: Scope, options: Options) -> int:
        """How many entities a collection has."""
        page = self.page(kind, scope, replace(options, top=0, skip=0, count=True, order=(), token=""))
        return page.count or 0

    def _kept(self, kind: Kind, scope: Scope, options: Options) -> Page:
        found = (
            (key, one) for key, one in self.kept.every(kind, scope, options.token) if self._fits(options.filter, one)
        )
        page = self._ordered(found, options) if options.order else self._first(found, options)
        if options.count and page.count is None:
            page.count = self._counted(kind, scope, options.filter)
        return page

    def _fits(self, node: Node | None, item: Item) -> bool:
        return node is None or self.evaluation.holds(node, item)

    def _first(self, found: Keyed, options: Options) -> Page:
        some = list(islice(found, options.skip, options.skip + options.top + 1))
        more = len(some) > options.top
        kept = some[: options.top]
        token = kept[-1][0] if more and kept and kept[-1][0] else None
        return Page([one for _, one in kept], more, token=token)

    def _ordered(self, found: Keyed, options: Options) -> Page:
        every = [one for _, one in islice(found, MAX_ORDERED + 1)]
        if len(every) > MAX_ORDERED:
            raise CostlyQuery(
                Title(f"排序超过 {MAX_ORDERED} 个实体。", f"More than {MAX_ORDERED} entities would be ordered."),
                where="$orderby",
                fix=Title("请用 $filter 缩小范围。", "Narrow it with $filter."),
            )
        for node, down in reversed(options.order):
            every.sort(key=lambda one, node=node: self.evaluation.key(node, one), reverse=down)  # type: ignore[misc]
        end = options.skip + options.top
        return Page(every[options.skip : end], len(every) > end, len(every) if options.count else None)

    def _counted(self, kind: Kind, scope: Scope, node: Node | None) -> int:
        if node is None and scope.sensor is None and scope.series is None:
            reader, tenant = self.knowing.history.broker.database.reader(), self.knowing.tenant
            if kind.name in ("Things", "FeaturesOfInterest") and scope.entities is None:
                return store.count_entities(reader, tenant, self.knowing.within)
            if kind.name == "Datastreams":
                return store.count_series(reader, tenant, scope.entities, scope.attributes, self.knowing.within)
        return sum(1 for _, one in self.kept.every(kind, scope) if self._fits(node, one))

    # --- rows

    def _statements(self, kind: Kind, series: Sequence[int] | None) -> Statements:
        scope = EVERYTHING if series is None else Scope(series=tuple(series))
        if series is None and kind.name == "HistoricalLocations":
            scope = Scope(attributes=(describing.LOCATION,))

        def matching(node: Node) -> list[int]:
            """The series for whose rows a condition on the series holds."""
            return list(self._series_where(kind, node, scope))

        return Statements(rows.PROPERTIES[kind.name], rows.OF_SERIES[kind.name], matching)

    def _series_where(self, kind: Kind, node: Node, scope: Scope) -> Iterator[int]:
        """The numbers of the series for whose rows a condition holds that is about the series only."""
        scope = scope.narrowed(narrowing(self.knowing, KINDS["Datastreams"], without(node, "Datastream")))
        for series in self.knowing.every_series(scope):
            if self.evaluation.holds(node, Item(kind, 0, {}, series.entity, series.number)):
                yield series.number

    def _rows(self, kind: Kind, scope: Scope, options: Options) -> Page:
        series = self._numbers(kind, scope)
        statements = self._statements(kind, series)
        condition = None if options.filter is None else statements.condition(options.filter)
        where = rows.Where(kind.name, self.knowing.tenant, series, scope.moment, condition)
        with self.knowing.history.lake() as lake, rows.limited(lake):
            if series is None and not options.order:
                found = self._bit_by_bit(lake, where, options, statements)
            else:
                if series is None and rows.wants_newest(options):
                    reader, rank = self.knowing.history.broker.database.reader(), options.top + options.skip
                    where = replace(
                        where, since=store.newest_time(reader, self.knowing.tenant, rank, self.knowing.within)
                    )
                found = rows.read_page(lake, where, replace(options, count=False), statements)
            if options.count:
                found.count = rows.count(lake, replace(where, since=None).sql())
        return self._page_of(kind, found)

    def _bit_by_bit(self, lake: rows.Lake, where: rows.Where, options: Options, statements: Statements) -> rows.Found:
        """A page of all rows in the order of their series: mostly the first few have enough."""
        options = replace(options, count=False)
        place = describing.read_row_id(options.token)
        first = place[0] - 1 if place else 0
        attributes = (describing.LOCATION,) if where.kind == "HistoricalLocations" else None
        for size in FIRST_SERIES:
            some = self.knowing.history.series_of(
                self.knowing.tenant, attributes=attributes, after=first, limit=size, within=self.knowing.within
            )
            if not some or options.skip:
                break
            found = rows.read_page(lake, replace(where, series=[one.number for one in some]), options, statements)
            if found.more:
                return found
        return rows.read_page(lake, where, options, statements)

    def _numbers(self, kind: Kind, scope: Scope) -> list[int] | None:
        everything = scope == EVERYTHING and self.knowing.within is None
        if kind.name == "HistoricalLocations" and not everything:
            scope = replace(scope, attributes=(describing.LOCATION,))
        if everything:
            return None
        return [one.number for one in self.knowing.every_series(scope)]

    def _page_of(self, kind: Kind, found: rows.Found) -> Page:
        return Page(self._items(kind, found.rows), found.more, found.count, found.token)

    def _items(self, kind: Kind, some: Sequence[rows.Row]) -> list[Item]:
        series = self.knowing.series([one.series for one in some])
        if kind.name == "Observations":
            found = [describing.observation(one.series, one.time, one.value, one.rest, one.modified) for one in some]
            return [replace(one, entity=series[one.series].entity) for one in found if one.series in series]
        return [
            describing.historical_location(one.series, one.time, series[one.series].entity)
            for one in some
            if one.series in series
        ]

    def of_each(self, parents: Sequence[Item], options: Options) -> dict[int, Page]:
        """A page of Observations for every Datastream, by the number of its series."""
        kind, numbers = KINDS["Observations"], [one.series for one in parents]
        statements = self._statements(kind, numbers)
        condition = None if options.filter is None else statements.condition(options.filter)
        found: dict[int, rows.Found] = {}
        with self.knowing.history.lake() as lake, rows.limited(lake):
            if rows.is_newest_first(options):
                known = self.knowing.series(numbers)
                newest = rows.read_newest(lake, {one: series.last_time for one, series in known.items()})
                for one, row in newest.items():
                    more = known[one].first_time < row.time
                    found[one] = rows.Found([row], more, token=describing.row_id(one, row.time) if more else None)
            rest = [one for one in numbers if one not in found]
            where = rows.Where(kind.name, self.knowing.tenant, rest, None, condition)
            found |= rows.read_each(lake, where, options, statements) if rest else {}
        empty = rows.Found(count=0 if options.count else None)
        self.knowing.note(parents)
        return {one: self._page_of(kind, found.get(one, empty)) for one in numbers}

    # --- single entities and ways between

    def one(self, kind: Kind, key: str) -> Item | None:
        """One entity by its id; None if there is none."""
        if kind.name in ("Things", "FeaturesOfInterest"):
            return self._single(kind, Scope(entities=(key,)))
        if kind.name == "Datastreams":
            return self._single(kind, Scope(series=(number_of(key),))) if is_number(key) else None
        if kind.name == "ObservedProperties":
            return self._single(kind, Scope(attributes=(key,)))
        if kind.name == "Sensors":
            return self._sensor_by(key)
        place = describing.read_row_id(key)
        if kind.name == "Locations" and is_number(key):
            return self._single(kind, Scope(series=(number_of(key),)))
        return None if place is None else self._single(kind, Scope(series=(place[0],), moment=place[1]))

    def _single(self, kind: Kind, scope: Scope) -> Item | None:
        found = self.page(kind, scope, Options(top=1)).items
        return found[0] if found else None

    def _sensor_by(self, id_: str) -> Item | None:
        """Near it first, at the entities that point to it; then everywhere."""
        if id_.endswith(describing.NOBODY):
            scopes = [Scope(entities=(id_.removesuffix(describing.NOBODY),), sensor=id_)]
        else:
            scopes = [Scope(entities=tuple(self.knowing.pointing_at(id_)), sensor=id_), Scope(sensor=id_)]
        for scope in scopes:
            for _, found in self.kept.sensors(scope):
                return found
        return None

    def follow(self, item: Item, link: str) -> Scope:
        """What a link narrows its collection down to. Source: OGC 18-088, figure 2."""
        name, target = item.kind.name, item.kind.links[link].kind
        if name == "Sensors":
            nobody = str(item.id).endswith(describing.NOBODY)
            return Scope(sensor=str(item.id), entities=(item.entity,) if nobody else None)
        if name == "ObservedProperties":
            return Scope(attributes=(item.attribute,))
        if target in ("Observations", "Datastreams") and item.series:
            return Scope(series=(item.series,))
        if target == "ObservedProperties":
            return Scope(attributes=(item.attribute,))
        if name == "HistoricalLocations" and target == "Locations":
            return Scope(series=(item.series,), moment=item.time)
        if name == "Locations" and target == "HistoricalLocations":
            known = self.knowing.series([item.series]).get(item.series)
            return Scope(series=(item.series,), moment=known.last_time if known and item.time is None else item.time)
        if name == "Locations" and item.time is not None:
            return Scope(entities=())  # nothing is where it was
        return Scope(entities=(item.entity,))

    def leads(self, item: Item, link: str, found: Item) -> bool:
        """Whether a link of an entity leads to another one, too."""
        if item.kind.links[link].kind == "Observations":
            return found.series == item.series or (not item.series and found.entity == item.entity)
        scope, kind = self.follow(item, link), found.kind
        if kind.name == "Datastreams":
            return self._single(kind, scope.narrowed(Scope(series=(found.series,)))) is not None
        if kind.name in OF_ROWS:
            if scope.moment not in (None, found.time):
                return False
            return self._single(kind, scope.narrowed(Scope(series=(found.series,), moment=found.time))) is not None
        return any(one.id == found.id for one in self._related(item, link))

    def related(self, item: Item, link: str) -> list[Item]:
        """All that a link leads to. Raises CostlyQuery if that is very much, NotOffered for Observations."""
        way = item.kind.links[link]
        if way.kind in OF_ROWS and way.many:
            raise NotOffered(
                Title(f"条件不能经过 {link}。", f"A condition cannot lead through {link}."),
                where="$filter",
                fix=Title(
                    "请查询 Observations，用 Datastream/… 作条件。",
                    "Ask for Observations, with conditions on Datastream/….",
                ),
            )
        key = (item.kind.name, item.id or item.series, link)
        found = self._near.get(key)
        if found is None:
            if len(self._near) > MAX_ORDERED:
                self._near.clear()
            found = self._near[key] = self._related(item, link)
        return found

    def _related(self, item: Item, link: str) -> list[Item]:
        if link == "Sensor":
            series = self.knowing.series([item.series]).get(item.series)
            if series is None:
                return []
            return [self.kept.sensor(describing.sensor_of(series, self.knowing.entity(series.entity)))]
        way = item.kind.links[link]
        page = self.page(KINDS[way.kind], self.follow(item, link), Options(top=MAX_RELATED if way.many else 1))
        if page.more and way.many:
            raise CostlyQuery(
                Title(f"{link} 超过 {MAX_RELATED} 个。", f"There are more than {MAX_RELATED} {link}."), where="$filter"
            )
        return page.items
