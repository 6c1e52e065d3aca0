"""Packs of urban governance."""
