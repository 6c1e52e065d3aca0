"""Applications of the city, one folder a pack: mostly data, with pages of its own where it needs them. No pack is imported by name."""
