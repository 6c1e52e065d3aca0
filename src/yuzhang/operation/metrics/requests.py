"""Requests as they are answered: how many, how long, by route, method and status.

Counted by hand, in the event loop's one thread: the client library's own histogram takes three times as long for an observation, and
the NGSI-LD API answers in 40 µs.
"""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN, OTHER = "unknown", "OTHER"


def route_of(scope: dict[str, Any]) -> str:
    """The route that a request went, as it is declared: never its path, which holds ids.

    >>> route_of({"path": "/plan/x"}), route_of({"path": "/static/a.css", "root_path": "/static"})
    ('unknown', '/static')
    """
    route = scope.get("route")
    if route is None:
        return scope.get("root_path") or UNKNOWN
    declared: str | None = getattr(route, "path", None)
    return declared if declared is not None else f"/ngsi-ld/v1{route.pattern}"


class Requests(Collector):
    """Tallies by (route, method, status): a sum of seconds, and a count for each bucket."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str, int], list[float]] = {}
        self.in_flight = 0

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request was answered."""
        key = (route, method if method in METHODS else OTHER, status)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = [0.0] * (len(BOUNDS_S) + 2)
        tally[0] += seconds
        tally[bisect_left(BOUNDS_S, seconds) + 1] += 1

    def collect(self) -> Iterable[Metric]:
        """The histogram, and how many are on their way."""
        seconds = HistogramMetricFamily(
            "yuzhang_http_request_seconds", "Time to answer a request", labels=["route", "method", "status"]
        )
        for (route, method, status), tally in tuple(self._tallies.items()):
            buckets, total = [], 0.0
            for bound, count in zip((*BOUNDS_S, float("inf")), tally[1:], strict=True):
                total += count
                buckets.append(("+Inf" if bound == float("inf") else str(bound), total))
            seconds.add_metric([route, method, str(status)], buckets, tally[0])
        yield seconds
        yield GaugeMetricFamily("yuzhang_http_requests_in_flight", "Requests being answered", value=self.in_flight)
