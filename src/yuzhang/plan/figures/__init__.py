"""Published figures with unit, period, vintage and source; imported whole or not at all; asked for "as known on" a date."""
