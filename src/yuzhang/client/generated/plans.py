"""Operations: plans. Written by `make client` from the OpenAPI document; do not edit."""

from typing import Literal

from yuzhang.client.calling import Answer, Group, decoded, encoded, inside, raw
from yuzhang.client.generated.models import plans


class Plans(Group):
    """12 operations."""

    def get(self) -> list[plans.Plan]:
        """Every registered plan."""
        return decoded(self._calls.send("GET", "/api/plans"), list[plans.Plan])

    def get_plan(self, plan: str, *, revision: int | None = None) -> plans.RegisteredPlan:
        """A plan with its indicators, targets, commitments and projects, at a revision or as it stands now."""
        return decoded(
            self._calls.send("GET", f"/api/plans/{inside(plan)}", {"revision": revision}), plans.RegisteredPlan
        )

    def post_plan_commitments_commitment_review(
        self, plan: str, commitment: str, body: plans.Decision
    ) -> plans.ReviewedCommitment:
        """Accept, correct or reject one candidate, or make it pending again."""
        return decoded(
            self._calls.send(
                "POST", f"/api/plans/{inside(plan)}/commitments/{inside(commitment)}/review", content=encoded(body)
            ),
            plans.ReviewedCommitment,
        )

    def get_plan_evaluation(
        self,
        plan: str,
        *,
        snapshot: int | None = None,
        revision: int | None = None,
        kind: plans.EvaluationKind | None = None,
        known: str | None = None,
        year: str | None = None,
    ) -> plans.Evaluation:
        """The whole evaluation; `snapshot` and `revision` compute an earlier one again."""
        return decoded(
            self._calls.send(
                "GET",
                f"/api/plans/{inside(plan)}/evaluation",
                {"snapshot": snapshot, "revision": revision, "kind": kind, "known": known, "year": year},
            ),
            plans.Evaluation,
        )

    def get_plan_evaluation_format(
        self,
        plan: str,
        format: Literal["csv", "xlsx"],
        *,
        kind: plans.EvaluationKind | None = None,
        known: str | None = None,
        year: str | None = None,
    ) -> Answer:
        """Every target with its status as CSV or Excel."""
        return raw(
            self._calls.send(
                "GET",
                f"/api/plans/{inside(plan)}/evaluation.{inside(format)}",
                {"kind": kind, "known": known, "year": year},
            )
        )

    def get_plan_evaluation_indicators_indicator(
        self,
        plan: str,
        indicator: str,
        *,
        kind: plans.EvaluationKind | None = None,
        known: str | None = None,
        year: str | None = None,
    ) -> plans.IndicatorAssessment:
        """One indicator with its targets, figures, sources and computation."""
        return decoded(
            self._calls.send(
                "GET",
                f"/api/plans/{inside(plan)}/evaluation/indicators/{inside(indicator)}",
                {"kind": kind, "known": known, "year": year},
            ),
            plans.IndicatorAssessment,
        )

    def get_plan_report_format(
        self,
        plan: str,
        format: Literal["docx", "pdf", "html"],
        *,
        lang: Literal["zh", "en"] | None = None,
        kind: plans.EvaluationKind | None = None,
        known: str | None = None,
        year: str | None = None,
    ) -> Answer:
        """The evaluation report as Word, PDF or HTML."""
        return raw(
            self._calls.send(
                "GET",
                f"/api/plans/{inside(plan)}/report.{inside(format)}",
                {"lang": lang, "kind": kind, "known": known, "year": year},
            )
        )

    def get_plan_revisions(self, plan: str) -> list[plans.Revision]:
        """Who changed what, newest first."""
        return decoded(self._calls.send("GET", f"/api/plans/{inside(plan)}/revisions"), list[plans.Revision])

    def post_plan_tables_table(
        self,
        plan: str,
        table: Literal["targets", "commitments"],
        file: bytes,
        file_name: str,
        *,
        token: str | None = None,
    ) -> plans.Comparison:
        """Take an edited table; `token` of the comparison makes sure that nothing else changed in between."""
        return decoded(
            self._calls.send(
                "POST",
                f"/api/plans/{inside(plan)}/tables/{inside(table)}",
                files={"file": (file_name, file)},
                data={"token": token},
            ),
            plans.Comparison,
        )

    def get_plan_tables_table_format(
        self, plan: str, table: Literal["targets", "commitments"], format: Literal["csv", "xlsx"]
    ) -> Answer:
        """Targets or commitments as CSV or Excel, to be edited and imported again."""
        return raw(self._calls.send("GET", f"/api/plans/{inside(plan)}/tables/{inside(table)}.{inside(format)}"))

    def post_plan_tables_table_compare(
        self, plan: str, table: Literal["targets", "commitments"], file: bytes, file_name: str
    ) -> plans.Comparison:
        """What importing this file would change; nothing is changed."""
        return decoded(
            self._calls.send(
                "POST", f"/api/plans/{inside(plan)}/tables/{inside(table)}/compare", files={"file": (file_name, file)}
            ),
            plans.Comparison,
        )

    def post_plan_undo(self, plan: str) -> plans.Revision:
        """Take back the newest change; it is kept in the history."""
        return decoded(self._calls.send("POST", f"/api/plans/{inside(plan)}/undo"), plans.Revision)
