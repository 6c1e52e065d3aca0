"""The generated observations that history is measured with: a month of meters, some of which report often and most seldom.

Of every 11 meters one reports each 30 s and ten each 32 minutes: 1,000 often and 10,000 seldom give 100 million rows in 30 days. Rows
come in the order of time, as they do from devices, with values to a tenth.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types
from numpy.typing import NDArray

DAY_S, STEP_S, SLICE_S = 86_400, 30, 1_920
DAYS = 30
TICKS = SLICE_S // STEP_S
SLICES = DAYS * DAY_S // SLICE_S
BEGIN_S = 1_772_323_200
"""2026-03-01T00:00:00Z."""
SELDOM = 10
AT_ONCE = 500_000
DISTRICTS = 20


@dataclass(frozen=True, slots=True)
class City:
    """So many meters that report often; with those that report seldom about 100,000 rows for each."""

    often: int

    @property
    def meters(self) -> int:
        """How many meters there are: the first `often` report often."""
        return self.often * (1 + SELDOM)

    @property
    def rows(self) -> int:
        """How many rows they make in a month."""
        return SLICES * (self.often * TICKS + self.often * SELDOM)

    def entity(self, number: int) -> str:
        """The id of a meter; its district stands in it."""
        return f"urn:ngsi-ld:Meter:d{number % DISTRICTS}-{number}"

    def parts(self) -> Iterator[pa.Table]:
        """All rows, about AT_ONCE at a time: `number` of the meter, `time`, `value`."""
        a_slice = self.often * (TICKS + SELDOM)
        together = max(1, AT_ONCE // a_slice)
        made = np.random.default_rng(1)
        for first in range(0, SLICES, together):
            slices = [self._slice(one) for one in range(first, min(first + together, SLICES))]
            number = np.concatenate([one[0] for one in slices])
            second = np.concatenate([one[1] for one in slices])
            value = 20 + 10 * np.sin(second / DAY_S * 2 * np.pi + number) + made.normal(0, 0.3, len(number))
            yield pa.table(
                {
                    "number": number,
                    "time": pa.array(second * 1_000_000, pa.timestamp("us")),
                    "value": value.round(1),
                }
            )

    def _slice(self, which: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        begin = BEGIN_S + which * SLICE_S
        often = np.arange(self.often, dtype=np.int32)
        numbers = [np.arange(self.often, self.meters, dtype=np.int32), np.tile(often, TICKS)]
        seconds = [
            np.full(self.often * SELDOM, begin, np.int64),
            np.repeat(begin + np.arange(TICKS, dtype=np.int64) * STEP_S, self.often),
        ]
        return np.concatenate(numbers), np.concatenate(seconds)


def named(city: City, part: pa.Table) -> pa.Table:
    """A part as a client sends it: `entity`, `attribute`, `time`, `value`, `type`."""
    numbers = part["number"].combine_chunks().dictionary_encode()
    names = pa.array([city.entity(one) for one in numbers.dictionary.to_pylist()])
    rows = len(part)
    return pa.table(
        {
            "entity": pa.DictionaryArray.from_arrays(numbers.indices, names),
            "attribute": _same("level", rows),
            "time": part["time"],
            "value": part["value"],
            "type": _same("Meter", rows),
        }
    )


def _same(word: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), pa.array([word]))
