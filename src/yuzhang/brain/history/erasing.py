"""Deletions from history: which series an erasure is of, and what is left to know afterwards. Clauses 5.6.13, 5.6.15, 5.6.16."""

from collections.abc import Callable

from yuzhang.brain.history.store import lake as tables
from yuzhang.brain.history.store import registry
from yuzhang.foundation.log.model import Erasure

Forget = Callable[[registry.Writing], None]


def erase(reader: registry.Reader, lake: tables.Lake, erasure: Erasure) -> Forget:
    """Erase rows in the lake's transaction; what the state has to forget after it."""
    entity = registry.known(reader, erasure.tenant, [erasure.entity]).get(erasure.entity)
    if entity is None:
        return lambda _: None
    numbers = [
        number
        for (attribute, dataset), (number, _, _) in registry.series_numbers(reader, entity.number).items()
        if erasure.attribute in {None, attribute} and (erasure.attribute is None or erasure.dataset in {None, dataset})
    ]
    if numbers:
        tables.erase(lake, numbers, erasure.time)
    if erasure.time is not None:
        left = {number: tables.newest_row(lake, number) for number in numbers}

        def keep_newest(writing: registry.Writing) -> None:
            for number, row in left.items():
                registry.force_newest(writing, number, row)

        return keep_newest

    def forget(writing: registry.Writing) -> None:
        registry.forget_series(writing, numbers)
        if erasure.attribute is None:
            registry.forget_entity(writing, entity.number)

    return forget
