"""The kinds of connectors, each a small class with declared settings."""
