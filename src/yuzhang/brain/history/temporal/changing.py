"""Who may tell of an entity's past, or erase it: who may change the entity and these attributes."""

from yuzhang.brain.context.classification.errors import not_yours
from yuzhang.brain.context.classification.sight import CHANGED
from yuzhang.brain.context.model import Body
from yuzhang.brain.history.model import Known
from yuzhang.brain.history.room import History
from yuzhang.brain.history.seeing import limit_of
from yuzhang.brain.history.temporal.reading import Account
from yuzhang.core.access import Party


def check_told(
    history: History, caller: Party, tenant: str, entity: str, account: Account, known: Known | None
) -> None:
    """Raises NotYourData if a party may not tell this of an entity; `known` is what history knows of it."""
    sight = history.broker.sights.changing(caller, tenant)
    if sight is None:
        return
    if known is not None and not history.known(tenant, [entity], limit_of(history, caller, tenant, CHANGED)):
        raise not_yours(entity)
    # Its place is the present one, or what is told of it where the present does not know it.
    space = history.broker.numbering.space(tenant)  # None: it will be the tenant's first write
    stored = None if space is None else history.broker.store.retrieve(space, entity)
    told: Body = {name: some[-1].instance for name, some in account.attributes.items() if some}
    present = None if stored is None else stored.open()
    body: Body = told if present is None else told | present.body
    before = [*(known.types if known is not None else []), *(present.types if present is not None else [])]
    types = list(dict.fromkeys([*before, *account.types])) or [""]
    view = sight.of({**body, "type": types})
    if view is None:
        raise not_yours(entity)
    if wrong := view.hidden.intersection(account.attributes):
        raise not_yours(f"{entity}/{min(wrong)}")


def check_erased(history: History, caller: Party, tenant: str, known: Known) -> None:
    """Raises NotYourData if there may be attributes of an entity's past that a party may not change."""
    sight = history.broker.sights.changing(caller, tenant)
    if sight is None:
        return
    space = history.broker.numbering.space(tenant)
    stored = None if space is None else history.broker.store.retrieve(space, known.id)
    body: Body = {} if stored is None else stored.open().body
    view = sight.of({**body, "type": known.types or [""]})
    if view is None or view.hidden:
        raise not_yours(known.id)
