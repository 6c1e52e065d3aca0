"""Promises against figures: path, gap, needed growth, forecast and status, the same computation at every date."""
