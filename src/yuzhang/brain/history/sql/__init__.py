"""SQL for officers: one SELECT over views that we define, run in a process of its own that is ended at its limits.

Not here: SQL of our own, which rooms have in their stores.
"""
