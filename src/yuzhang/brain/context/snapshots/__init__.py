"""Snapshots: copies of what some queries found at one moment, which later changes do not touch. Clause 5.16."""
