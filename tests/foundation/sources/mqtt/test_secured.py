"""A server with a certificate of its own speaks TLS to devices; files that do not fit are refused with which of them is wrong."""

import asyncio
import os
import ssl
from pathlib import Path

import aiomqtt
import pytest
from typer.testing import CliRunner

from foundation.sources.mqtt.test_devices import free_port
from foundation.sources.mqtt.test_reasons import certificate
from yuzhang import cli
from yuzhang.app import create_app
from yuzhang.core.settings import Settings
from yuzhang.foundation.sources.mqtt.errors import UnfitCertificate
from yuzhang.foundation.sources.mqtt.room import Mqtt
from yuzhang.foundation.sources.mqtt.tls import of_files

PUMP = "urn:ngsi-ld:PumpStation:1"


def test_devices_speak_tls_to_a_server_that_has_a_certificate(tmp_path: Path) -> None:
    to, secret = certificate(tmp_path)
    settings = Settings(tmp_path / "data", mqtt_port=free_port(), trust="machine", mqtt_certificate=to, mqtt_key=secret)
    app = create_app(settings)
    theirs = ssl.create_default_context(cafile=str(to))
    theirs.check_hostname = False
    mqtt: Mqtt = app.state.mqtt

    async def story() -> None:
        await mqtt.start()
        assert (await mqtt.state()).address == f"mqtts://127.0.0.1:{settings.mqtt_port}"
        assert settings.mqtt_port is not None
        device = aiomqtt.Client("127.0.0.1", settings.mqtt_port, identifier="t", tls_context=theirs)
        async with device:
            pass
        with pytest.raises(aiomqtt.MqttError):
            async with aiomqtt.Client("127.0.0.1", settings.mqtt_port, identifier="clear", timeout=2):
                pass
        await mqtt.stop()

    asyncio.run(story())


def test_files_that_do_not_fit_are_refused_with_which_is_wrong(tmp_path: Path) -> None:
    to, secret = certificate(tmp_path)
    (tmp_path / "other").mkdir()
    _, other = certificate(tmp_path / "other")
    none = tmp_path / "none.pem"
    none.write_text("no certificate", encoding="utf-8")
    for given, key, where, says in (
        (to, None, "--mqtt-key", "go together"),
        (None, secret, "--mqtt-certificate", "go together"),
        (tmp_path / "away.pem", secret, "--mqtt-certificate", "No such file"),
        (to, tmp_path / "away.pem", "--mqtt-key", "No such file"),
        (none, secret, "--mqtt-certificate", "cannot be used"),
        (to, other, "--mqtt-key", "is not the key of"),
    ):
        with pytest.raises(UnfitCertificate) as refused:
            of_files(given, key)
        assert refused.value.where == where
        assert says in refused.value.detail.en
        assert refused.value.fix is not None
    assert of_files(None, None) is None


def test_the_command_tells_before_it_starts(tmp_path: Path) -> None:
    command = ["serve", "--data", str(tmp_path / "data"), "--port", "0", "--mqtt-port", "0"]
    variables = {**os.environ, "YUZHANG_MQTT_CERTIFICATE": str(tmp_path / "away.pem"), "YUZHANG_MQTT_KEY": "away.key"}
    refused = CliRunner().invoke(cli.app, command, env=variables)
    assert isinstance(refused.exception, UnfitCertificate)
