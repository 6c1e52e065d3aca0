"""Errors of the API's keys and webhooks."""

from yuzhang.core.errors import InputRefused, YuzhangError
from yuzhang.core.language import Title


class UnfitKey(InputRefused):
    """What was given for a key cannot be taken."""

    code = "unfit-key"
    title = Title("密钥设置有误", "The key's settings do not fit")


class UnfitWebhook(InputRefused):
    """What was given for a webhook cannot be taken."""

    code = "unfit-webhook"
    title = Title("网络回调设置有误", "The webhook's settings do not fit")


class UnfitLimit(InputRefused):
    """A setting of how fast may be asked is no limit."""

    code = "unfit-limit"
    title = Title("限额设置有误", "A limit is set wrong")


class TooManyRequests(YuzhangError):
    """More was asked than the limit allows. Source: RFC 6585, 4."""

    code = "too-many-requests"
    status = 429
    title = Title("请求过多", "Too many requests")
