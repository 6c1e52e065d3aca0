"""Forgetting what ran out: strangers begin steps and fail at any name they like, so what is kept of that must not grow for good."""

from datetime import timedelta

from yuzhang.entrance.identity.limits import FORGOTTEN_S
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store.sessions import forget_sessions
from yuzhang.entrance.identity.store.tokens import forget_tokens

SESSIONS_KEPT_S = 30 * 24 * 3600
"""Sessions that ended are kept for so long: what came of them may be asked for."""


def tidy(identity: Identity) -> None:
    """Forget steps, links, failures and sessions that are over."""
    now = identity.now()
    with identity.storage.writing() as connection:
        forget_tokens(connection, now, now - timedelta(seconds=FORGOTTEN_S))
        forget_sessions(connection, now - timedelta(seconds=SESSIONS_KEPT_S))
