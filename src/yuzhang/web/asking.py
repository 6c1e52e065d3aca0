"""What every endpoint gets: the party that asks and the storage it asks of."""

from typing import Annotated

from fastapi import Depends, Request

from yuzhang.core.access import Party
from yuzhang.core.storage import Storage
from yuzhang.web.gate import caller_of


def storage_of(request: Request) -> Storage:
    """The application's storage."""
    storage = request.app.state.storage
    assert isinstance(storage, Storage)  # noqa: S101  # app.py puts it there
    return storage


Caller = Annotated[Party, Depends(caller_of)]
Store = Annotated[Storage, Depends(storage_of)]
