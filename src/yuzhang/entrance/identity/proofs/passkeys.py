"""Passkeys (WebAuthn): a key pair in a device that only opens for its owner. Source: W3C Web Authentication Level 3.

A passkey is found without a sign-in name (discoverable), and the device checks its owner each time (user verification).
"""

from dataclasses import dataclass

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from yuzhang.core.language import Title
from yuzhang.entrance.identity.errors import ProofRefused

NAME = "Yuzhang 豫章"
TIMEOUT_MS = 300_000
UNREADABLE = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the library raises for answers that do not fit, and for those that no device gives."""
OWNER = AuthenticatorSelectionCriteria(
    resident_key=ResidentKeyRequirement.REQUIRED,
    require_resident_key=True,
    user_verification=UserVerificationRequirement.REQUIRED,
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a passkey holds: the domain, and the origin of the pages."""

    domain: str
    origin: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A new passkey: its id, its public key (COSE), its counter."""

    handle: bytes
    public_key: bytes
    counter: int


def to_register(site: Site, party: str, login: str, name: str, challenge: bytes, known: list[bytes]) -> str:
    """What a browser needs to make a passkey, as JSON; devices that hold one of `known` make none."""
    return options_to_json(
        generate_registration_options(
            rp_id=site.domain,
            rp_name=NAME,
            user_id=party.encode(),
            user_name=login,
            user_display_name=name,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            authenticator_selection=OWNER,
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        )
    )


def registered(site: Site, challenge: bytes, answer: str) -> Registered:
    """The passkey that a browser made. Raises ProofRefused."""
    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except UNREADABLE as err:
        raise _refused() from err
    return Registered(found.credential_id, found.credential_public_key, found.sign_count)


def to_sign_in(site: Site, challenge: bytes) -> str:
    """What a browser needs to show a passkey, as JSON."""
    return options_to_json(
        generate_authentication_options(
            rp_id=site.domain,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def handle_of(answer: str) -> bytes:
    """The id of the passkey that an answer is from. Raises ProofRefused."""
    try:
        return base64url_to_bytes(parse_authentication_credential_json(answer).id)
    except UNREADABLE as err:
        raise _refused() from err


def shown(site: Site, challenge: bytes, answer: str, public_key: bytes, counter: int) -> int:
    """The new counter, if the answer is signed by the key. Raises ProofRefused, also for a counter that went back: a copy."""
    try:
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=counter,
            require_user_verification=True,
        )
    except UNREADABLE as err:
        raise _refused() from err
    return found.new_sign_count


def _refused() -> ProofRefused:
    return ProofRefused(
        Title("通行密钥没有通过验证。", "The passkey's answer does not fit."),
        fix=Title("请重新开始一次。", "Begin once more."),
    )
