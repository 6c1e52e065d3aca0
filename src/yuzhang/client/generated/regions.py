"""Operations: regions. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.calling import Answer, Group, decoded, inside, raw
from yuzhang.client.generated.models import shared


class Regions(Group):
    """2 operations."""

    def get(self) -> list[shared.Place]:
        """Regions: where."""
        return decoded(self._calls.send("GET", "/api/regions"), list[shared.Place])

    def get_region_boundary(self, region: str) -> Answer:
        """The boundary of a region as a GeoJSON geometry, WGS-84."""
        return raw(self._calls.send("GET", f"/api/regions/{inside(region)}/boundary"))
