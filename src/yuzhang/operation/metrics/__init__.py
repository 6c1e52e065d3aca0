"""What Prometheus reads: requests as they were answered, and the parts as they are at the moment of asking. No ids, no names, no data."""
