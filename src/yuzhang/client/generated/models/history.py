"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

NewestFormat: TypeAlias = Annotated[
    Literal["json", "arrow", "csv"], Meta(description="What the newest values may come as.")
]


Format: TypeAlias = Annotated[Literal["csv", "ndjson", "arrow", "parquet"], Meta(description="What a download may be.")]
