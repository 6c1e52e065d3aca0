"""Operations: dead_letters. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.calling import Group, decoded, inside
from yuzhang.client.generated.models import dead_letters


class DeadLetters(Group):
    """7 operations."""

    def get(
        self, *, source: str | None = None, code: str | None = None, before: int | None = None, most: int | None = None
    ) -> list[dead_letters.ShownLetter]:
        """Messages that could not be read, the newest first, without what was in them."""
        return decoded(
            self._calls.send(
                "GET", "/api/dead-letters", {"source": source, "code": code, "before": before, "most": most}
            ),
            list[dead_letters.ShownLetter],
        )

    def get_sources(self) -> list[dead_letters.Kept]:
        """How many letters of each source lie there, how many came, and how many gave way to newer ones."""
        return decoded(self._calls.send("GET", "/api/dead-letters/sources"), list[dead_letters.Kept])

    def delete_sources_source(self, source: str) -> int:
        """Forget all letters of a source; how many there were."""
        return decoded(self._calls.send("DELETE", f"/api/dead-letters/sources/{inside(source)}"), int)

    def post_sources_source_replay(self, source: str) -> dead_letters.Replayed:
        """Deliver all letters of a source again, the oldest first."""
        return decoded(
            self._calls.send("POST", f"/api/dead-letters/sources/{inside(source)}/replay"), dead_letters.Replayed
        )

    def delete_number(self, number: int) -> None:
        """Forget a letter."""
        self._calls.send("DELETE", f"/api/dead-letters/{inside(number)}")

    def get_number(self, number: int) -> dead_letters.OpenedLetter:
        """One letter with what was in it."""
        return decoded(self._calls.send("GET", f"/api/dead-letters/{inside(number)}"), dead_letters.OpenedLetter)

    def post_number_replay(self, number: int) -> dead_letters.Replayed:
        """Deliver it again; it stays, with its new reason, if it is still bad."""
        return decoded(self._calls.send("POST", f"/api/dead-letters/{inside(number)}/replay"), dead_letters.Replayed)
