"""Units and regions: who is responsible, and where. Loaded from a city's folder, kept in memory to be asked often."""
