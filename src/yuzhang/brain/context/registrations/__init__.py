"""Registrations of context sources: who else knows something, of which entities, and what may be asked there.

What is done with them, forwarding and putting answers together, is in `federation`.
"""
