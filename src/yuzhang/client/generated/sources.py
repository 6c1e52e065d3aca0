"""Operations: sources. Written by `make client` from the OpenAPI document; do not edit."""

from typing import Any, Literal

from yuzhang.client.calling import Group, decoded, encoded, inside
from yuzhang.client.generated.models import sources


class Sources(Group):
    """12 operations."""

    def get(self) -> list[sources.ShownSource]:
        """All sources and how they fare."""
        return decoded(self._calls.send("GET", "/api/sources"), list[sources.ShownSource])

    def get_kinds(self) -> list[dict[str, Any]]:
        """The kinds of connectors, their settings, and the mapping that a new one begins with."""
        return decoded(self._calls.send("GET", "/api/sources/kinds"), list[dict[str, Any]])

    def delete_name(self, name: str) -> None:
        """Forget it; what it brought stays."""
        self._calls.send("DELETE", f"/api/sources/{inside(name)}")

    def get_name(self, name: str) -> sources.ShownSource:
        """One source and how it fares."""
        return decoded(self._calls.send("GET", f"/api/sources/{inside(name)}"), sources.ShownSource)

    def post_name(self, name: str, body: sources.SourceWish) -> sources.ShownSource:
        """A new source; it begins at once."""
        return decoded(
            self._calls.send("POST", f"/api/sources/{inside(name)}", content=encoded(body)), sources.ShownSource
        )

    def put_name(self, name: str, body: sources.SourceWish) -> sources.ShownSource:
        """Configure it anew; it goes on where it was read to."""
        return decoded(
            self._calls.send("PUT", f"/api/sources/{inside(name)}", content=encoded(body)), sources.ShownSource
        )

    def post_name_again(self, name: str) -> sources.ShownSource:
        """Read it from its beginning."""
        return decoded(self._calls.send("POST", f"/api/sources/{inside(name)}/again"), sources.ShownSource)

    def post_name_pause(self, name: str) -> sources.ShownSource:
        """Let it rest."""
        return decoded(self._calls.send("POST", f"/api/sources/{inside(name)}/pause"), sources.ShownSource)

    def post_name_push(self, name: str, content: bytes, media_type: Literal["*/*"]) -> sources.Pushed:
        """Send a message to a source of the kind push: durable when the answer comes, what cannot be read of it too, as dead letters."""
        return decoded(
            self._calls.send("POST", f"/api/sources/{inside(name)}/push", content=content, media_type=media_type),
            sources.Pushed,
        )

    def post_name_resume(self, name: str) -> sources.ShownSource:
        """Let it go on, at once."""
        return decoded(self._calls.send("POST", f"/api/sources/{inside(name)}/resume"), sources.ShownSource)

    def post_name_run(self, name: str) -> sources.ShownSource:
        """Run it now, unless it is running."""
        return decoded(self._calls.send("POST", f"/api/sources/{inside(name)}/run"), sources.ShownSource)

    def post_name_test(self, name: str, body: sources.SourceWish | None) -> sources.ShownTrial:
        """Connect, read a sample, and show what it would become; nothing is kept. With a body: as it would be configured."""
        return decoded(
            self._calls.send("POST", f"/api/sources/{inside(name)}/test", content=encoded(body)), sources.ShownTrial
        )
