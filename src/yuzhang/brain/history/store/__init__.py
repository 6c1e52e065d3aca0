"""The tables of history: series and entities in the state, rows in the lake, and all SQL on them."""
