"""Targets and commitments as tables of text cells, and back, with errors that name row and column."""
