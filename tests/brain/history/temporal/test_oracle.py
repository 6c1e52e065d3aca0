"""Any history that is told is answered as a plain reading of the standard answers it. Clauses 4.5.9, 4.5.19, 4.11, 5.7.3.4."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brain.history.temporal.conftest import Past, asked_from, build, day
from yuzhang.core.storage import Storage

NUMBERS = count(1)
ATTRIBUTES, DATASETS = ("depth", "level"), ("", "urn:d:1")


@dataclass(frozen=True)
class Instance:
    """One instance as it is told; `minute` of the hour from ten."""

    attribute: str
    dataset: str
    minute: int
    value: Any

    @property
    def time(self) -> str:
        return day(f"10:{self.minute:02}")

    def told(self) -> dict[str, Any]:
        found = {"type": "Property", "value": self.value, "observedAt": self.time}
        return found | {"datasetId": self.dataset} if self.dataset else found


@dataclass(frozen=True)
class Asked:
    """What is asked: from which minute to before which one, and the last ones of that."""

    start: int | None
    end: int | None
    last_n: int | None

    def params(self) -> dict[str, Any]:
        found: dict[str, Any] = {} if self.last_n is None else {"lastN": self.last_n}
        start, end = (None if one is None else day(f"10:{one:02}") for one in (self.start, self.end))
        if start and end:
            return found | {"timerel": "between", "timeAt": start, "endTimeAt": end}
        if start:
            return found | {"timerel": "after", "timeAt": start}
        return found | ({"timerel": "before", "timeAt": end} if end else {})

    def chosen(self, instances: Sequence[Instance]) -> dict[str, list[Instance]]:
        """The instances that are asked for, of each attribute; of one moment the one that was told last."""
        kept = {(one.attribute, one.dataset, one.minute): one for one in instances}
        found: dict[str, list[Instance]] = {}
        for one in sorted(kept.values(), key=lambda one: one.minute):
            if (self.start is None or one.minute >= self.start) and (self.end is None or one.minute < self.end):
                found.setdefault(one.attribute, []).append(one)
        if self.last_n is not None:
            for name, some in found.items():
                moments = sorted({one.minute for one in some})[-self.last_n :]
                found[name] = [one for one in some if one.minute in moments]
        return found


VALUES = st.one_of(
    st.integers(-50, 50), st.floats(-50, 50).map(lambda one: round(one, 2)), st.sampled_from(["a", "b", True])
)
TOLD = st.lists(
    st.builds(Instance, st.sampled_from(ATTRIBUTES), st.sampled_from(DATASETS), st.integers(0, 59), VALUES),
    min_size=1,
    max_size=25,
)
MINUTE = st.none() | st.integers(0, 59)
ASKED = st.builds(Asked, MINUTE, MINUTE, st.none() | st.integers(1, 5))


@contextmanager
def opened(folder: Path) -> Iterator[Past]:
    """The API over a folder."""
    storage = Storage(folder)
    app, history = build(storage)
    with asked_from(app, "127.0.0.1") as client:
        yield Past(client, history)
    storage.close()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """One API for all histories; each is that of an entity of its own."""
    with opened(tmp_path_factory.mktemp("oracle")) as made:
        yield made


def pairs(instances: Sequence[Instance]) -> Any:
    """An attribute in pairs of value and time. Source: clause 4.5.9."""
    found: dict[str, list[Any]] = {}
    for one in instances:
        found.setdefault(one.dataset, []).append([one.value, one.time])
    shown = [
        {"type": "Property"} | ({"datasetId": name} if name else {}) | {"values": values}
        for name, values in found.items()
    ]
    return shown[0] if len(shown) == 1 else sorted(shown, key=lambda one: str(one.get("datasetId", "")))


def sums(instances: Sequence[Instance], origin: int, minutes: int) -> Any:
    """Numbers counted, added and compared over stretches of `minutes`. Source: clause 4.5.19."""
    shown = []
    for dataset in sorted({one.dataset for one in instances}):
        found: dict[str, Any] = {"type": "Property"} | ({"datasetId": dataset} if dataset else {})
        found |= {"sum": [], "max": [], "totalCount": []}
        places: dict[int, list[Any]] = {}
        for one in instances:
            if one.dataset == dataset:
                places.setdefault((one.minute - origin) // minutes, []).append(one.value)
        for place, values in places.items():
            stretch = [moment(origin + place * minutes), moment(origin + (place + 1) * minutes)]
            numbers = [float(one) for one in values if not isinstance(one, str)]
            found["totalCount"].append([len(values), *stretch])
            if numbers:
                found["sum"].append([pytest.approx(sum(numbers)), *stretch])
                found["max"].append([max(numbers), *stretch])
            else:
                found["max"].append([max(values), *stretch])
        shown.append(found)
    return shown[0] if len(shown) == 1 else shown


def moment(minute: int) -> str:
    """A minute after ten, of the same day."""
    return day(f"{10 + minute // 60:02}:{minute % 60:02}")


def by_dataset(attribute: Any) -> Any:
    """The parts of an attribute in the order of their datasets."""
    return (
        sorted(attribute, key=lambda one: str(one.get("datasetId", ""))) if isinstance(attribute, list) else attribute
    )


@settings(max_examples=40, deadline=None)
@given(told=TOLD, asked=ASKED, minutes=st.integers(1, 30))
def test_any_history_is_answered_as_the_standard_says(
    api: Past, told: list[Instance], asked: Asked, minutes: int
) -> None:
    entity = f"urn:ngsi-ld:Well:{next(NUMBERS)}"
    attributes: dict[str, list[Any]] = {}
    for one in told:
        attributes.setdefault(one.attribute, []).append(one.told())
    api.tell({"id": entity, "type": "Well", **attributes})
    expected = asked.chosen(told)
    address, params = f"temporal/entities/{entity}", asked.params()
    if not expected:
        api.get(address, 404, **params)
        return
    whole = api.get(address, **params)
    for name, instances in expected.items():
        found = [(one.get("datasetId", ""), one["observedAt"], one["value"]) for one in whole[name]]
        assert sorted(found, key=repr) == sorted(((one.dataset, one.time, one.value) for one in instances), key=repr)
    assert set(whole) == {"id", "type", *expected}
    simple = api.get(address, **params, format="temporalValues")
    assert {name: by_dataset(simple[name]) for name in expected} == {
        name: pairs(some) for name, some in expected.items()
    }
    origin = asked.start if asked.start is not None else min(one.minute for some in expected.values() for one in some)
    summed = api.get(
        address,
        **params,
        aggrMethods="sum,max,totalCount",
        aggrPeriodDuration=f"PT{minutes}M",
        format="aggregatedValues",
    )
    for name, some in expected.items():
        assert by_dataset(summed[name]) == sums(some, origin, minutes)
