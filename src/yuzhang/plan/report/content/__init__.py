"""What a report says: its blocks, made once from an evaluation in one language; how it looks is not here."""
