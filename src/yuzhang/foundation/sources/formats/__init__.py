"""Observations as files and requests carry them: CSV, Arrow, Parquet, newline JSON, SensorThings data arrays; read column by column."""
