"""What can go wrong when a pack is begun. What is wrong in a pack is a Fault, told with all others.

YuzhangError
└── InputRefused
    ├── PackRefused      422  a pack cannot be begun under that name, or its rules cannot be tried
    ├── NotFound
    │   └── PackNotFound 404  no folder of a pack is there
    └── Conflict
        └── PackThere    409  there is one already
"""

from yuzhang.core.errors import Conflict, InputRefused, NotFound
from yuzhang.core.language import Title


class PackRefused(InputRefused):
    """A pack cannot be begun under that name, or its rules cannot be tried."""

    code = "pack-refused"
    title = Title("应用包不可用", "The pack cannot be used")


class PackNotFound(NotFound):
    """No folder of a pack is there."""

    code = "pack-not-found"
    title = Title("找不到应用包", "There is no such pack")


class PackThere(Conflict):
    """There is a pack of that name already; nothing was written."""

    code = "pack-there"
    title = Title("应用包已存在", "The pack is there already")
