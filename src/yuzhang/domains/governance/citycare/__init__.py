"""City care: what stands in the streets and what happens there, by the national classes, handled as cases in seven steps."""
