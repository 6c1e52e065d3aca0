"""Operations: webhooks. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.calling import Group, decoded, encoded, inside
from yuzhang.client.generated.models import webhooks


class Webhooks(Group):
    """8 operations."""

    def get(self) -> list[webhooks.ShownWebhook]:
        """Webhooks of one's own applications; of all for a system administrator."""
        return decoded(self._calls.send("GET", "/api/webhooks"), list[webhooks.ShownWebhook])

    def post(self, body: webhooks.WebhookWish) -> webhooks.ShownWebhook:
        """A new webhook; its secret is in this answer only."""
        return decoded(self._calls.send("POST", "/api/webhooks", content=encoded(body)), webhooks.ShownWebhook)

    def delete_webhook(self, webhook: str) -> None:
        """Delete a webhook, and what waits for it."""
        self._calls.send("DELETE", f"/api/webhooks/{inside(webhook)}")

    def get_webhook_deliveries(self, webhook: str) -> list[webhooks.ShownDelivery]:
        """Its last 50 messages, the newest first."""
        return decoded(
            self._calls.send("GET", f"/api/webhooks/{inside(webhook)}/deliveries"), list[webhooks.ShownDelivery]
        )

    def post_webhook_deliveries_number_replay(self, webhook: str, number: int) -> None:
        """Send a message again, with the same id."""
        self._calls.send("POST", f"/api/webhooks/{inside(webhook)}/deliveries/{inside(number)}/replay")

    def post_webhook_pause(self, webhook: str) -> webhooks.ShownWebhook:
        """Keep its messages back."""
        return decoded(self._calls.send("POST", f"/api/webhooks/{inside(webhook)}/pause"), webhooks.ShownWebhook)

    def post_webhook_resume(self, webhook: str) -> webhooks.ShownWebhook:
        """Send again; what waits is tried at once."""
        return decoded(self._calls.send("POST", f"/api/webhooks/{inside(webhook)}/resume"), webhooks.ShownWebhook)

    def post_webhook_test(self, webhook: str) -> None:
        """Send a test message."""
        self._calls.send("POST", f"/api/webhooks/{inside(webhook)}/test")
