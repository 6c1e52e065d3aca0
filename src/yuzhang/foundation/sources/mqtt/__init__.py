"""MQTT 3.1.1 and 5 for devices: our own listener, since nothing else acknowledges many messages by one fsync. Devices send; nothing is sent to
them."""
