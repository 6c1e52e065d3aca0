"""One decider for the tests that only ask."""

import pytest

from yuzhang.entrance.policy.room import Decider


@pytest.fixture(scope="session")
def decider() -> Decider:
    """The decider of the policies that are shipped."""
    return Decider()
