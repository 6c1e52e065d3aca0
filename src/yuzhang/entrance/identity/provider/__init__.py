"""The OpenID Connect provider: other programs have their users signed in here."""
