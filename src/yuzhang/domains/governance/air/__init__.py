"""Air: stations, the air quality index, warnings of heavy pollution, and the plan's figures of the air."""
