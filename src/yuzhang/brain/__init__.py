"""The city's brain: its present, its memory, what follows from both. No plan, no pages of applications."""
