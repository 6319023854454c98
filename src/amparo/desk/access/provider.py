"""Signing in with an account elsewhere (OpenID Connect): what a provider says, believed only as far as it is proved.

The library checks state, code verifier, signature, nonce and clock; what is checked here besides is that
the provider is the one that was configured, for us and for nobody else. Nobody gets or finds an account by an address: only
an account that its owner connected opens this one. What the provider says of a second proof counts where the site says so.
"""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.stages import AuthenticateStage
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import DjangoIntegration, DjangoOAuth2App
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from joserfc.errors import JoseError
from requests import RequestException

from amparo.desk.core import keys, sealing

from .elsewhere import Provider, is_safe_address

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a key that only the provider holds: neither none at all nor a secret that we hold too."""
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
METADATA = "/.well-known/openid-configuration"
SECONDS, LEEWAY_SECONDS = 10, 60
KIND = "provider"


class Failed(Exception):
    """A provider's word could not be believed, or had; the kind of trouble tells nothing of the person."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider said: who came, as a keyed digest; a name to show them once; whether and when they gave a second proof."""

    subject: bytes
    name: str
    has_second_factor: bool
    proved_at: float


class SecondProof(AuthenticateStage):  # type: ignore[misc]
    """Asks for a second proof after a sign-in, unless the provider gave one that this site accepts."""

    def _should_handle(self, request: HttpRequest) -> bool:
        records = get_authentication_records(request, self.login.user)
        is_proved = any(record.get("method") == "mfa" and record.get("type") == KIND for record in records)
        return not is_proved and super()._should_handle(request)


def sealed_secret(key: str) -> Any:
    """Return where a provider's secret lies sealed."""
    return settings.SITE_FOLDER / "keys" / f"provider-{key}.sealed"


def seal_secret(key: str, secret: str) -> None:
    """Keep a provider's secret, sealed under the site's key."""
    sealed = sealing.seal(keys.site_key("provider-secret"), uuid.UUID(int=0), secret.encode(), f"provider/{key}")
    place = sealed_secret(key)
    place.touch(mode=0o600)
    place.write_bytes(sealed)


def _secret(provider: Provider) -> str | None:
    """Return the secret that the site's command prints or its folder keeps sealed; None for a public client."""
    if provider.secret_command:
        try:
            ran = subprocess.run(list(provider.secret_command), capture_output=True, check=True, timeout=SECONDS)
        except (OSError, subprocess.SubprocessError):
            raise Failed("secret_command") from None
        return ran.stdout.decode().strip()
    place = sealed_secret(provider.key)
    if not place.exists():
        return None
    return sealing.unseal(keys.site_key("provider-secret"), place.read_bytes(), f"provider/{provider.key}").decode()


def _app(provider: Provider) -> DjangoOAuth2App:
    """Return the library's client, once the provider's description of itself is that of the one configured."""
    secret = _secret(provider)
    app = DjangoOAuth2App(
        DjangoIntegration(provider.key),
        name=provider.key,
        client_id=provider.client_id,
        client_secret=secret,
        server_metadata_url=provider.issuer + METADATA,
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
            "token_endpoint_auth_method": "client_secret_basic" if secret else "none",
        },
    )
    told = app.load_server_metadata()
    if str(told.get("issuer", "")).rstrip("/") != provider.issuer or not all(is_safe_address(told.get(name)) for name in ENDPOINTS):
        raise Failed("metadata")
    signed = [name for name in told.get("id_token_signing_alg_values_supported", ["RS256"]) if name in ALGORITHMS]
    if not signed:
        raise Failed("signature")
    app.server_metadata["id_token_signing_alg_values_supported"] = signed
    return app


def begin(request: HttpRequest, provider: Provider, *, back: str) -> HttpResponse:
    """Send somebody to the provider; what must come back with them is kept in their session, once."""
    try:
        asked = {"acr_values": " ".join(provider.accepts_acr)} if provider.accepts_acr else {}
        response: HttpResponse = _app(provider).authorize_redirect(request, back, **asked)
    except (AuthlibBaseError, RequestException, ValueError, RuntimeError):
        raise Failed("unreachable") from None
    return response


def finish(request: HttpRequest, provider: Provider) -> Told:
    """Return what the provider said of who comes back from it, or raise `Failed`."""
    try:
        app = _app(provider)
        _check_sender(request, app, provider)
        wanted = {
            "iss": {"essential": True, "values": [app.server_metadata["issuer"]]},
            "aud": {"essential": True, "values": [provider.client_id]},
        }
        token = app.authorize_access_token(request, claims_options=wanted, leeway=LEEWAY_SECONDS)
    except (AuthlibBaseError, JoseError, RequestException, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise Failed(type(error).__name__) from None
    claims = token.get("userinfo")
    if not claims or not isinstance(claims.get("sub"), str):
        raise Failed("nobody")
    return _told(provider, claims)


def _check_sender(request: HttpRequest, app: DjangoOAuth2App, provider: Provider) -> None:
    """Refuse an answer that another provider sent (RFC 9207)."""
    said, promised = request.GET.get("iss"), app.server_metadata.get("authorization_response_iss_parameter_supported")
    if (said or promised) and str(said).rstrip("/") != provider.issuer:
        raise Failed("sender")


def _told(provider: Provider, claims: Mapping[str, Any]) -> Told:
    whole = f"{provider.issuer}\0{claims['sub']}".encode()
    ways = claims.get("amr") or []
    accepted = claims.get("acr") in provider.accepts_acr or bool(set(ways) & set(provider.accepts_amr))
    at = claims.get("auth_time")
    return Told(
        subject=hmac.digest(keys.site_key("provider-subject"), whole, hashlib.sha256),
        name=str(claims.get("email") or claims.get("preferred_username") or "")[:120],
        has_second_factor=accepted,
        proved_at=min(float(at), time.time()) if isinstance(at, int | float) else 0.0,
    )
