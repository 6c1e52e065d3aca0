"""Who is on duty when, and who is told of what cannot wait."""
