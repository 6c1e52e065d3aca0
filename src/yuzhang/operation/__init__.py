"""Running it: health, metrics, traces, logs, and the commands that look after an installation."""
