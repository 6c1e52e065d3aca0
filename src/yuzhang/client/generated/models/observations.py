"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from msgspec import Struct


class Accepted(Struct):
    """
    How many observations were taken.
    """

    accepted: int
