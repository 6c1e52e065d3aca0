"""The durable log: everything accepted passes through it, once, in order; readers follow it, each at its own place."""
