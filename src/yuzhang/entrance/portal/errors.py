"""Errors of the portal."""

from yuzhang.core.errors import InputRefused, NotFound, TryAgain
from yuzhang.core.language import Title


class UnfitPreference(InputRefused):
    """A preference, a favourite or a contact is none that can be kept."""

    code = "unfit-preference"
    title = Title("设置不合要求", "The setting does not fit")


class NoSuchNotification(NotFound):
    """The party has no such notification."""

    code = "no-such-notification"
    title = Title("没有这条通知", "No such notification")


class IndexAway(TryAgain):
    """The index of the search cannot be read now."""

    code = "search-away"
    title = Title("检索暂不可用", "Search is away")


class UnfitChannel(InputRefused):
    """A channel of notifications is configured so that it cannot be used."""

    code = "unfit-channel"
    title = Title("通知渠道配置有误", "Unfit channel")
