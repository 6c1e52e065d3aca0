"""The ways in: how observations of devices and departments arrive. What they mean is the business of the rooms right of here."""
