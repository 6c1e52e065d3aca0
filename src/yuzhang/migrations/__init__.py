"""The steps by which `state.db` came to its present tables, in order; each room's tables are defined in its `store.py`."""
