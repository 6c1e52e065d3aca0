"""Connectors: configured ways in to data of others, each a small class with declared settings. What arrives is made observations by a mapping."""
