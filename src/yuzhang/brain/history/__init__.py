"""Observations over time: the recorder that files what was accepted, temporal queries, retention."""
