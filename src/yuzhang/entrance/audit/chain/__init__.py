"""The chain itself: how records are bound to each other, signed, verified, and taken out for a witness."""
