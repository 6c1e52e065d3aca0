"""Operations: parties. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.calling import Group, decoded, inside
from yuzhang.client.generated.models import parties


class Parties(Group):
    """2 operations."""

    def get(
        self,
        *,
        text: str | None = None,
        kind: str | None = None,
        role: str | None = None,
        status: str | None = None,
        start: int | None = None,
        limit: int | None = None,
    ) -> parties.PartyList:
        """Parties by name. It is personal data: send the header Yuzhang-Purpose."""
        return decoded(
            self._calls.send(
                "GET",
                "/api/parties",
                {"text": text, "kind": kind, "role": role, "status": status, "start": start, "limit": limit},
            ),
            parties.PartyList,
        )

    def get_party(self, party: str) -> parties.PartyShown:
        """A party by its id or sign-in name. It is personal data: send the header Yuzhang-Purpose."""
        return decoded(self._calls.send("GET", f"/api/parties/{inside(party)}"), parties.PartyShown)
