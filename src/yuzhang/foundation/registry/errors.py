"""What can be wrong with devices, units and regions."""

from yuzhang.core.errors import Conflict, InputRefused, NotAllowed, NotFound, TryAgain
from yuzhang.core.language import Title


class UnknownDevice(NotFound):
    """There is no such device."""

    code = "unknown-device"
    title = Title("没有这台设备", "No such device")

    @classmethod
    def of(cls, device: str) -> "UnknownDevice":
        """No device of that id."""
        return cls(
            Title(f"没有设备 {device[:128]}。", f"There is no device {device[:128]}."),
            where="/device",
            fix=Title("请在“设备”页查找。", "Look for it on the page Devices."),
        )


class UnknownRegistration(NotFound):
    """No device waits under that name, or its claim is another one."""

    code = "unknown-registration"
    title = Title("没有这项登记", "No such registration")


class UnfitDevice(InputRefused):
    """What is told of a device does not fit."""

    code = "unfit-device"
    title = Title("设备信息不合要求", "What is told of the device does not fit")


class KnownDevice(Conflict):
    """The id or the entity is another device's."""

    code = "known-device"
    title = Title("设备已登记", "The device is known already")


class WrongStatus(Conflict):
    """The device's status allows no such step."""

    code = "wrong-device-status"
    title = Title("设备状态不允许", "The device's status does not allow it")


class UnfitSheet(InputRefused):
    """Rows of a file cannot be devices; nothing of it was taken."""

    code = "unfit-device-sheet"
    title = Title("设备表中有错误", "The table of devices has faults")


class UnfitPlaces(InputRefused):
    """A city's units or regions cannot be read."""

    code = "unfit-places"
    title = Title("单位或区域文件有误", "The files of units or regions have faults")


class TooManyWaiting(TryAgain):
    """So many devices wait for approval that no more are taken."""

    code, status = "too-many-waiting-devices", 429
    title = Title("等待批准的设备过多", "Too many devices wait for approval")
    retry_after_s = 600


class NotYourEntity(NotAllowed):
    """A device wrote of an entity that is not its own."""

    code = "not-your-entity"
    title = Title("不是该设备的实体", "Not an entity of this device")
