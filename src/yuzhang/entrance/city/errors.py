"""What the screen of the city refuses."""

from yuzhang.core.errors import Conflict, InputRefused, NotFound, TryAgain
from yuzhang.core.language import Title


class TooManyScreens(TryAgain):
    """So many screens are open that one more would slow all of them."""

    code = "too-many-screens"
    title = Title("打开的大屏过多", "Too many screens are open")


class NoSuchThing(NotFound):
    """Nothing of that number is on the map, or the caller may not see it."""

    code = "no-such-thing"
    title = Title("地图上没有这一项", "There is no such thing on the map")


class UnfitMap(InputRefused):
    """The settings of the base map cannot be used."""

    code = "unfit-map"
    title = Title("底图设置不可用", "The settings of the base map cannot be used")


class UnfitTurn(InputRefused):
    """A turn of duty cannot be kept as it is given."""

    code = "unfit-turn"
    title = Title("值班安排不可用", "This turn of duty cannot be kept")


class UnfitEntry(InputRefused):
    """An entry of the field cannot be taken as it is."""

    code = "unfit-entry"
    title = Title("现场记录不可用", "This entry cannot be taken")


class EntryDiffers(Conflict):
    """The same key came before with other content."""

    code = "entry-differs"
    title = Title("同一编号的内容不同", "The same key came with other content")


class EntryOfAnother(Conflict):
    """An entry of the field was written by somebody else than who is signed in now; it waits for them on the phone."""

    code = "entry-of-another"
    title = Title("这条记录由他人填写", "This entry is another's")
