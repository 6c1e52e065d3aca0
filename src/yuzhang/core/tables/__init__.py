"""Tables as people keep them (CSV, Excel), in and out, as text cells; what the cells mean is the rooms' matter."""
