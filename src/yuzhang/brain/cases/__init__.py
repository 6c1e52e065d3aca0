"""Events and reports become cases that are handled step by step, in time."""
