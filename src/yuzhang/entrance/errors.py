"""Errors of the entrance."""

from yuzhang.core.errors import NotAllowed
from yuzhang.core.language import Title


class NotIdentified(NotAllowed):
    """Nobody is known to ask: sign in first. Pages lead to the sign-in page."""

    code = "sign-in-needed"
    status = 401
    title = Title("需要登录", "Sign-in needed")
