"""Ways for devices to come in: many at once by a table, and by asking themselves and waiting for an officer."""
