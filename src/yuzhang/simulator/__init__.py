"""A made-up city that sends: devices with the rhythm of days and weather, faults and incidents. All of it is marked as simulated.

It reaches Yuzhang as devices do, over MQTT and HTTP, and knows nothing of the rooms that take what it sends.
"""
