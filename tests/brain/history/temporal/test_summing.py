"""Values summed up over stretches of time. Clause 4.5.19."""

from typing import Any

import pytest

from brain.history.temporal.conftest import WELL, Past, day, levels
from yuzhang.brain.history.temporal import aggregating
from yuzhang.brain.history.temporal.aggregating import of_instances
from yuzhang.brain.history.temporal.model import METHODS

AGGREGATED: dict[str, Any] = {"format": "aggregatedValues"}
HOUR = 3_600_000_000
NOON = 1_772_323_200_000_000 + 12 * HOUR
"""2026-03-01T12:00:00Z."""


def summed(past: Past, methods: str, period: str | None = None, **params: Any) -> Any:
    """The sums of the level."""
    length: dict[str, Any] = {} if period is None else {"aggrPeriodDuration": period}
    return past.get(**AGGREGATED | params, aggrMethods=methods, **length)["level"]


def test_periods_begin_with_the_time_asked_for_or_else_with_the_first_instance_and_empty_ones_are_left_out(
    past: Past,
) -> None:
    past.tell(levels(("10:10", 1), ("10:50", 3), ("12:30", 8)))
    assert summed(past, "avg,max", "PT1H") == {
        "type": "Property",
        "avg": [[2, day("10:10"), day("11:10")], [8, day("12:10"), day("13:10")]],
        "max": [[3, day("10:10"), day("11:10")], [8, day("12:10"), day("13:10")]],
    }
    asked = {"timerel": "after", "timeAt": day("10:00")}
    assert summed(past, "sum", "PT1H", **asked)["sum"] == [
        [4, day("10:00"), day("11:00")],
        [8, day("12:00"), day("13:00")],
    ]


def test_period_of_no_length_spans_all_that_is_asked_for(past: Past) -> None:
    past.tell(levels(("10:00", 1), ("11:00", 3)))
    assert summed(past, "sumsq") == {"type": "Property", "sumsq": [[10, day("10:00"), day("11:00")]]}
    asked = {"timerel": "between", "timeAt": day("09:00"), "endTimeAt": day("12:00")}
    assert summed(past, "totalCount", "PT0S", **asked)["totalCount"] == [[2, day("09:00"), day("12:00")]]


def test_months_are_those_of_the_calendar(past: Past) -> None:
    moments = ["2026-01-31T00:00:00Z", "2026-02-27T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-30T23:00:00Z"]
    told = [{"type": "Property", "value": 1, "observedAt": one} for one in moments]
    past.tell({"id": WELL, "type": "Well", "level": told})
    assert summed(past, "sum", "P1M")["sum"] == [
        [2, "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"],
        [2, "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"],
    ]


def test_all_methods_agree_whether_columns_are_summed_up_or_instances_one_by_one(past: Past) -> None:
    times = [NOON + one * HOUR // 7 for one in range(40)]
    values = [float((one * 37) % 11) / 2 for one in range(40)]
    past.observe(WELL, "level", times, values)
    methods = ",".join(METHODS)
    by_columns = summed(past, methods, "PT2H")
    # A text among them makes all be read one by one; it is of a time of its own.
    assert (
        past.client.post(
            f"temporal/entities/{WELL}/attrs",
            json={"level": [{"type": "Property", "value": "dry", "observedAt": "2030-01-01T00:00:00Z"}]},
        ).status_code
        == 204
    )
    one_by_one = summed(past, methods, "PT2H", timerel="before", timeAt="2030-01-02T00:00:00Z")
    for method, periods in by_columns.items():
        if method != "type":
            found = one_by_one[method][: len(periods)]
            assert [one[1:] for one in found] == [one[1:] for one in periods], method
            assert [one[0] for one in found] == pytest.approx([one[0] for one in periods]), method


@pytest.mark.parametrize(
    ("values", "method", "found"),
    [
        (["b", "a", "c"], "max", "c"),
        (["b", "a"], "avg", None),
        ([True, False, True], "sum", 2),
        ([[1, 2], [3]], "max", 2),
        ([[1, 2], [3]], "stddev", None),
        ([{"a": 1}, {"a": 1}, {"a": 2}], "distinctCount", 2),
        ([{"a": 1}], "sum", None),
        ([{"@type": "Time", "@value": "12:00:00Z"}, {"@type": "Time", "@value": "13:00:01Z"}], "avg", "12:30:00.500Z"),
        ([{"@type": "Date", "@value": "2026-01-02"}, {"@type": "Date", "@value": "2026-01-01"}], "min", "2026-01-01"),
        ([1, 2, 3], "stddev", 0.816496580927726),
    ],
)
def test_method_fits_the_kind_of_the_value_or_gives_nothing(values: list[Any], method: str, found: Any) -> None:
    made = of_instances([{"type": "Property", "value": one} for one in values], method)
    assert (made["@value"] if isinstance(made, dict) else made) == found


def test_relationships_are_counted_and_an_attribute_that_takes_no_method_is_refused_if_it_is_named(past: Past) -> None:
    feeds = [
        {"type": "Relationship", "object": f"urn:x:{one % 2}", "observedAt": day(f"10:0{one}")} for one in range(4)
    ]
    past.tell(levels(("10:00", 1), feeds=feeds))
    found = past.get(**AGGREGATED, aggrMethods="distinctCount,totalCount", attrs="feeds")["feeds"]
    assert (found["type"], found["distinctCount"][0][0], found["totalCount"][0][0]) == ("Relationship", 2, 4)
    refused = past.get(status=400, **AGGREGATED, aggrMethods="avg", attrs="feeds")
    assert refused["type"].endswith("InvalidRequest")
    assert past.get(**AGGREGATED, aggrMethods="avg")["level"]["avg"][0][0] == 1


def test_payload_that_names_methods_gets_sums(past: Past) -> None:
    past.tell(levels(("10:00", 1), ("10:30", 2)))
    query = {
        "type": "Query",
        "entities": [{"type": "Well"}],
        "temporalQ": {"timerel": "after", "timeAt": day("10:00")},
        "aggrParams": {"aggrMethods": ["sum"], "aggrPeriodDuration": "PT1H"},
    }
    (found,) = past.client.post("temporal/entityOperations/query", json=query).json()
    assert found["level"] == {"type": "Property", "sum": [[3, day("10:00"), day("11:00")]]}


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"aggrMethods": "median"},
        {"aggrMethods": "avg", "aggrPeriodDuration": "5 minutes"},
        {"aggrMethods": "avg", "aggrPeriodDuration": "P"},
    ],
)
def test_unknown_methods_and_durations_are_refused(past: Past, params: dict[str, str]) -> None:
    past.tell(levels(("10:00", 1)))
    assert past.get(status=400, **AGGREGATED | params)["type"].endswith("BadRequestData")


def test_more_periods_than_an_answer_holds_are_refused_with_the_way_out(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aggregating, "MOST_PERIODS", 3)
    past.tell(levels(*((f"1{one}:00", one) for one in range(5))))
    refused = past.get(status=403, **AGGREGATED, aggrMethods="avg", aggrPeriodDuration="PT1H")
    assert refused["type"].endswith("TooManyResults")
    assert "aggrPeriodDuration" in refused["where"]
