"""Operations: policy. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.calling import Group, decoded
from yuzhang.client.generated.models import policy


class Policy(Group):
    """3 operations."""

    def get_decisions(
        self,
        *,
        subject: str | None = None,
        action: str | None = None,
        object: str | None = None,
        purpose: str | None = None,
        factors: int | None = None,
        acting_for: str | None = None,
    ) -> policy.DecisionOut:
        """Whether `subject` (the asker, if it is left out) may do `action` on `object`, which policies say so, and what would change it."""
        return decoded(
            self._calls.send(
                "GET",
                "/api/policy/decisions",
                {
                    "subject": subject,
                    "action": action,
                    "object": object,
                    "purpose": purpose,
                    "factors": factors,
                    "acting_for": acting_for,
                },
            ),
            policy.DecisionOut,
        )

    def post_load(self) -> policy.LoadedOut:
        """Read the policy files again. With a fault in one, all stays as it was."""
        return decoded(self._calls.send("POST", "/api/policy/load"), policy.LoadedOut)

    def get_policies(self) -> list[policy.PolicyOut]:
        """Every policy that holds, by file."""
        return decoded(self._calls.send("GET", "/api/policy/policies"), list[policy.PolicyOut])
