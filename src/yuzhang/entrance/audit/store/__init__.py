"""The audit's own file, and all SQL on it."""
