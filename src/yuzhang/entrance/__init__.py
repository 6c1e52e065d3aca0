"""The one entrance in front of all rooms: who comes (identity), what they may (policy), what they did (audit), portal and public API."""
