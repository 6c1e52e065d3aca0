"""Operations: account. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.calling import Group, decoded, inside
from yuzhang.client.generated.models import account


class Account(Group):
    """4 operations."""

    def get(self) -> account.OwnAccount:
        """Who the caller is, their roles, and how they can sign in."""
        return decoded(self._calls.send("GET", "/api/account"), account.OwnAccount)

    def delete_sessions(self) -> account.Ended:
        """End all the caller's sessions but the one that asks."""
        return decoded(self._calls.send("DELETE", "/api/account/sessions"), account.Ended)

    def get_sessions(self) -> list[account.OwnSession]:
        """Where the caller is signed in, the newest first."""
        return decoded(self._calls.send("GET", "/api/account/sessions"), list[account.OwnSession])

    def delete_sessions_session(self, session: str) -> account.Ended:
        """End one of the caller's sessions."""
        return decoded(self._calls.send("DELETE", f"/api/account/sessions/{inside(session)}"), account.Ended)
