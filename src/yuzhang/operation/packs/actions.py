"""What can be asked of packs: which there are, what each brings, and what is wrong with it."""

from yuzhang.core.access import Party, action
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.operation.packs.model import Checked
from yuzhang.operation.packs.room import Packs


@action("operator", reads=True)
def packs(room: Packs, caller: Party, /) -> list[Checked]:
    """All packs, by their id."""
    return room.all()


@action("operator", reads=True)
def pack(room: Packs, caller: Party, /, name: str) -> Checked:
    """One pack by its id, such as `governance/air`. Raises NotFound."""
    for one in room.all():
        if one.pack.id == name:
            return one
    raise NotFound(
        Title(f"没有应用包“{name[:100]}”。", f"There is no pack {name[:100]}."),
        fix=Title("应用包页面列出了全部应用包。", "The page of packs lists them all."),
    )
