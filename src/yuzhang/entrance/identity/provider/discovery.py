"""What the provider says of itself. Source: OpenID Connect Discovery 1.0, 3; RFC 9207; Back-Channel Logout 1.0, 2.1."""

from typing import Any

from yuzhang.core.settings import Settings
from yuzhang.entrance.identity.provider.model import ACR, ALGORITHMS, GRANT_TYPES, METHODS, SCOPES

PROOF_ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
"""How clients may sign their own proofs (RFC 7523)."""
CLAIMS = (
    "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid", "name", "preferred_username", "locale", "email",
    "email_verified", "phone_number", "phone_number_verified",
)  # fmt: skip


def issuer(settings: Settings) -> str:
    """The name of this provider: the address that the outside reaches it by.

    >>> from pathlib import Path
    >>> issuer(Settings(Path("data")))
    'http://127.0.0.1:8700'
    """
    if settings.public_address:
        return settings.public_address.rstrip("/")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def document(own: str) -> dict[str, Any]:
    """The answer at /.well-known/openid-configuration for the issuer `own`."""
    proving = {
        "token_endpoint_auth_methods_supported": list(METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(PROOF_ALGORITHMS),
    }
    return {
        "issuer": own,
        "authorization_endpoint": f"{own}/oauth2/authorize",
        "token_endpoint": f"{own}/oauth2/token",
        "userinfo_endpoint": f"{own}/oauth2/userinfo",
        "jwks_uri": f"{own}/oauth2/jwks",
        "revocation_endpoint": f"{own}/oauth2/revoke",
        "introspection_endpoint": f"{own}/oauth2/introspect",
        "end_session_endpoint": f"{own}/oauth2/logout",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "acr_values_supported": list(ACR.values()),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "claims_supported": list(CLAIMS),
        "claim_types_supported": ["normal"],
        "display_values_supported": ["page", "popup"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": ["zh-CN", "en"],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_request_uri_registration": False,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        **proving,
        **{name.replace("token_", "revocation_", 1): value for name, value in proving.items()},
        **{name.replace("token_", "introspection_", 1): value for name, value in proving.items()},
    }
