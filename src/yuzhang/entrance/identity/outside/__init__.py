"""Signing in by an outside OpenID provider: this system is its client. Not the provider of our own, which serves other programs."""
