"""Vector tiles: what lies in one, drawn together where it is too much, and written in the format that maps read."""
