"""Operations: history. Written by `make client` from the OpenAPI document; do not edit."""

from typing import Any

from yuzhang.client.calling import Answer, Group, decoded, raw
from yuzhang.client.generated.models import history


class History(Group):
    """5 operations."""

    def get_last(
        self,
        *,
        tenant: str | None = None,
        attribute: str | None = None,
        type: str | None = None,
        format: history.NewestFormat | None = None,
    ) -> Answer:
        """The newest value of every series: it is kept when a row is filed, and not looked for."""
        return raw(
            self._calls.send(
                "GET", "/api/history/last", {"tenant": tenant, "attribute": attribute, "type": type, "format": format}
            )
        )

    def get_points(
        self,
        *,
        series: str,
        tenant: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        width: int | None = None,
    ) -> dict[str, Any]:
        """How series ran in a window, as a chart needs it: of each pixel the first, last, lowest and highest value, so no extreme is lost.

        `points` are pairs of milliseconds since 1970 and the value. `summary_step_s` above 0: older rows are kept as summaries of so long."""
        return decoded(
            self._calls.send(
                "GET",
                "/api/history/points",
                {"series": series, "tenant": tenant, "from": from_, "to": to, "width": width},
            ),
            dict[str, Any],
        )

    def get_rows(
        self,
        *,
        tenant: str | None = None,
        series: str | None = None,
        entity: str | None = None,
        attribute: str | None = None,
        type: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        snapshot: int | None = None,
        format: history.Format | None = None,
    ) -> Answer:
        """All rows of series in a window, as a file that is written while it is read. The header `yuzhang-snapshot` says of which snapshot."""
        return raw(
            self._calls.send(
                "GET",
                "/api/history/rows",
                {
                    "tenant": tenant,
                    "series": series,
                    "entity": entity,
                    "attribute": attribute,
                    "type": type,
                    "from": from_,
                    "to": to,
                    "snapshot": snapshot,
                    "format": format,
                },
            )
        )

    def get_series(
        self,
        *,
        tenant: str | None = None,
        entity: str | None = None,
        attribute: str | None = None,
        type: str | None = None,
        q: str | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """Series that have a history: an attribute of an entity each, with its newest value; `next` is there if there may be more."""
        return decoded(
            self._calls.send(
                "GET",
                "/api/history/series",
                {
                    "tenant": tenant,
                    "entity": entity,
                    "attribute": attribute,
                    "type": type,
                    "q": q,
                    "after": after,
                    "limit": limit,
                },
            ),
            dict[str, Any],
        )

    def get_snapshots(self, *, limit: int | None = None) -> dict[str, Any]:
        """The states of the lake that can still be read, the newest first."""
        return decoded(self._calls.send("GET", "/api/history/snapshots", {"limit": limit}), dict[str, Any])
