"""The settings of operation; each is an environment variable, since they belong to the machine and not to the installation."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from yuzhang.core.language import Title
from yuzhang.operation.errors import UnfitOperation

Form = Literal["text", "json"]
TOKEN, LOG, LEVEL = "YUZHANG_METRICS_TOKEN", "YUZHANG_LOG", "YUZHANG_LOG_LEVEL"
DRAIN, FREE = "YUZHANG_DRAIN_S", "YUZHANG_LEAST_FREE_MB"
TRACES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
LEVELS = ("debug", "info", "warning", "error")
SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class OperationSettings:
    """What an operator chooses.

    `metrics_token`: whoever sends it may read the metrics; without one, whoever asks from this machine. `form`, `level`: of the log.
    `drain_s`: seconds between "not ready" and the end, for a balancer to notice. `least_free_bytes`: with less on the disk of the data
    folder the server is not ready. `traces`: whether an address for traces is set.
    """

    metrics_token: str = ""
    form: Form = "text"
    level: str = "warning"
    drain_s: float = 0.0
    least_free_bytes: int = 256 * 2**20
    traces: bool = False


def operation_settings(environment: Mapping[str, str] = os.environ) -> OperationSettings:
    """The settings as the environment has them. Raises UnfitOperation, naming the variable.

    >>> operation_settings({"YUZHANG_LOG": "json"}).level
    'info'
    """
    form = environment.get(LOG) or "text"
    level = (environment.get(LEVEL) or ("info" if form == "json" else "warning")).lower()
    token = environment.get(TOKEN, "")
    if form not in ("text", "json"):
        raise _unfit(LOG, "可选 text 或 json。", "It is `text` or `json`.")
    if level not in LEVELS:
        raise _unfit(LEVEL, f"可选 {'、'.join(LEVELS)}。", f"It is one of {', '.join(LEVELS)}.")
    if token and len(token) < SHORTEST_TOKEN:
        raise _unfit(TOKEN, f"至少 {SHORTEST_TOKEN} 个字符。", f"It needs {SHORTEST_TOKEN} characters at least.")
    return OperationSettings(
        token,
        cast(Form, form),
        level,
        _number(environment, DRAIN, 0),
        int(_number(environment, FREE, 256)) * 2**20,
        any(environment.get(name) for name in TRACES) and environment.get("OTEL_SDK_DISABLED", "").lower() != "true",
    )


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    try:
        found = float(environment.get(name) or default)
    except ValueError:
        found = -1.0
    if not 0 <= found < 1e9:
        raise _unfit(name, "应为不小于 0 的数。", "It is a number, 0 or more.")
    return found


def _unfit(name: str, chinese: str, english: str) -> UnfitOperation:
    return UnfitOperation(
        Title(chinese, english),
        where=name,
        fix=Title("见 docs/reference/operation.md。", "See docs/reference/operation.md."),
    )
