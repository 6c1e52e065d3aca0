"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from msgspec import Struct

from . import shared


class ShownEvents(Struct):
    """
    Some events; `after` continues, "" at the end; `total` is the number of all that fit.
    """

    events: list[shared.ShownEvent]
    after: str
    total: int
