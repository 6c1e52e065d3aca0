"""The pages of cases: queues, one case, reports of people, how units do, and processes."""

from yuzhang.brain.cases.pages import one, processes, queues, reporting, statistics

ROUTERS = (queues.router, statistics.router, one.router, reporting.router, processes.router)
"""In this order: `/cases/statistics` is no number of a case."""
