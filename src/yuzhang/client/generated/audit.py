"""Operations: audit. Written by `make client` from the OpenAPI document; do not edit."""

from typing import Literal

from yuzhang.client.calling import Answer, Group, decoded, raw
from yuzhang.client.generated.models import audit


class Audit(Group):
    """4 operations."""

    def get_checkpoint(self) -> audit.StatementOut:
        """The newest signed checkpoint, for an outside witness to keep."""
        return decoded(self._calls.send("GET", "/api/audit/checkpoint"), audit.StatementOut)

    def get_export(self, *, since: str | None = None, until: str | None = None, why: str | None = None) -> Answer:
        """The records of a time as JSON lines with a signature; `yuzhang audit verify --export` checks it anywhere."""
        return raw(self._calls.send("GET", "/api/audit/export", {"since": since, "until": until, "why": why}))

    def get_key(self) -> Answer:
        """The public key that checks the signatures, as PEM."""
        return raw(self._calls.send("GET", "/api/audit/key"))

    def get_records(
        self,
        *,
        limit: int | None = None,
        format: Literal["json", "csv"] | None = None,
        party: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        outcome: str | None = None,
        purpose: str | None = None,
        peer: str | None = None,
        text: str | None = None,
        since: str | None = None,
        until: str | None = None,
        why: str | None = None,
        before: int | None = None,
    ) -> Answer:
        """Records that fit, the newest first."""
        return raw(
            self._calls.send(
                "GET",
                "/api/audit/records",
                {
                    "limit": limit,
                    "format": format,
                    "party": party,
                    "action": action,
                    "subject": subject,
                    "outcome": outcome,
                    "purpose": purpose,
                    "peer": peer,
                    "text": text,
                    "since": since,
                    "until": until,
                    "why": why,
                    "before": before,
                },
            )
        )
