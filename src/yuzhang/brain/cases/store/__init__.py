"""All SQL of the room, by subject."""
