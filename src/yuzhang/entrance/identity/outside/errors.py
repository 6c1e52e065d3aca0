"""Errors of signing in by an outside provider."""

from yuzhang.core.errors import InputRefused, TryAgain
from yuzhang.core.language import Title


class OutsideRefused(InputRefused):
    """What came back from the outside provider is not what this browser was sent for, or not the provider's."""

    code = "outside-refused"
    status = 400
    title = Title("外部登录未完成", "The outside sign-in was not completed")


class NotInvited(InputRefused):
    """The outside provider knows somebody whom nobody here has invited."""

    code = "not-invited"
    status = 403
    title = Title("尚未受邀", "Not invited")


class OutsideAway(TryAgain):
    """The outside provider does not answer, or answers what cannot be used."""

    code = "outside-away"
    title = Title("外部登录服务暂不可用", "The outside provider is away")
