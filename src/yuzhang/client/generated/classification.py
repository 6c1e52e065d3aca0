"""Operations: classification. Written by `make client` from the OpenAPI document; do not edit."""

from typing import Any

from yuzhang.client.calling import Group, decoded, encoded


class Classification(Group):
    """2 operations."""

    def get(self) -> dict[str, Any]:
        """How types and attributes are classified: `level` 1 open, 2 internal, 3 sensitive, 4 confidential. What is not named is internal."""
        return decoded(self._calls.send("GET", "/api/classification"), dict[str, Any])

    def put(self, body: dict[str, Any]) -> None:
        """Put a document of the same form in the place of the whole classification."""
        self._calls.send("PUT", "/api/classification", content=encoded(body))
