"""The places of the application that a party may open: what the header of every page leads to."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from yuzhang.core.access import POLICIES, Party


@dataclass(frozen=True, slots=True)
class Place:
    """A place with its English name. It is shown to whoever may do its action, or `also`; `plain`: in elder mode too.

    `group`: what it stands under in the header; "" for a place of its own.
    """

    address: str
    name: str
    action: str
    plain: bool = False
    also: str = ""
    group: str = ""

    def current(self, here: str) -> str:
        """What `aria-current` says of it on the page `here`: "page", "true" on one that lies within it, or "".

        >>> Place("/cases", "Cases", "").current("/cases/17"), Place("/cases", "Cases", "").current("/cases")
        ('true', 'page')
        """
        return "page" if here == self.address else "true" if here.startswith(f"{self.address}/") else ""


ACTING, SENSING, DATA, OFFICE = "Events and cases", "Devices", "Data", "Administration"
PLACES = (
    Place("/plan", "Plan", "plan.registry.actions.plans", plain=True),
    Place("/city", "City", "entrance.city.actions.look", plain=True),
    Place("/air", "Air quality", "domains.governance.air.actions.air", plain=True),
    Place("/report", "Report something", "brain.cases.actions.report", plain=True),
    Place("/cases", "Cases", "brain.cases.actions.queue", group=ACTING),
    Place("/events", "Events", "brain.rules.actions.events", group=ACTING),
    Place("/rules", "Rules", "brain.rules.actions.rules", group=ACTING),
    Place("/duty", "Duty roster", "entrance.city.duty.actions.turns", group=ACTING),
    Place("/devices", "Devices", "foundation.registry.actions.devices", group=SENSING),
    Place("/network", "Health of devices", "foundation.network.actions.summary", group=SENSING),
    Place("/sources", "Sources", "foundation.sources.connectors.actions.sources", group=SENSING),
    Place("/dead-letters", "Dead letters", "foundation.sources.dead.actions.letters", group=SENSING),
    Place("/entities", "Entities", "brain.context.actions.uses", plain=True, group=DATA),
    Place("/history", "City history", "brain.history.browsing.search", group=DATA),
    Place("/sql", "SQL", "brain.history.sql.actions.tables", group=DATA),
    Place("/api/try", "Try the API", "entrance.api.description.trying.endpoints", group=DATA),
    Place("/packs", "Packs", "operation.packs.actions.packs", group=OFFICE),
    Place("/admin/parties", "Parties", "entrance.identity.parties.invite", also="entrance.identity.granting.grant", group=OFFICE),
    Place("/admin/clients", "Programs", "entrance.identity.provider.clients.actions.registered", group=OFFICE),
    Place("/policy", "Policies", "entrance.policy.actions.policies", group=OFFICE),
    Place("/audit", "Audit", "entrance.audit.actions.overview", group=OFFICE),
)  # fmt: skip


def places(caller: Party) -> list[Place]:
    """Those that `caller` may open."""
    return [one for one in PLACES if opens(caller, one.action) or (one.also and opens(caller, one.also))]


def grouped(some: Iterable[Place]) -> list[tuple[str, list[Place]]]:
    """Places under what they stand in the header, in their order; a place that is alone in its group stands by itself ("").

    >>> [(name, len(some)) for name, some in grouped(one for one in PLACES if one.plain)]
    [('', 1), ('', 1), ('', 1), ('', 1), ('', 1)]
    """
    found: list[tuple[str, list[Place]]] = []
    for name, members in groupby(some, lambda one: one.group or one.address):
        together = list(members)
        found.append(("" if len(together) == 1 else name, together))
    return found


def opens(caller: Party, action: str) -> bool:
    """Whether `caller` may do an action of that name; nobody may what no room offers."""
    policy = POLICIES.get(action)
    return policy is not None and caller.guard.allows(caller, policy, policy.about)
