"""MQTT 3.1.1 for devices: a broker of our own as a child process, and what takes its messages into the log."""
