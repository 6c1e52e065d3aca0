"""Operations: air. Written by `make client` from the OpenAPI document; do not edit."""

from typing import Any

from yuzhang.client.calling import Group, decoded


class Air(Group):
    """1 operations."""

    def get(self) -> dict[str, Any]:
        """The air now by HJ 633: stations, the city's index of the hour, the day and the last 30 days, and the warning it calls for.

        Simulated stations are a group of their own. Means are in µg/m³, of CO in mg/m³; a value of another kind is in `uncounted`."""
        return decoded(self._calls.send("GET", "/api/air"), dict[str, Any])
