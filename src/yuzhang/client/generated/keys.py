"""Operations: keys. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.calling import Group, decoded, encoded, inside
from yuzhang.client.generated.models import keys


class Keys(Group):
    """5 operations."""

    def get(self) -> list[keys.ShownKey]:
        """Keys of one's own applications; of all for a system administrator."""
        return decoded(self._calls.send("GET", "/api/keys"), list[keys.ShownKey])

    def post(self, body: keys.Wish) -> keys.ShownKey:
        """A new key; its text is in this answer only."""
        return decoded(self._calls.send("POST", "/api/keys", content=encoded(body)), keys.ShownKey)

    def delete_key(self, key: str) -> None:
        """End a key at once."""
        self._calls.send("DELETE", f"/api/keys/{inside(key)}")

    def post_key_rotate(self, key: str, *, overlap_s: int | None = None) -> keys.ShownKey:
        """A new key like this one, which holds for `overlap_s` more seconds."""
        return decoded(
            self._calls.send("POST", f"/api/keys/{inside(key)}/rotate", {"overlap_s": overlap_s}), keys.ShownKey
        )

    def get_key_usage(self, key: str) -> list[keys.ShownUsage]:
        """What was asked with a key in the last 30 days."""
        return decoded(self._calls.send("GET", f"/api/keys/{inside(key)}/usage"), list[keys.ShownUsage])
