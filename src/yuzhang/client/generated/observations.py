"""Operations: observations. Written by `make client` from the OpenAPI document; do not edit."""

from typing import Literal

from yuzhang.client.calling import Group, decoded
from yuzhang.client.generated.models import observations


class Observations(Group):
    """1 operations."""

    def post(
        self,
        content: bytes,
        media_type: Literal[
            "text/csv",
            "application/vnd.apache.arrow.stream",
            "application/vnd.apache.arrow.file",
            "application/vnd.apache.parquet",
            "application/x-ndjson",
            "application/json",
        ],
        *,
        type: str | None = None,
        tenant: str | None = None,
    ) -> observations.Accepted:
        """Take a batch whole or not at all; it is durable when the answer comes, and sent again it changes nothing.

        429 with Retry-After where more comes in than is filed."""
        return decoded(
            self._calls.send(
                "POST", "/api/observations", {"type": type, "tenant": tenant}, content=content, media_type=media_type
            ),
            observations.Accepted,
        )
