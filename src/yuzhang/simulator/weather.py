"""The weather of the made-up city: the same for a seed and a moment, whenever it is asked."""

from dataclasses import dataclass

import numpy as np

HOUR_US = 3_600_000_000
SHANGHAI_US = 8 * HOUR_US
DAY_H = 24
WET_DAYS = 0.35


@dataclass(frozen=True, slots=True)
class Weather:
    """Temperature in °C, rain in mm/h."""

    temperature: float
    rain: float


def chance(*of: int) -> np.random.Generator:
    """The chance that belongs to some numbers and to no others."""
    return np.random.default_rng(np.random.SeedSequence([one & 0xFFFF_FFFF_FFFF for one in of]))


def day_and_hour(at_us: int) -> tuple[int, float]:
    """The day since 1970 and the hour of it, in the city's zone (UTC+8)."""
    hours = (at_us + SHANGHAI_US) / HOUR_US
    return int(hours // DAY_H), hours % DAY_H


def weather(seed: int, at_us: int) -> Weather:
    """The weather at a moment: a year's and a day's curve, and showers of some hours on about a third of the days."""
    day, hour = day_and_hour(at_us)
    of_day = chance(seed, 1, day)
    year = -np.cos(2 * np.pi * (day % 365.25 - 15) / 365.25)
    curve = np.cos(2 * np.pi * (hour - 15) / DAY_H)
    temperature = 18 + 11 * year + 4 * curve + of_day.normal(0, 2)
    rain = 0.0
    if of_day.random() < WET_DAYS:
        middle, width, most = of_day.uniform(0, 24), of_day.uniform(1, 3), of_day.gamma(2, 6)
        rain = float(most * np.exp(-(((hour - middle) / width) ** 2)))
    return Weather(float(temperature), rain if rain > 0.05 else 0.0)
