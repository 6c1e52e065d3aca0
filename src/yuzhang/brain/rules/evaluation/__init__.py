"""Rules evaluated in columns: what is measured, whether it holds, and what is remembered of each rule and series."""
