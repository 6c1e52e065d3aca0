"""Plans, indicators and reviewed commitments as a city has registered them, with every revision and decision."""
