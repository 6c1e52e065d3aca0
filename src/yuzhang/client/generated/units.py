"""Operations: units. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.calling import Group, decoded
from yuzhang.client.generated.models import shared


class Units(Group):
    """1 operations."""

    def get(self) -> list[shared.Place]:
        """Units: who is responsible."""
        return decoded(self._calls.send("GET", "/api/units"), list[shared.Place])
