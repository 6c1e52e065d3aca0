"""Operations: network. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.calling import Group, decoded, inside
from yuzhang.client.generated.models import network


class Network(Group):
    """6 operations."""

    def get(self) -> network.Summary:
        """Active devices by kind and by region: how many are fresh, late, silent, never heard; and values a minute."""
        return decoded(self._calls.send("GET", "/api/network"), network.Summary)

    def get_devices(
        self,
        *,
        health: str | None = None,
        kind: str | None = None,
        region: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> network.Some:
        """Devices that stand so, those heard longest ago first."""
        return decoded(
            self._calls.send(
                "GET",
                "/api/network/devices",
                {"health": health, "kind": kind, "region": region, "limit": limit, "offset": offset},
            ),
            network.Some,
        )

    def get_devices_name(self, name: str) -> network.Standing:
        """How one device stands: last message, rate, gaps, battery, signal."""
        return decoded(self._calls.send("GET", f"/api/network/devices/{inside(name)}"), network.Standing)

    def get_findings(self) -> list[network.ShownFinding]:
        """What is silent now."""
        return decoded(self._calls.send("GET", "/api/network/findings"), list[network.ShownFinding])

    def get_findings_ended(self, *, limit: int | None = None) -> list[network.ShownFinding]:
        """What was silent and is not any more, the newest first."""
        return decoded(
            self._calls.send("GET", "/api/network/findings/ended", {"limit": limit}), list[network.ShownFinding]
        )

    def get_tree(
        self, *, gateway: str | None = None, limit: int | None = None, offset: int | None = None
    ) -> network.Tree:
        """What hangs under a gateway, or under none: gateways with counts, devices page by page."""
        return decoded(
            self._calls.send("GET", "/api/network/tree", {"gateway": gateway, "limit": limit, "offset": offset}),
            network.Tree,
        )
