"""Conditions over observations that open and clear events."""
