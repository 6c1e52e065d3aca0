"""The phone of whoever works outside: their cases, also without a connection, and what they send when it is back."""
