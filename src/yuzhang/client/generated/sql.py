"""Operations: sql. Written by `make client` from the OpenAPI document; do not edit."""

from typing import Any

from yuzhang.client.calling import Answer, Group, decoded, encoded, raw
from yuzhang.client.generated.models import sql


class Sql(Group):
    """2 operations."""

    def post(self, body: sql.Query) -> Answer:
        """The rows of one SELECT. Headers: `yuzhang-snapshot`, the snapshot of the lake it was read from; `yuzhang-cut`, if there were more."""
        return raw(self._calls.send("POST", "/api/sql", content=encoded(body)))

    def get_tables(self) -> list[dict[str, Any]]:
        """The tables that a query may name, and their columns."""
        return decoded(self._calls.send("GET", "/api/sql/tables"), list[dict[str, Any]])
