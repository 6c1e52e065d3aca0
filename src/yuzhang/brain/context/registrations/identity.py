"""How this broker names itself to other brokers. Source: clauses 5.2.40 and 5.15."""

import re
from hashlib import sha256

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def alias_of(name: str, tenant: str) -> str:
    """The alias of one tenant of the broker `name`, fit for a Via header: each tenant is a context source of its own.

    >>> alias_of("county", ""), alias_of("county", "water")
    ('county', 'county.water')
    """
    if not tenant:
        return name
    return f"{name}.{tenant if TOKEN.fullmatch(tenant) else sha256(tenant.encode()).hexdigest()[:16]}"


def duration(seconds: float) -> str:
    """A duration in ISO 8601.

    >>> duration(93784.2), duration(0)
    ('P1DT2H3M4S', 'PT0S')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"P{f'{days}D' if days else ''}T{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}{rest}S"
