"""The room's object: the policies of an installation, and the decisions that they give, fast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from cedarpy import Entities, PolicySet

from yuzhang.core.access import POLICIES, Object, Party, Policy
from yuzhang.entrance.policy.cedar import schema
from yuzhang.entrance.policy.cedar.asking import asked, asked_for_each, entities_told
from yuzhang.entrance.policy.cedar.slicing import Slice, names_objects, policy_set, sliced
from yuzhang.entrance.policy.cedar.statements import read
from yuzhang.entrance.policy.explaining import explained
from yuzhang.entrance.policy.keeping import Recent
from yuzhang.entrance.policy.model import Explanation, Question, Statement
from yuzhang.entrance.policy.notation import PARTIES, Known, nobody

SHIPPED = Path(__file__).parent / "policies"
DECISIONS, KNOWN = 20_000, 5_000
"""How many decisions, and how many parties with an action, are remembered before the oldest go; each twice at most."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """One state of the policies, with what was asked of it; replaced as a whole when they change.

    `asked_before`: the newest questions by the very objects that were asked about: whoever asks again brings the same ones.
    """

    statements: tuple[Statement, ...]
    policies: PolicySet
    by_name: bool
    slices: Recent[Slice]
    known: Recent[Entities]
    decisions: Recent[bool]
    asked_before: dict[tuple[int, int, int], tuple[Party, Policy, Object, bool]] = field(default_factory=dict)


class Decider:
    """Decides by the policies that are shipped and those of `extra` folders: a city's own, an installation's own.

    `people` finds a party by its id, for questions about it; whoever keeps parties puts it there.
    Raises (when it is made): PolicyRefused for a file with a fault.
    """

    def __init__(self, extra: Sequence[Path] = (), *, actions: Mapping[str, Policy] = POLICIES) -> None:
        self.people: Known = nobody
        self._extra = tuple(extra)
        self._actions = actions
        self._loaded = self._load()

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the policies come from."""
        return (SHIPPED, *self._extra)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Every policy, by file."""
        return self._loaded.statements

    def reload(self) -> int:
        """Read the files again and forget what was decided; how many policies there are. Raises PolicyRefused: then all stays as it was."""
        self._loaded = self._load()
        return len(self._loaded.statements)

    def allows(self, caller: Party, policy: Policy, about: Object) -> bool:
        """Whether `caller` may do the action on `about`."""
        loaded = self._loaded
        at = (id(caller), id(policy), id(about))
        same = loaded.asked_before.get(at)
        if same is not None and same[0] is caller and same[1] is policy and same[2] is about:
            return same[3]
        key = _key(caller, policy, about, loaded.by_name)
        found = loaded.decisions.get(key)
        if found is None:
            found = loaded.decisions.keep(key, _decided(loaded, caller, policy, [about])[0])
        if len(loaded.asked_before) >= KNOWN:
            loaded.asked_before.clear()
        loaded.asked_before[at] = (caller, policy, about, found)
        return found

    def permitted(self, caller: Party, policy: Policy, abouts: Sequence[Object]) -> list[bool]:
        """Whether `caller` may do the action, on each of several objects; what they have in common is asked once."""
        loaded = self._loaded
        keys = [_key(caller, policy, one, loaded.by_name) for one in abouts]
        new = {key: one for key, one in zip(keys, abouts, strict=True) if loaded.decisions.get(key) is None}
        answers = dict(zip(new, _decided(loaded, caller, policy, list(new.values())), strict=True)) if new else {}
        for key, answer in answers.items():
            loaded.decisions.keep(key, answer)
        return [answers[key] if key in answers else bool(loaded.decisions.get(key)) for key in keys]

    def why(self, caller: Party, policy: Policy, about: Object) -> Explanation:
        """The decision with the policies that gave it, or what would have to be different."""
        return explained(self._loaded.statements, self._loaded.policies, Question(caller, policy, about))

    def asked_of_all(self, caller: Party, policy: Policy, about: Object) -> bool:
        """The same decision in the slow way: every policy is evaluated, nothing is remembered. For tests and measurements."""
        return asked(self._loaded.policies, caller, policy, about)[0]

    def asked_anew(self, caller: Party, policy: Policy, about: Object) -> bool:
        """The decision without what was remembered of decisions. For tests and measurements."""
        return _decided(self._loaded, caller, policy, [about])[0]

    def remembered(self) -> int:
        """How many decisions are remembered now."""
        return len(self._loaded.decisions)

    def roles_that_may(self, action: str) -> tuple[str, ...]:
        """Who may do the action of that name, in the notation of questions (`role:plan-officer`, `kind:citizen`).

        Each is asked as at their best: two factors, a declared purpose, an application with both scopes.
        """
        policy = self._actions[action]
        return tuple(name for name, party in PARTIES.items() if self.allows(party, policy, policy.about))

    def _load(self) -> Loaded:
        contents = _contents(self.folders)
        folders = tuple(dict.fromkeys(file.parent for file, _ in contents))
        statements, policies = _checked(folders, contents, frozenset(self._actions.items()))
        return Loaded(statements, policies, names_objects(statements), Recent(KNOWN), Recent(KNOWN), Recent(DECISIONS))


def _contents(folders: Sequence[Path]) -> tuple[tuple[Path, bytes], ...]:
    """The policy files as they are now; one that cannot be read is empty here, and refused when it is read into statements."""
    found: dict[Path, bytes] = {}
    for file in (file for folder in folders for file in sorted(folder.glob("*.cedar"))):
        try:
            found[file] = file.read_bytes()
        except OSError:
            found[file] = b""
    return tuple(found.items())


@lru_cache(maxsize=4)
def _checked(
    folders: tuple[Path, ...], contents: tuple[tuple[Path, bytes], ...], actions: frozenset[tuple[str, Policy]]
) -> tuple[tuple[Statement, ...], PolicySet]:
    """The statements of the files and the same for Cedar; what was found right is not checked again while `contents` is the same."""
    shipped = read(folders[:1])
    statements = read(folders) if len(folders) > 1 else shipped
    schema.check(statements, schema.schema(dict(sorted(actions)), schema.named(shipped)))
    return statements, policy_set(one.node for one in statements)


def _key(caller: Party, policy: Policy, about: Object, by_name: bool) -> tuple[object, ...]:
    """All that a decision depends on, flat: hashing it has to be faster than deciding."""
    return (
        caller.id,
        caller.roles,
        caller.kind,
        caller.unit,
        caller.region,
        caller.acting_for,
        caller.factors,
        caller.scopes,
        caller.purpose,
        caller.peer,
        policy.action,
        policy.right,
        policy.reads,
        policy.room,
        about.room,
        about.id if by_name else "",
        about.kind,
        about.owner,
        about.unit,
        about.region,
        about.level,
        about.personal,
    )


def _decided(loaded: Loaded, caller: Party, policy: Policy, abouts: list[Object]) -> list[bool]:
    slice_key = (*_action_key(policy), caller.kind, caller.roles, caller.scopes is None)
    found = loaded.slices.get(slice_key)
    if found is None:
        found = loaded.slices.keep(slice_key, sliced(loaded.statements, caller, policy))
    if found.policies is None:
        return [False] * len(abouts)
    try:
        return _asked(loaded, found.policies, found, caller, policy, abouts)
    except ValueError:  # such as half of a surrogate pair in a name: what cannot be asked is a no
        return [False] * len(abouts)


def _asked(
    loaded: Loaded, policies: PolicySet, found: Slice, caller: Party, policy: Policy, abouts: list[Object]
) -> list[bool]:
    told = found.attributes
    known_key = (*_key(caller, policy, abouts[0], False)[:8], *_action_key(policy))
    known = loaded.known.get(known_key)
    if known is None:
        known = loaded.known.keep(known_key, entities_told(caller, policy, told, found.grouped))
    if loaded.by_name:
        return [asked_for_each(policies, known, caller, policy, [one], told)[0] for one in abouts]
    if len(abouts) > 1:  # names have to differ, and say nothing
        abouts = [replace(one, id=str(number)) for number, one in enumerate(abouts)]
    return asked_for_each(policies, known, caller, policy, abouts, told)


def _action_key(policy: Policy) -> tuple[object, ...]:
    return policy.action, policy.right, policy.reads, policy.room
