"""The duty officer's one screen: the city as tiles and a stream, queues, the roster of who is on duty, and the phone in the field."""
