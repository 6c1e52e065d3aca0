"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

Format: TypeAlias = Annotated[
    Literal["json", "csv", "arrow", "parquet"], Meta(description="What an answer may come as.")
]


class Query(Struct):
    """
    One SELECT; `parameters` are the values of its ? by place, or of its $name by name.
    """

    query: str
    parameters: list[str | int | float | bool | None] | dict[str, str | int | float | bool | None] | UnsetType = field(
        default_factory=list
    )
    format: Format | UnsetType = UNSET
    rows: Annotated[int, Meta(description="so many rows at most; the answer says if there were more")] | UnsetType = (
        10000
    )
