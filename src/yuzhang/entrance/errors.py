"""Errors of the entrance."""

from yuzhang.core.errors import NotAllowed
from yuzhang.core.language import Title


class NotIdentified(NotAllowed):
    """Nobody is known to ask: sign in first. Pages lead to the sign-in page."""

    code = "sign-in-needed"
    status = 401
    title = Title("需要登录", "Sign-in needed")


class PurposeNeeded(NotAllowed):
    """It is personal data, and nothing but a declared purpose is missing. Pages ask for it. Source: 个人信息保护法, art. 6."""

    code = "purpose-needed"
    title = Title("需要说明目的", "A purpose is needed")
    template = "identity/purpose.html"
