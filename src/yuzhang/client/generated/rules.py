"""Operations: rules. Written by `make client` from the OpenAPI document; do not edit."""

from typing import Any

from yuzhang.client.calling import Group, decoded, encoded, inside
from yuzhang.client.generated.models import rules


class Rules(Group):
    """9 operations."""

    def get(self) -> list[rules.ShownRule]:
        """All rules, with how many of their events are open."""
        return decoded(self._calls.send("GET", "/api/rules"), list[rules.ShownRule])

    def post_dry_run(self, body: dict[str, Any] | None, *, id: str, from_: str, to: str) -> rules.ShownTry:
        """What the rule would have raised over history."""
        return decoded(
            self._calls.send("POST", "/api/rules/dry-run", {"id": id, "from": from_, "to": to}, content=encoded(body)),
            rules.ShownTry,
        )

    def post_enable(self, *, id: str, on: bool) -> rules.ShownRule:
        """Switch a rule on or off."""
        return decoded(self._calls.send("POST", "/api/rules/enable", {"id": id, "on": on}), rules.ShownRule)

    def get_one(self, *, id: str) -> rules.ShownRule:
        """One rule."""
        return decoded(self._calls.send("GET", "/api/rules/one", {"id": id}), rules.ShownRule)

    def put_one(self, body: dict[str, Any], *, id: str) -> rules.ShownRule:
        """Have a version of one's own count in place of the pack's."""
        return decoded(self._calls.send("PUT", "/api/rules/one", {"id": id}, content=encoded(body)), rules.ShownRule)

    def post_undo(self, *, id: str) -> rules.ShownRule:
        """Have the version before count again."""
        return decoded(self._calls.send("POST", "/api/rules/undo", {"id": id}), rules.ShownRule)

    def get_windows(self) -> list[rules.ShownWindow]:
        """The maintenance windows that officers entered."""
        return decoded(self._calls.send("GET", "/api/rules/windows"), list[rules.ShownWindow])

    def post_windows(self, body: rules.NewWindow) -> None:
        """Open no events for a time."""
        self._calls.send("POST", "/api/rules/windows", content=encoded(body))

    def delete_windows_number(self, number: int) -> None:
        """Take a maintenance window away."""
        self._calls.send("DELETE", f"/api/rules/windows/{inside(number)}")
