"""Drainage: rain, water levels, pump stations, and the points where streets flood."""
