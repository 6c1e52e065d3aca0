"""The classifications of all tenants in memory, and what each party may see by them."""

from dataclasses import dataclass, replace
from time import monotonic

from yuzhang.brain.context.classification.model import Classes, holds_personal
from yuzhang.brain.context.classification.rules import rules_of
from yuzhang.brain.context.classification.sight import CHANGED, OBSERVED, SEEN, Sight
from yuzhang.brain.context.classification.store import read_all, types_there
from yuzhang.brain.context.store.engines import Database
from yuzhang.brain.context.store.entities import EntityStore
from yuzhang.brain.context.store.numbering import Numbering
from yuzhang.brain.context.threads import in_thread
from yuzhang.core.access import ROLES, Guard, Object, Party, Policy, RoleGuard

LOOKED_AT_S = 1.0
"""So long a sight is taken for right without a look at the types and places that there are."""
ANSWERED_S = 10.0
"""So long what the policies said is taken for right."""
MOST_SIGHTS = 4096
NO_CLASSES: Classes = {}


@dataclass(frozen=True, slots=True)
class _Kept:
    guard: Guard
    classes: Classes
    until: float
    answered_until: float
    answers: dict[Object, bool]
    sight: Sight | None


class Sights:
    """What parties may see. To be used from any thread.

    `guard` decides for parties that are not here to ask for themselves: those that subscribed.
    """

    def __init__(self, database: Database, numbering: Numbering, store: EntityStore) -> None:
        self.guard: Guard = ROLES
        self._database = database
        self._numbering = numbering
        self._store = store
        self._classes: dict[str, Classes] | None = None
        self._last: tuple[Party, str, Policy, _Kept] | None = None
        self._absent: dict[Party, Party] = {}
        self._kept: dict[tuple[Party, int, str, str], _Kept] = {}

    def classes(self, tenant: str) -> Classes:
        """What a tenant classified, by the names of types."""
        found = self._classes
        if found is None:
            found = self._classes = read_all(self._database.reader())
        return found.get(tenant, NO_CLASSES)

    def load(self) -> None:
        """Read what was classified anew: it was changed."""
        self._classes = read_all(self._database.reader())
        self._kept.clear()
        self._last = None

    async def learn(self) -> None:
        """Follow what another process classified."""
        await in_thread(self.load)

    def of(self, caller: Party, tenant: str, policy: Policy = SEEN) -> Sight | None:
        """What a party may see of a tenant's entities; None if that is everything, and nothing of it is remembered when it is read."""
        guard = caller.guard
        if guard.__class__ is RoleGuard and policy.right in caller.roles:
            return None  # there are no policies of data where there is no entrance
        last = self._last
        if last is not None and last[0] is caller and last[1] == tenant and last[2] is policy:
            kept = last[3]  # whoever asks twice is not looked for by all that is known of them
            if kept.until > monotonic() and kept.classes is self.classes(tenant):
                return kept.sight
        key = (caller, id(guard), tenant, policy.action)
        found = self._kept.get(key)
        if found is not None and found.until > monotonic() and found.classes is self.classes(tenant):
            self._last = (caller, tenant, policy, found)
            return found.sight
        return self._decided(key, policy, found)

    def changing(self, caller: Party, tenant: str) -> Sight | None:
        """What it may change; None if that is everything."""
        return self.of(caller, tenant, CHANGED)

    def observing(self, caller: Party, tenant: str) -> Sight | None:
        """What it may bring observations of; None if that is everything."""
        return self.of(caller, tenant, OBSERVED)

    def of_absent(self, owner: Party, tenant: str) -> Sight | None:
        """The same for a party that is not here: who was kept with what it wanted."""
        present = self._absent.get(owner)
        if present is None or present.guard is not self.guard:
            if len(self._absent) >= MOST_SIGHTS:
                self._absent.clear()
            present = self._absent[owner] = replace(owner, guard=self.guard)
        return self.of(present, tenant)

    def _decided(self, key: tuple[Party, int, str, str], policy: Policy, before: _Kept | None) -> Sight | None:
        caller, _, tenant, _ = key
        now, classes = monotonic(), self.classes(tenant)
        if before is not None and before.answered_until > now and before.classes is classes:
            answers, until = before.answers, before.answered_until
            sight = before.sight or Sight(caller, classes, answers, policy)
        else:
            answers, until = {}, now + ANSWERED_S
            sight = Sight(caller, classes, answers, policy)
        personal = policy is SEEN and caller.guard.noting and any(map(holds_personal, classes.values()))
        sight.narrow = not self._sees_all(sight, tenant)
        everything = not sight.narrow and not personal
        if len(self._kept) >= MOST_SIGHTS:
            self._kept.clear()
        self._kept[key] = _Kept(caller.guard, classes, now + LOOKED_AT_S, until, answers, None if everything else sight)
        return None if everything else sight

    def _sees_all(self, sight: Sight, tenant: str) -> bool:
        """Whether nothing is hidden from it: of the types that are there or classified, and of one that nobody has thought of."""
        reader = self._database.reader()
        space = self._numbering.space(tenant)
        there = [] if space is None else [self._numbering.text(one) for one in types_there(reader, space)]
        kinds = dict.fromkeys(["", *sight.classes, *there])
        declared = frozenset() if space is None else self._store.declared(space)
        rules = rules_of(sight, kinds, reader, space, declared, self._numbering.known)
        if rules.unseen or any(rules.hidden.values()):
            return False
        # Where no database can decide, what is seen even elsewhere tells.
        return rules.everything
