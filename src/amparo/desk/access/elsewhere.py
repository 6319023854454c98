"""Accounts elsewhere that a site accepts for signing in: what its configuration says of them. No Django here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Provider:
    """Another office's sign-in (OpenID Connect) that this site accepts, and what of its word counts as a second proof.

    Its secret stands in no file in clear: it is printed by `secret_command`, or lies sealed in the
    folder of keys (`amparo provider-secret`); without either the client is a public one.
    """

    key: str
    name: str
    issuer: str
    client_id: str
    secret_command: tuple[str, ...] = ()
    accepts_acr: tuple[str, ...] = ()
    accepts_amr: tuple[str, ...] = ()

    @classmethod
    def of(cls, told: dict[str, Any]) -> Provider:
        """Read one `[[providers]]` table; raise `ValueError` for what could not be safe."""
        lists = {name: tuple(told.get(name, ())) for name in ("secret_command", "accepts_acr", "accepts_amr")}
        one = cls(told["key"], told["name"], told["issuer"].rstrip("/"), told["client_id"], **lists)
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", one.key):
            raise ValueError("a provider's key is short and holds small letters, digits and hyphens")
        if not is_safe_address(one.issuer):
            raise ValueError("a provider's issuer begins with https://")
        return one


def is_safe_address(address: object) -> bool:
    """Say whether an address is encrypted on its way, or never leaves this computer."""
    parts = urlsplit(address) if isinstance(address, str) else None
    return parts is not None and (
        (parts.scheme == "https" and bool(parts.hostname))
        or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))
    )
