"""What can be wrong with a question about the network."""

from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title


class NotWatched(NotFound):
    """There is no such device, or it is not active: nobody listens for it."""

    code = "not-watched"
    title = Title("没有监测这台设备", "The device is not watched")

    @classmethod
    def of(cls, device: str) -> "NotWatched":
        """No active device of that id."""
        return cls(
            Title(f"没有启用的设备 {device[:128]}。", f"There is no active device {device[:128]}."), where="/device"
        )
