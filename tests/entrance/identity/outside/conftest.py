"""What the tests of the provider start from."""

from entrance.identity.provider.conftest import founded

__all__ = ["founded"]
