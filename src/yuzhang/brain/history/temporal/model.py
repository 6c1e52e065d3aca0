"""The words of the temporal API: instances of attributes as they were, evolutions of entities, and what is asked of them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import msgspec

from yuzhang.brain.context.model import Entity, Instance, Microseconds
from yuzhang.brain.context.moments import EPOCH
from yuzhang.brain.history.model import TimeProperty, Window

Form = Literal["normalized", "temporalValues", "aggregatedValues"]
Relation = Literal["before", "after", "between"]
METHODS = ("avg", "distinctCount", "max", "min", "stddev", "sum", "sumsq", "totalCount")
"""Source: clause 4.5.19.1."""
SCOPE = "scope"
"""The scopes of an entity over time are kept as a series of this name. Source: clauses 4.5.6 and 4.18."""


# Ten thousand are made for one answer: their kind holds no circle, and the garbage collector leaves it alone.
class Past(msgspec.Struct, gc=False):
    """One instance of an attribute, as it was. `instance` is normalized, with names for terms.

    `time` is when it was observed, or written if nobody said so; `key` is that of its times by which is asked.
    `deleted`: the attribute ended here. `id` is its instanceId.
    """

    instance: Instance
    time: Microseconds
    key: Microseconds
    created: Microseconds
    modified: Microseconds
    deleted: bool = False
    id: str = ""

    @property
    def dataset(self) -> str:
        """Its datasetId; empty for the default one."""
        return str(self.instance.get("datasetId", ""))


@dataclass(slots=True)
class Evolution:
    """An entity over time: of each attribute its instances, by their key. Source: clause 4.5.6."""

    id: str
    types: list[str]
    created: Microseconds
    modified: Microseconds
    deleted: Microseconds | None
    attributes: dict[str, list[Past]]

    def snapshot(self) -> Entity:
        """All of its instances as those of one entity, so that conditions can be asked of them. Source: clause 5.7.4.4."""
        body: dict[str, object] = {"id": self.id, "type": self.types if len(self.types) > 1 else "".join(self.types)}
        times: dict[str, tuple[Microseconds, Microseconds]] = {}
        for name, past in self.attributes.items():
            if name != SCOPE and (found := [one.instance for one in past if not one.deleted]):
                body[name] = found
                times[name] = (min(one.created for one in past), max(one.modified for one in past))
        return Entity(body, self.created, self.modified, times)


@dataclass(frozen=True, slots=True)
class Period:
    """The length of the stretches over which is aggregated: months of the calendar, and microseconds. Both 0: all in one."""

    months: int = 0
    us: Microseconds = 0

    @property
    def whole(self) -> bool:
        """Whether there is one stretch only."""
        return not self.months and not self.us

    def start(self, origin: Microseconds, count: int) -> Microseconds:
        """When the stretch number `count` begins, if the first one begins at `origin`. Source: clause 4.5.19.1, ISO 8601.

        A month that has no such day ends on its last one.
        >>> Period(months=1).start(1769817600000000, 1) == 1772236800000000
        True
        """
        if not self.months:
            return origin + count * self.us
        began = EPOCH + timedelta(microseconds=origin)
        month = began.year * 12 + began.month - 1 + self.months * count
        year, month = divmod(month, 12)
        days = 28
        while days < began.day:
            try:
                began.replace(year=year, month=month + 1, day=days + 1)
            except ValueError:
                break
            days += 1
        moved = began.replace(year=year, month=month + 1, day=min(days, began.day))
        return (moved - EPOCH) // timedelta(microseconds=1) + count * self.us


@dataclass(frozen=True, slots=True)
class TemporalQuery:
    """What of an evolution is asked, by time, and in which form. Source: clauses 4.11 and 5.2.21.

    `window` is None if no time is asked for; then `by` only names the time that is shown. `methods` and `period` belong to the
    form aggregatedValues.
    """

    window: Window | None = None
    relation: Relation | None = None
    by: TimeProperty = TimeProperty.OBSERVED
    last_n: int | None = None
    form: Form = "normalized"
    methods: tuple[str, ...] = ()
    period: Period = Period()

    @property
    def asked(self) -> bool:
        """Whether there is a temporal query at all."""
        return self.relation is not None
