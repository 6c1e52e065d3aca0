"""Which brokers a request has passed, so that none is passed twice. Source: clause 6.3.18, RFC 7230 section 5.7.1."""

from functools import lru_cache

LONGEST_WAY = 32
"""So many brokers may a request pass; beyond that it is taken for a loop of brokers that do not name themselves."""


@lru_cache(maxsize=256)
def passed(via: str) -> frozenset[str]:
    """The names in a Via header.

    >>> sorted(passed("1.1 city, HTTP/1.1 county (Yuzhang)"))
    ['city', 'county']
    """
    return frozenset(parts[1] for one in via.split(",") if len(parts := one.split()) > 1)


def going_on(via: str, alias: str) -> str:
    """The Via header of what is sent on by `alias`.

    >>> going_on("", "county"), going_on("1.1 city", "county")
    ('1.1 county', '1.1 city, 1.1 county')
    """
    return f"{via}, 1.1 {alias}" if via else f"1.1 {alias}"


def too_far(via: str) -> bool:
    """Whether a request has passed more brokers than any real one does."""
    return via.count(",") >= LONGEST_WAY
