"""Dead letters: messages that could not be read, each with its reason, kept until somebody replays or drops them."""

from yuzhang.foundation.sources.dead.room import DeadLetters

__all__ = ["DeadLetters"]
