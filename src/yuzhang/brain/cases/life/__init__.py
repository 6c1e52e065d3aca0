"""The life of a case: how it is opened, handled, passed on, joined with others, reminded of, and looked at."""
