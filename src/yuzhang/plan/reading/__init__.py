"""From the text of a plan to a structured draft: outline, indicator tables, commitments, projects. Nothing is stored here."""
