"""All operations of the HTTP API. Written by `make client` from the OpenAPI document; do not edit."""

from functools import cached_property

from yuzhang.client.calling import Calls
from yuzhang.client.generated.account import Account
from yuzhang.client.generated.audit import Audit
from yuzhang.client.generated.classification import Classification
from yuzhang.client.generated.figures import Figures
from yuzhang.client.generated.history import History
from yuzhang.client.generated.keys import Keys
from yuzhang.client.generated.observations import Observations
from yuzhang.client.generated.parties import Parties
from yuzhang.client.generated.plans import Plans
from yuzhang.client.generated.policy import Policy
from yuzhang.client.generated.search import Search
from yuzhang.client.generated.sql import Sql
from yuzhang.client.generated.webhooks import Webhooks


class Api(Calls):
    """One server; the operations of each room stand under its name. What it is made with: see `Calls`."""

    @cached_property
    def account(self) -> Account:
        """Operations of account."""
        return Account(self)

    @cached_property
    def audit(self) -> Audit:
        """Operations of audit."""
        return Audit(self)

    @cached_property
    def classification(self) -> Classification:
        """Operations of classification."""
        return Classification(self)

    @cached_property
    def figures(self) -> Figures:
        """Operations of figures."""
        return Figures(self)

    @cached_property
    def history(self) -> History:
        """Operations of history."""
        return History(self)

    @cached_property
    def keys(self) -> Keys:
        """Operations of keys."""
        return Keys(self)

    @cached_property
    def observations(self) -> Observations:
        """Operations of observations."""
        return Observations(self)

    @cached_property
    def parties(self) -> Parties:
        """Operations of parties."""
        return Parties(self)

    @cached_property
    def plans(self) -> Plans:
        """Operations of plans."""
        return Plans(self)

    @cached_property
    def policy(self) -> Policy:
        """Operations of policy."""
        return Policy(self)

    @cached_property
    def search(self) -> Search:
        """Operations of search."""
        return Search(self)

    @cached_property
    def sql(self) -> Sql:
        """Operations of sql."""
        return Sql(self)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Operations of webhooks."""
        return Webhooks(self)
