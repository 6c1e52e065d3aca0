"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class LoadedOut(Struct):
    """
    How many policies hold.
    """

    policies: int


class Words(Struct):
    """
    A title in both languages.
    """

    zh: str
    en: str


class PolicyOut(Struct):
    """
    One policy.
    """

    id: str
    effect: Literal["permit", "forbid"]
    title: Words
    why: str
    file: str
    line: int
    text: str


class NearestOut(Struct):
    """
    A policy that would decide otherwise, and what would have to be different.
    """

    policy: PolicyOut
    missing: list[Words]


class DecisionOut(Struct):
    """
    A decision with its reasons.
    """

    subject: str
    action: str
    object: str
    allowed: bool
    decided_by: list[PolicyOut]
    nearest: list[NearestOut]
    remedies: list[Words]
