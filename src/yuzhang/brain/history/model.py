"""The words of history: series, windows of time, policies of keeping, and the columns that rows come in.

Times are microseconds since 1970-01-01 UTC, in the lake TIMESTAMP columns of the same precision.
"""

from enum import StrEnum

import msgspec

from yuzhang.foundation.log.model import Microseconds

COLUMNS = ("series", "time", "value", "rest", "modified", "created", "deleted", "observed")
"""What `History.rows` gives, an Arrow column each: int32, timestamp[us], float64 (null if the value is no number), string (null: a
plain Property), timestamp[us], timestamp[us] (null: as `modified`), bool (the attribute ended here), bool (`time` is its observedAt)."""


class Series(msgspec.Struct, frozen=True, gc=False):
    """One attribute of one entity over time, of one dataset; `number` is what its rows in the lake carry.

    `last_*` are those of the newest row: its time, its number (None if it is none), the JSON of the rest (None: a plain Property).
    """

    number: int
    tenant: str
    entity: str
    attribute: str
    dataset: str
    policy: int
    first_time: Microseconds
    last_time: Microseconds
    last_value: float | None
    last_rest: str | None


class Known(msgspec.Struct, frozen=True, gc=False):
    """An entity that history knows; `deleted` if it is gone from the present."""

    number: int
    tenant: str
    id: str
    types: list[str]
    scopes: list[str]
    created: Microseconds
    modified: Microseconds
    deleted: Microseconds | None


class Limit(msgspec.Struct, frozen=True):
    """What a party may see, as conditions: of entities, with `{number}` and `{id}` for their columns; of series, with `{attribute}` too."""

    entities: str
    entity_values: list[object]
    series: str
    series_values: list[object]

    def of_entities(self, prefix: str = "") -> str:
        """The condition on rows of history_entity; `prefix` is the table's name and a dot."""
        return self.entities.format(number=f"{prefix}number", id=f"{prefix}id")

    def of_series(self) -> str:
        """The condition on rows of history_series `s` with history_entity `e`."""
        return self.series.format(number="e.number", id="e.id", attribute="s.attribute")


class TimeProperty(StrEnum):
    """By which time of an instance a window is. Source: GS CIM 009, clause 4.8."""

    OBSERVED = "observedAt"
    CREATED = "createdAt"
    MODIFIED = "modifiedAt"
    DELETED = "deletedAt"


class Window(msgspec.Struct, frozen=True):
    """From `start` to before `end`; None: no bound there. `open_start`: `start` itself is not in it. Source: clause 4.11."""

    start: Microseconds | None = None
    end: Microseconds | None = None
    by: TimeProperty = TimeProperty.OBSERVED
    open_start: bool = False


ALWAYS = Window()


class Thinning(msgspec.Struct, frozen=True):
    """Older than `after_days`, keep one row of count, mean, lowest, highest, first and last for every `step_s`."""

    after_days: int
    step_s: int


class Policy(msgspec.Struct, frozen=True):
    """How long observations of some entity types are kept. `keep_days` None: for ever. The policy 0, of no types, is everybody else's."""

    number: int
    types: list[str]
    keep_days: int | None = None
    thinning: list[Thinning] = []
