"""Where the present is kept: SQLite or PostgreSQL with PostGIS behind the same few classes; all SQL of entities is here."""
