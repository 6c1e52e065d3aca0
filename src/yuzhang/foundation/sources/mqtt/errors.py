"""What can be wrong with MQTT. Nothing of what is refused is filed; it waits as a dead letter."""

from yuzhang.core.errors import InputRefused, TryAgain
from yuzhang.core.language import Title


class NotItsOwn(InputRefused):
    """A device sent something of an entity that is not its own."""

    code, status = "not-its-own", 403
    title = Title("不是该设备的实体", "Not the device's own")

    @classmethod
    def of(cls, device: str, entity: str) -> "NotItsOwn":
        """Which device, and of what."""
        return cls(
            Title(f"设备 {device} 不得写入 {entity[:200]}。", f"The device {device} may not write {entity[:200]}."),
            where="topic",
            fix=Title(
                "请用该实体自己的设备发送，或由管理员把它加入“可写实体”。",
                "Send it with the entity's own device, or have an officer add it to what the device may write.",
            ),
        )


class MqttAway(TryAgain):
    """MQTT is not spoken at the moment."""

    code = "mqtt-away"
    title = Title("MQTT 没有运行", "MQTT does not run")


class UnfitCertificate(InputRefused):
    """The certificate of MQTT or its key is missing, cannot be read, or is none."""

    code = "unfit-certificate"
    title = Title("MQTT 的证书不能使用", "The certificate of MQTT cannot be used")
