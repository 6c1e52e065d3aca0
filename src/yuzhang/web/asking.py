"""What every endpoint gets: the party that asks, the storage it asks of, and a file that a form carries along."""

import base64
import binascii
from typing import Annotated

from fastapi import Depends, Request

from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.web.gate import caller_of


def storage_of(request: Request) -> Storage:
    """The application's storage."""
    storage = request.app.state.storage
    assert isinstance(storage, Storage)  # noqa: S101  # app.py puts it there
    return storage


def carried(file: str) -> bytes:
    """The file that a form carries from the page of differences to the confirmation. Raises InputRefused if it is damaged."""
    try:
        return base64.b64decode(file, validate=True)
    except (binascii.Error, ValueError) as err:
        raise InputRefused(
            Title("随表单带来的文件已损坏。", "The file that the form carries is damaged."),
            where="/content",
            fix=Title("请重新选择文件，比较后再确认。", "Choose the file again, compare, then confirm."),
        ) from err


Caller = Annotated[Party, Depends(caller_of)]
Store = Annotated[Storage, Depends(storage_of)]
