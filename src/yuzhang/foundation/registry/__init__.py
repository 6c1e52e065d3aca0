"""Devices, units and regions: what and who there is in the city, and what each device may write."""
