"""Positions on the Earth and on maps: datums and projections. What lies where in the city is the rooms' own."""
