"""Operations: packs. Written by `make client` from the OpenAPI document; do not edit."""

from typing import Any

from yuzhang.client.calling import Group, decoded, inside


class Packs(Group):
    """2 operations."""

    def get(self) -> list[dict[str, Any]]:
        """All application packs: what each brings, and what is wrong with it."""
        return decoded(self._calls.send("GET", "/api/packs"), list[dict[str, Any]])

    def get_domain_name(self, domain: str, name: str) -> dict[str, Any]:
        """One application pack."""
        return decoded(self._calls.send("GET", f"/api/packs/{inside(domain)}/{inside(name)}"), dict[str, Any])
