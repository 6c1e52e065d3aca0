"""Operations: cases. Written by `make client` from the OpenAPI document; do not edit."""

from typing import Literal

from yuzhang.client.calling import Answer, Group, decoded, encoded, inside, raw
from yuzhang.client.generated.models import cases


class Cases(Group):
    """16 operations."""

    def get(
        self,
        *,
        sort: Literal["due", "newest", "severity"] | None = None,
        after: str | None = None,
        size: int | None = None,
        status: str | None = None,
        party: str | None = None,
        unit: str | None = None,
        region: str | None = None,
        matter: str | None = None,
        state: str | None = None,
        severity: int | None = None,
        overdue: bool | None = None,
        source: str | None = None,
        outcome: str | None = None,
        simulated: bool | None = None,
        words: str | None = None,
        entity: str | None = None,
        event: str | None = None,
        escalated: str | None = None,
    ) -> cases.ShownCases:
        """Cases of a filter: open ones with each task in order, any others (`status=closed`, `withdrawn`, `any`) the newest first."""
        return decoded(
            self._calls.send(
                "GET",
                "/api/cases",
                {
                    "sort": sort,
                    "after": after,
                    "size": size,
                    "status": status,
                    "party": party,
                    "unit": unit,
                    "region": region,
                    "matter": matter,
                    "state": state,
                    "severity": severity,
                    "overdue": overdue,
                    "source": source,
                    "outcome": outcome,
                    "simulated": simulated,
                    "words": words,
                    "entity": entity,
                    "event": event,
                    "escalated": escalated,
                },
            ),
            cases.ShownCases,
        )

    def post(self, body: cases.NewReport) -> cases.PublicCase:
        """Open a case for what the caller reports."""
        return decoded(self._calls.send("POST", "/api/cases", content=encoded(body)), cases.PublicCase)

    def get_matters(self) -> list[cases.Matter]:
        """All that a case can be about."""
        return decoded(self._calls.send("GET", "/api/cases/matters"), list[cases.Matter])

    def get_mine(self, *, after: str | None = None) -> cases.ShownCases:
        """What the caller reported, the newest first."""
        return decoded(self._calls.send("GET", "/api/cases/mine", {"after": after}), cases.ShownCases)

    def get_number(self, number: str) -> cases.ShownCase:
        """All of one case but who reported it."""
        return decoded(self._calls.send("GET", f"/api/cases/{inside(number)}"), cases.ShownCase)

    def post_number_attachments(self, number: str, file: bytes, file_name: str) -> cases.Attachment:
        """Add a file: JPEG, PNG, WebP, PDF or MP4, of 10 MB at most."""
        return decoded(
            self._calls.send("POST", f"/api/cases/{inside(number)}/attachments", files={"file": (file_name, file)}),
            cases.Attachment,
        )

    def get_number_attachments_identifier(self, number: str, identifier: str) -> Answer:
        """The content of a file."""
        return raw(self._calls.send("GET", f"/api/cases/{inside(number)}/attachments/{inside(identifier)}"))

    def post_number_confirm(self, number: str, body: cases.Confirmed) -> cases.PublicCase:
        """Say as the reporter whether it is done."""
        return decoded(
            self._calls.send("POST", f"/api/cases/{inside(number)}/confirm", content=encoded(body)), cases.PublicCase
        )

    def post_number_merge(self, number: str, body: cases.Merged) -> cases.PublicCase:
        """Let it be the same as another one; the answer is that other one."""
        return decoded(
            self._calls.send("POST", f"/api/cases/{inside(number)}/merge", content=encoded(body)), cases.PublicCase
        )

    def post_number_notes(self, number: str, body: cases.Said) -> cases.PublicCase:
        """Write a note into the history."""
        return decoded(
            self._calls.send("POST", f"/api/cases/{inside(number)}/notes", content=encoded(body)), cases.PublicCase
        )

    def get_number_own(self, number: str) -> cases.ShownCase:
        """One case that the caller reported."""
        return decoded(self._calls.send("GET", f"/api/cases/{inside(number)}/own"), cases.ShownCase)

    def post_number_reopen(self, number: str, body: cases.Said) -> cases.PublicCase:
        """Open a closed case again, as its reporter; the answer is the caller's own case, also of one that was merged."""
        return decoded(
            self._calls.send("POST", f"/api/cases/{inside(number)}/reopen", content=encoded(body)), cases.PublicCase
        )

    def get_number_reporter(self, number: str) -> dict[str, str]:
        """Who reported it: personal data. Send the header Yuzhang-Purpose."""
        return decoded(self._calls.send("GET", f"/api/cases/{inside(number)}/reporter"), dict[str, str])

    def post_number_steps_task(self, number: str, task: str, body: cases.DoneStep) -> cases.PublicCase:
        """Do an open task."""
        return decoded(
            self._calls.send("POST", f"/api/cases/{inside(number)}/steps/{inside(task)}", content=encoded(body)),
            cases.PublicCase,
        )

    def post_number_tasks_task_give_back(self, number: str, task: str, body: cases.Said) -> cases.PublicCase:
        """Return a task to whom it came from."""
        return decoded(
            self._calls.send(
                "POST", f"/api/cases/{inside(number)}/tasks/{inside(task)}/give-back", content=encoded(body)
            ),
            cases.PublicCase,
        )

    def post_number_tasks_task_hand_over(self, number: str, task: str, body: cases.HandOver) -> cases.PublicCase:
        """Give a task to another unit, or to a person."""
        return decoded(
            self._calls.send(
                "POST", f"/api/cases/{inside(number)}/tasks/{inside(task)}/hand-over", content=encoded(body)
            ),
            cases.PublicCase,
        )
