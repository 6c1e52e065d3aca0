"""Health of devices, gateways and links: how old the last message of each is, and what is silent."""
