"""All operations of the HTTP API. Written by `make client` from the OpenAPI document; do not edit."""

from functools import cached_property

from yuzhang.client.calling import Calls
from yuzhang.client.generated.account import Account
from yuzhang.client.generated.air import Air
from yuzhang.client.generated.audit import Audit
from yuzhang.client.generated.cases import Cases
from yuzhang.client.generated.city import City
from yuzhang.client.generated.classification import Classification
from yuzhang.client.generated.dead_letters import DeadLetters
from yuzhang.client.generated.devices import Devices
from yuzhang.client.generated.events import Events
from yuzhang.client.generated.figures import Figures
from yuzhang.client.generated.history import History
from yuzhang.client.generated.keys import Keys
from yuzhang.client.generated.network import Network
from yuzhang.client.generated.observations import Observations
from yuzhang.client.generated.packs import Packs
from yuzhang.client.generated.parties import Parties
from yuzhang.client.generated.plans import Plans
from yuzhang.client.generated.policy import Policy
from yuzhang.client.generated.regions import Regions
from yuzhang.client.generated.rules import Rules
from yuzhang.client.generated.search import Search
from yuzhang.client.generated.sources import Sources
from yuzhang.client.generated.sql import Sql
from yuzhang.client.generated.units import Units
from yuzhang.client.generated.webhooks import Webhooks


class Api(Calls):
    """One server; the operations of each room stand under its name. What it is made with: see `Calls`."""

    @cached_property
    def account(self) -> Account:
        """Operations of account."""
        return Account(self)

    @cached_property
    def air(self) -> Air:
        """Operations of air."""
        return Air(self)

    @cached_property
    def audit(self) -> Audit:
        """Operations of audit."""
        return Audit(self)

    @cached_property
    def cases(self) -> Cases:
        """Operations of cases."""
        return Cases(self)

    @cached_property
    def city(self) -> City:
        """Operations of city."""
        return City(self)

    @cached_property
    def classification(self) -> Classification:
        """Operations of classification."""
        return Classification(self)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """Operations of dead_letters."""
        return DeadLetters(self)

    @cached_property
    def devices(self) -> Devices:
        """Operations of devices."""
        return Devices(self)

    @cached_property
    def events(self) -> Events:
        """Operations of events."""
        return Events(self)

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
    def network(self) -> Network:
        """Operations of network."""
        return Network(self)

    @cached_property
    def observations(self) -> Observations:
        """Operations of observations."""
        return Observations(self)

    @cached_property
    def packs(self) -> Packs:
        """Operations of packs."""
        return Packs(self)

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
    def regions(self) -> Regions:
        """Operations of regions."""
        return Regions(self)

    @cached_property
    def rules(self) -> Rules:
        """Operations of rules."""
        return Rules(self)

    @cached_property
    def search(self) -> Search:
        """Operations of search."""
        return Search(self)

    @cached_property
    def sources(self) -> Sources:
        """Operations of sources."""
        return Sources(self)

    @cached_property
    def sql(self) -> Sql:
        """Operations of sql."""
        return Sql(self)

    @cached_property
    def units(self) -> Units:
        """Operations of units."""
        return Units(self)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Operations of webhooks."""
        return Webhooks(self)
