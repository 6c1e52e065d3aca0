"""Clients of the provider: their registration, and how they prove who they are. Not what they are given: that is the provider's."""
