"""Rules about where things are, what is near them, and what is no number."""

import math

from brain.rules.made import MINUTE, START, Retold, Told, happenings, rows_of, rule
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.model import Compare, Condition, Measure

TRUCK = "urn:ngsi-ld:PumpStation:truck"
SQUARE = ((115.0, 28.0), (116.0, 28.0), (116.0, 29.0), (115.0, 29.0))


def test_a_thing_that_leaves_its_area_opens_an_event_until_it_is_back() -> None:
    away = Condition(Measure.AREA, Compare.EQUALS, 1.0, polygon=SQUARE, inside=False)
    evaluator = Evaluator([rule("away", away)], Told())
    points = [(115.5, 28.5), (116.5, 28.5), (116.6, 28.5), (115.5, 28.6)]
    rests = [f'{{"type":"GeoProperty","value":{{"type":"Point","coordinates":[{lon},{lat}]}}}}' for lon, lat in points]
    rows = [(TRUCK, START + minute * MINUTE, math.nan, START) for minute in range(4)]
    found = happenings(evaluator, evaluator.take(rows_of(rows, rests=rests)))
    opened = START + MINUTE
    assert [one[2:] for one in found] == [(opened, opened, True), (opened, START + 3 * MINUTE, False)]


def test_a_text_is_compared_as_it_is() -> None:
    broken = Condition(compare=Compare.EQUALS, low=1.0, text="broken")
    evaluator = Evaluator([rule("broken", broken)], Told())
    rests = [f'{{"type":"Property","value":"{one}"}}' for one in ("fine", "broken", "broken", "fine")]
    rows = [(TRUCK, START + minute * MINUTE, math.nan, START) for minute in range(4)]
    found = happenings(evaluator, evaluator.take(rows_of(rows, rests=rests)))
    assert [one[3] - START for one in found] == [MINUTE, 3 * MINUTE]


def test_a_station_that_differs_from_its_neighbours_is_found_and_a_lonely_one_is_not() -> None:
    near = {f"urn:ngsi-ld:PumpStation:{at}": (115.8 + at * 0.001, 28.6) for at in range(5)}
    far = {"urn:ngsi-ld:PumpStation:far": (117.0, 28.6)}
    odd = Condition(Measure.NEIGHBOURS, Compare.OUTSIDE, -10, 10, within_m=1000, least=3)
    evaluator = Evaluator([rule("odd", odd)], Told(near | far))
    levels = dict(zip(near, [50.0, 51.0, 49.0, 50.0, 90.0], strict=True)) | dict.fromkeys(far, 500.0)
    found = happenings(
        evaluator, evaluator.take(rows_of([(one, START, level, START) for one, level in levels.items()]))
    )
    assert [one[1] for one in found] == ["urn:ngsi-ld:PumpStation:4"]
    later = [(one, START + MINUTE, 50.0, START) for one in levels]
    assert [one[1] for one in happenings(evaluator, evaluator.take(rows_of(later)))] == ["urn:ngsi-ld:PumpStation:4"]


def test_neighbours_that_have_not_spoken_for_long_do_not_count() -> None:
    near = {f"urn:ngsi-ld:PumpStation:{at}": (115.8 + at * 0.001, 28.6) for at in range(4)}
    odd = Condition(Measure.NEIGHBOURS, Compare.OUTSIDE, -10, 10, within_m=1000, least=3, fresh_us=5 * MINUTE)
    evaluator = Evaluator([rule("odd", odd)], Told(near))
    first, *others = near
    evaluator.take(rows_of([(one, START, 50.0, START) for one in others]))
    assert evaluator.take(rows_of([(first, START + 10 * MINUTE, 90.0, START + 10 * MINUTE)])) == []


ODD = Condition(Measure.NEIGHBOURS, Compare.OUTSIDE, -10, 10, within_m=1000, least=3)


def near(*names: str) -> dict[str, tuple[float, float]]:
    """Stations in a row, a hundred metres from one another."""
    return {f"urn:ngsi-ld:PumpStation:{one}": (115.8 + at * 0.001, 28.6) for at, one in enumerate(names)}


def odd_ones(evaluator: Evaluator, minute: int, levels: dict[str, float]) -> list[str]:
    """Send levels together; of which stations events opened."""
    at = START + minute * MINUTE
    found = happenings(evaluator, evaluator.take(rows_of([(one, at, level, at) for one, level in levels.items()])))
    return [one[1] for one in found if one[4]]


def test_a_real_station_beside_a_simulated_city_is_compared_with_real_ones_only() -> None:
    real, made_up = near("a", "b", "c", "d"), near("sim:a", "sim:b", "sim:c", "sim:d", "sim:e")
    evaluator = Evaluator([rule("odd", ODD)], Told(real | made_up))
    flood = dict.fromkeys(made_up, 90.0)
    assert odd_ones(evaluator, 0, dict.fromkeys(real, 50.0) | flood) == []
    last = list(real)[-1]
    assert odd_ones(evaluator, 1, dict.fromkeys(real, 50.0) | {last: 90.0} | flood) == [last]


def test_a_lone_real_station_gets_no_neighbours_from_a_simulated_city() -> None:
    real, made_up = near("a"), near("sim:a", "sim:b", "sim:c", "sim:d")
    evaluator = Evaluator([rule("odd", ODD)], Told(real | made_up))
    assert odd_ones(evaluator, 0, dict.fromkeys(real, 50.0) | dict.fromkeys(made_up, 90.0)) == []


def test_a_station_whose_place_is_told_after_its_first_value_is_compared_from_then_on() -> None:
    places = near("a", "b", "c", "d")
    last, place = places.popitem()
    facts = Retold(places)
    evaluator = Evaluator([rule("odd", ODD)], facts)
    levels = dict.fromkeys(places, 50.0) | {last: 90.0}
    assert odd_ones(evaluator, 0, levels) == []
    facts.move(last, *place)
    assert odd_ones(evaluator, 1, levels) == [last]


def test_a_pump_that_is_carried_away_is_compared_with_its_neighbours_there() -> None:
    places = near("a", "b", "c", "d")
    facts = Retold(places)
    evaluator = Evaluator([rule("odd", ODD)], facts)
    last = list(places)[-1]
    assert odd_ones(evaluator, 0, dict.fromkeys(places, 50.0)) == []
    facts.move(last, 117.0, 28.6)
    assert odd_ones(evaluator, 1, dict.fromkeys(places, 50.0) | {last: 90.0}) == []


def test_a_thing_that_becomes_a_pump_station_is_watched_as_one_and_no_more_when_it_is_none() -> None:
    facts = Retold()
    evaluator = Evaluator([rule("high", Condition(low=3.0))], facts)
    facts.become(TRUCK, "Gauge")
    assert odd_ones(evaluator, 0, {TRUCK: 5.0}) == []
    facts.become(TRUCK, "PumpStation")
    assert odd_ones(evaluator, 1, {TRUCK: 5.0}) == [TRUCK]
    facts.become(TRUCK, "Gauge")
    at = START + 2 * MINUTE
    found = happenings(evaluator, evaluator.take(rows_of([(TRUCK, at, 5.0, at)])))
    assert [one[2:] for one in found] == [(START + MINUTE, at, False)]
    facts.become(TRUCK, "PumpStation")
    assert odd_ones(evaluator, 3, {TRUCK: 5.0}) == [TRUCK]
