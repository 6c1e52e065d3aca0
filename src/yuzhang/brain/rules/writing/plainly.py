"""What is written in TOML, as JSON has it."""

from datetime import datetime, time
from typing import Any


def plain(given: Any) -> Any:
    """What is written, as JSON has it: times of TOML become texts.

    >>> plain({"from": time(2, 30)})
    {'from': '02:30:00'}
    """
    if isinstance(given, dict):
        return {name: plain(one) for name, one in given.items()}
    if isinstance(given, list):
        return [plain(one) for one in given]
    return given.isoformat() if isinstance(given, datetime | time) else given
