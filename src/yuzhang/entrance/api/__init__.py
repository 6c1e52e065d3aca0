"""The API as others use it: keys of applications, how much each may ask, and webhooks that tell them what happened."""
