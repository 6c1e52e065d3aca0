"""Errors of operation."""

from typing import Any

from yuzhang.core.errors import NotAllowed, TryAgain, YuzhangError
from yuzhang.core.language import Language, Title


class NotReady(TryAgain):
    """The server runs, but a part that it needs is away, behind or full; it takes requests again when it is back."""

    code = "not-ready"
    title = Title("尚未就绪", "Not ready")

    def __init__(self, parts: tuple[str, ...]) -> None:
        named = ", ".join(parts)
        super().__init__(
            Title(f"未就绪的部分：{named}。", f"What is not ready: {named}."),
            fix=Title(
                "请稍候再试；管理员请运行 yuzhang doctor 并查看日志。",
                "Wait a moment and try again; operators: run yuzhang doctor and look at the log.",
            ),
        )
        self.parts = parts

    def problem(self, language: Language) -> dict[str, Any]:
        """The problem, with the parts by name."""
        return super().problem(language) | {"parts": list(self.parts)}


class MetricsRefused(NotAllowed):
    """Metrics are for the right `system`, for the token of YUZHANG_METRICS_TOKEN, or, where none is set, for this machine."""

    code = "metrics-refused"
    title = Title("不能读取运行指标", "Metrics refused")

    @classmethod
    def to_whoever_asks(cls) -> "MetricsRefused":
        """One text for all: it does not say what is set."""
        return cls(
            Title("您没有读取运行指标的权限。", "You may not read the metrics."),
            fix=Title(
                "请用 YUZHANG_METRICS_TOKEN 的令牌，或以具有 system 权限的主体读取。",
                "Send the token of YUZHANG_METRICS_TOKEN, or ask as a party with the right `system`.",
            ),
        )


class UnfitOperation(YuzhangError):
    """A variable of operation has a value that it cannot have."""

    code, status = "unfit-operation", 422
    title = Title("运行设置有误", "Unfit setting of operation")
