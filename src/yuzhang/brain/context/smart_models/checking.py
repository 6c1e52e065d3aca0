"""What is checked on write: by tenant and type, compiled models in memory."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from yuzhang.brain.context.errors import BadRequestData
from yuzhang.brain.context.model import Body, Entity
from yuzhang.brain.context.smart_models import store
from yuzhang.brain.context.smart_models.errors import ModelUnreadable
from yuzhang.brain.context.smart_models.validation import Check, compiled

if TYPE_CHECKING:
    from yuzhang.brain.context.store.transaction import Transaction


class Models:
    """The checks that tenants asked for. Reading is safe from any thread; `learn` puts a new set in the place of the old one."""

    def __init__(self) -> None:
        self._required: dict[str, dict[str, Check]] = {}
        self._asked: list[tuple[str, ...]] = []
        self._compiled: dict[str, Check] = {}

    def learn(self, transaction: "Transaction") -> None:
        """Bring the checks up to date with what is kept: this process, or another one, may have changed it.

        The writer does so before the first work of a transaction. Cheap if nothing changed: one query over a small table.
        """
        asked = transaction.all(store.ASKED_FOR)
        if asked == self._asked:
            return
        compiled_now: dict[str, Check] = {}
        required: dict[str, dict[str, Check]] = {}
        for tenant, type_name, model, digest in asked:
            key = f"{model}\n{digest}"
            check = compiled_now.get(key) or self._compiled.get(key)
            if check is None:
                check = _compiled(transaction, model)
            compiled_now[key] = check
            required.setdefault(tenant, {})[type_name] = check
        self._compiled, self._required, self._asked = compiled_now, required, asked

    def check(self, tenant: str, entity: Entity) -> None:
        """Raises BadRequestData if the tenant asks for a model that the entity does not fit. One look-up if it asks for none."""
        if tenant in self._required:
            check = self.checker(tenant, entity.types)
            if check is not None:
                check(entity.body)

    def checker(self, tenant: str, types: Sequence[str]) -> Check | None:
        """The check of a whole entity of these types before it is kept, None if there is nothing to check.

        The check raises BadRequestData. An entity of several types must fit the model of each that the tenant asks for.
        """
        required = self._required.get(tenant)
        if required is None:
            return None
        checks = [check for check in (required.get(one) for one in types) if check is not None]
        if len(checks) < 2:
            return checks[0] if checks else None

        def all_of_them(body: Body) -> None:
            for check in checks:
                check(body)

        return all_of_them


def _compiled(transaction: "Transaction", model: str) -> Check:
    """The check of a kept model; one that cannot be read any more (its words are of an older Yuzhang) refuses what it should check."""
    try:
        found = store.one(transaction.connection, model)
        if found is not None:
            return compiled(found)
    except ModelUnreadable as err:
        detail = err.detail

        def refuse(_: Body) -> None:
            raise BadRequestData(detail, where=model)

        return refuse
    return _accept


def _accept(_: Body) -> None:
    """No rule to break."""
