"""Code generators: the six digits that a telephone's application shows for thirty seconds. Source: RFC 6238, RFC 4226."""

from datetime import datetime

import pyotp
import segno

STEP_S, DIGITS, DRIFT = 30, 6, 1
"""A code also holds one step before and after its own, for clocks that differ. Source: RFC 6238, 5.2."""
ISSUER = "Yuzhang"


def new_key() -> str:
    """A key of 160 bits in base32, as the applications read it."""
    return pyotp.random_base32()


def address(key: str, login: str) -> str:
    """The address otpauth:// that a QR code shows to the application."""
    return pyotp.TOTP(key, digits=DIGITS, interval=STEP_S).provisioning_uri(name=login, issuer_name=ISSUER)


def drawn(text: str) -> str:
    """A text as a QR code, an SVG to be put into a page."""
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_inline(scale=5, border=4, dark="#000", light="#fff"))


def step(key: str, code: str, now: datetime) -> int | None:
    """The time step whose code it is, None if it is none of those that hold at `now`."""
    generator = pyotp.TOTP(key, digits=DIGITS, interval=STEP_S)
    said = code.replace(" ", "")
    if len(said) != DIGITS or not said.isascii() or not said.isdigit():
        return None
    current = int(now.timestamp()) // STEP_S
    found = None
    for candidate in range(current - DRIFT, current + DRIFT + 1):  # all of them, so that the time is the same
        if pyotp.utils.strings_equal(generator.generate_otp(candidate), said):
            found = candidate
    return found
