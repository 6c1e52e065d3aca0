"""What can go wrong with keeping."""

from yuzhang.core.errors import InputRefused, TryAgain
from yuzhang.core.language import Title


class UnfitPolicy(InputRefused):
    """A policy of keeping that contradicts itself."""

    code = "unfit-policy"
    title = Title("保留策略不合格", "Unfit policy")


class TidyingElsewhere(TryAgain):
    """Another process tidies, backs up or migrates the history of this folder."""

    code = "tidying-elsewhere"
    title = Title("正在整理", "Somebody else tidies")

    @classmethod
    def now(cls) -> "TidyingElsewhere":
        """It does now."""
        return cls(
            Title("另一进程正在整理、备份或迁移历史。", "Another process tidies, backs up or migrates history."),
            fix=Title("请等它结束后再试。", "Wait for its end, then try again."),
        )
