"""TLS of the listener's own: the certificate that it shows, and its key."""

import ssl
from pathlib import Path

from yuzhang.core.language import Title
from yuzhang.foundation.sources.mqtt.errors import UnfitCertificate

CERTIFICATE, KEY = "--mqtt-certificate", "--mqtt-key"


def of_files(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """What the listener speaks TLS with, 1.2 or newer; None if neither file is named. Raises UnfitCertificate that says which is wrong."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        missing = CERTIFICATE if certificate is None else KEY
        raise UnfitCertificate(
            Title("证书与私钥须同时给出。", "A certificate and its key go together."),
            where=missing,
            fix=Title(f"请加上 {missing} 文件。", f"Add {missing} with the file."),
        )
    for path, option in ((certificate, CERTIFICATE), (key, KEY)):
        _readable(path, option)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # A key with a password would have OpenSSL ask the terminal.
        made.load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError as error:
        raise _unfit(certificate, key, error) from error
    return made


def _readable(path: Path, option: str) -> None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise UnfitCertificate(
            Title(f"无法读取 {path}：{error.strerror}。", f"{path} cannot be read: {error.strerror}."),
            where=option,
            fix=Title("请检查路径，并让服务的用户可读。", "Look at the path, and let the service's user read it."),
        ) from error


def _unfit(certificate: Path, key: Path, error: ssl.SSLError) -> UnfitCertificate:
    is_other = "MISMATCH" in (error.reason or "")
    wrong = (
        Title(f"{key} 不是 {certificate} 的私钥。", f"{key} is not the key of {certificate}.")
        if is_other
        else Title(f"{certificate} 或 {key} 无法使用。", f"{certificate} or {key} cannot be used.")
    )
    return UnfitCertificate(
        wrong,
        where=KEY if is_other else CERTIFICATE,
        fix=Title(
            "两者都用 PEM：证书（连同中间证书），以及没有口令的私钥。",
            "Both are PEM: the certificate with those between it and its root, and its key without a password.",
        ),
    )
