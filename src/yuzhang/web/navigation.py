"""The places of the application that a party may open: what the header of every page leads to."""

from dataclasses import dataclass

from yuzhang.core.access import POLICIES, Party


@dataclass(frozen=True, slots=True)
class Place:
    """A place with its English name. It is shown to whoever may do its action, or `also`; `plain`: in elder mode too."""

    address: str
    name: str
    action: str
    plain: bool = False
    also: str = ""


PLACES = (
    Place("/plan", "Plan", "plan.registry.actions.plans", plain=True),
    Place("/city", "City", "brain.context.actions.uses", plain=True),
    Place("/history", "City history", "brain.history.browsing.search"),
    Place("/sql", "SQL", "brain.history.sql.actions.tables"),
    Place("/api/try", "Try the API", "entrance.api.description.trying.endpoints"),
    Place("/admin/parties", "Parties", "entrance.identity.parties.invite", also="entrance.identity.granting.grant"),
    Place("/admin/clients", "Programs", "entrance.identity.provider.clients.actions.registered"),
    Place("/policy", "Policies", "entrance.policy.actions.policies"),
    Place("/audit", "Audit", "entrance.audit.actions.overview"),
)


def places(caller: Party) -> list[Place]:
    """Those that `caller` may open."""
    return [one for one in PLACES if opens(caller, one.action) or (one.also and opens(caller, one.also))]


def opens(caller: Party, action: str) -> bool:
    """Whether `caller` may do an action of that name; nobody may what no room offers."""
    policy = POLICIES.get(action)
    return policy is not None and caller.guard.allows(caller, policy, policy.about)
