"""Operations: figures. Written by `make client` from the OpenAPI document; do not edit."""

from datetime import date
from typing import Literal

from yuzhang.client.calling import Answer, Group, decoded, inside, raw
from yuzhang.client.generated.models import figures, shared


class Figures(Group):
    """7 operations."""

    def get(self, *, region: str, known: date | None = None, snapshot: int | None = None) -> figures.Snapshot:
        """The figures of a region as known on a day: the latest vintage of each series and period."""
        return decoded(
            self._calls.send("GET", "/api/figures", {"region": region, "known": known, "snapshot": snapshot}),
            figures.Snapshot,
        )

    def get_export_format(self, format: Literal["csv", "xlsx"], *, region: str) -> Answer:
        """All figures of a region, every vintage, as a file that imports again with no change."""
        return raw(self._calls.send("GET", f"/api/figures/export.{inside(format)}", {"region": region}))

    def get_history(self, *, region: str, series: str) -> list[shared.Figure]:
        """All vintages of one series."""
        return decoded(
            self._calls.send("GET", "/api/figures/history", {"region": region, "series": series}), list[shared.Figure]
        )

    def get_imports(self) -> list[figures.ImportRecord]:
        """Every import and undo, the newest first."""
        return decoded(self._calls.send("GET", "/api/figures/imports"), list[figures.ImportRecord])

    def post_imports(
        self, file: bytes, file_name: str, *, dry_run: bool | None = None, replace: bool | None = None
    ) -> figures.ImportResult:
        """Take in a file (CSV, Excel, JSON); with `dry_run` only say what would happen."""
        return decoded(
            self._calls.send(
                "POST",
                "/api/figures/imports",
                {"dry_run": dry_run, "replace": replace},
                files={"file": (file_name, file)},
            ),
            figures.ImportResult,
        )

    def post_imports_import_id_undo(self, import_id: int) -> figures.ImportRecord:
        """Withdraw what an import brought, and bring back what it replaced."""
        return decoded(self._calls.send("POST", f"/api/figures/imports/{inside(import_id)}/undo"), figures.ImportRecord)

    def get_series(self) -> list[figures.Series]:
        """The series that figures may be given for, with unit and plausible range."""
        return decoded(self._calls.send("GET", "/api/figures/series"), list[figures.Series])
