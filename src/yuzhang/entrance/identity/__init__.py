"""Who comes: parties, how they prove it, their sessions, and the OpenID Connect provider. Not what they may: that is policy."""
