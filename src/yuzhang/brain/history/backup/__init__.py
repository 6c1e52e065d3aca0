"""Backup of everything by one command while the server runs, and its restoring: state, log, lake and its files, as of one moment."""
