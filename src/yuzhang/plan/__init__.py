"""The five-year plan as executable goals: what was promised, what was measured, how far it was kept."""
