"""What can be wrong with dead letters."""

from yuzhang.core.errors import Conflict, NotFound
from yuzhang.core.language import Title


class NoLetter(NotFound):
    """There is no dead letter of that number."""

    code = "no-dead-letter"
    title = Title("没有这条死信", "No such dead letter")

    @classmethod
    def of(cls, number: int) -> "NoLetter":
        """The letter `number`."""
        return cls(
            Title(f"没有死信 {number}。", f"There is no dead letter {number}."),
            where="/number",
            fix=Title("它可能已重放、已删除，或已让位给更新的死信。", "It may have been replayed, dropped, or given way to newer ones."),
        )  # fmt: skip


class NotReplayable(Conflict):
    """A dead letter that cannot be delivered again."""

    code = "not-replayable"
    title = Title("无法重放", "It cannot be replayed")
