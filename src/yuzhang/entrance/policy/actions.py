"""What can be done with policies: read them, ask why, load them again."""

from yuzhang.core.access import Party, action
from yuzhang.entrance.policy.model import Explanation, Statement
from yuzhang.entrance.policy.notation import Asked, party_of, question
from yuzhang.entrance.policy.room import Decider


@action("security", reads=True)
def policies(decider: Decider, caller: Party, /) -> tuple[Statement, ...]:
    """Every policy that holds, by file."""
    return decider.statements


@action("security", reads=True)
def explain(decider: Decider, caller: Party, /, subject: str, asked: Asked) -> Explanation:
    """Why `subject` may or may not. Raises QuestionRefused, PartyNotFound."""
    one = question(party_of(subject, decider.people), asked)
    return decider.why(one.caller, one.policy, one.about)


@action("self", reads=True)
def explain_own(decider: Decider, caller: Party, /, asked: Asked) -> Explanation:
    """Why the caller may or may not, as they are signed in now. Raises QuestionRefused."""
    one = question(caller, asked)
    return decider.why(one.caller, one.policy, one.about)


@action("security", reads=False)
def load_again(decider: Decider, caller: Party, /) -> int:
    """Read the policy files again; how many policies hold now. Raises PolicyRefused: then all stays as it was."""
    return decider.reload()
