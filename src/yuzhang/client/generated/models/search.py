"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from msgspec import Struct


class Titled(Struct):
    """
    A title in both languages.
    """

    zh: str
    en: str


class Hit(Struct):
    """
    Something that was found; `address` is its page on this server.
    """

    kind: str
    title: Titled
    address: str


class Hits(Struct):
    """
    What was found of one kind: how many there are, and those of this page.
    """

    kind: str
    title: Titled
    total: int
    found: list[Hit]


class Result(Struct):
    """
    What was found. `complete`: false while the index is being made for the first time.
    """

    total: int
    complete: bool
    groups: list[Hits]
