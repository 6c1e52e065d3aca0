"""Operations: events. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.calling import Group, decoded, inside
from yuzhang.client.generated.models import events, shared


class Events(Group):
    """3 operations."""

    def get(
        self,
        *,
        status: str | None = None,
        rule: str | None = None,
        kind: str | None = None,
        entity: str | None = None,
        region: str | None = None,
        unit: str | None = None,
        severity: int | None = None,
        text: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        simulated: bool | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> events.ShownEvents:
        """Events, the newest first."""
        return decoded(
            self._calls.send(
                "GET",
                "/api/events",
                {
                    "status": status,
                    "rule": rule,
                    "kind": kind,
                    "entity": entity,
                    "region": region,
                    "unit": unit,
                    "severity": severity,
                    "text": text,
                    "from": from_,
                    "to": to,
                    "simulated": simulated,
                    "after": after,
                    "limit": limit,
                },
            ),
            events.ShownEvents,
        )

    def get_identifier(self, identifier: str) -> shared.ShownEvent:
        """One event."""
        return decoded(self._calls.send("GET", f"/api/events/{inside(identifier)}"), shared.ShownEvent)

    def post_identifier_acknowledge(self, identifier: str) -> shared.ShownEvent:
        """Say that somebody looks after it."""
        return decoded(self._calls.send("POST", f"/api/events/{inside(identifier)}/acknowledge"), shared.ShownEvent)
