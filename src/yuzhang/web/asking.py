"""What every endpoint gets: the party that asks, the storage it asks of, and a file that a form carries along."""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.web.bounds import MAX_BODY_BYTES
from yuzhang.web.gate import caller_of


def storage_of(request: Request) -> Storage:
    """The application's storage."""
    storage = request.app.state.storage
    assert isinstance(storage, Storage)  # noqa: S101  # app.py puts it there
    return storage


@dataclass(frozen=True, slots=True)
class CarriedFile:
    """A file that a form carries from the page of differences to the confirmation."""

    name: str
    content: bytes


async def carried_by(request: Request) -> CarriedFile:
    """The file in the fields `name` and `content` (base64). Raises InputRefused if it is damaged."""
    # Read here, since a field declared with Form() ends at 1 MiB.
    async with request.form(max_part_size=MAX_BODY_BYTES) as form:
        name, content = form.get("name"), form.get("content")
    try:
        return CarriedFile(str(name or "-"), base64.b64decode(str(content or "?"), validate=True))
    except (binascii.Error, ValueError) as err:
        raise InputRefused(
            Title("随表单带来的文件已损坏。", "The file that the form carries is damaged."),
            where="/content",
            fix=Title("请重新选择文件，比较后再确认。", "Choose the file again, compare, then confirm."),
        ) from err


LARGEST = 2**63 - 1
"""The largest number that a database knows."""
Number = Annotated[int, Path(ge=0, le=LARGEST)]
"""The number of a row in an address."""
Caller = Annotated[Party, Depends(caller_of)]
Store = Annotated[Storage, Depends(storage_of)]
Carried = Annotated[CarriedFile, Depends(carried_by)]
