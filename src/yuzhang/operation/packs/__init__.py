"""Packs, looked after: a new one begun, each checked as a whole, and the list of those that are there. What a file must hold is said by
the room that reads it."""
