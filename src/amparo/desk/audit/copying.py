"""Making a copy of the audit record for an auditor outside: signed by the site, without anybody's name or id.

Organisations stand with their ids, because the witness file names them so. Members become keyed
pseudonyms; persons are pseudonyms already. Of details only counts, days and words of the program
leave as they are; everything else becomes a pseudonym, so that no number of a case goes along.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from amparo.desk.core import keys
from amparo.desk.core.models import OrganisationKey

from . import copies, raw
from .digests import seal_of

WORD = re.compile(r"[a-z_]{1,60}(\.[a-z_]{1,60})?|\d{4}-\d{2}-\d{2}", re.ASCII)


def signing_key() -> Ed25519PrivateKey:
    """Return the key that signs this site's copies."""
    return Ed25519PrivateKey.from_private_bytes(keys.site_key("audit-copies"))


def pieces() -> Iterator[bytes]:
    """Yield a copy of the whole record, piece by piece; memory does not grow with it."""
    return copies.write(_lines(), signing_key(), made=timezone.now().isoformat(timespec="seconds"))


def _lines() -> Iterator[dict[str, Any]]:
    for piece in raw.points():
        for point in piece:
            yield {"c": [point.id, point.at, dict(point.heads or {}), point.seal.hex()]}
    ends, _odd = raw.ends()
    known = set(OrganisationKey.objects.values_list("organisation_id", flat=True))
    for owner in sorted(set(ends) & known, key=str):
        yield from _events(owner, ends[owner])


def _events(owner: uuid.UUID, last: int) -> Iterator[dict[str, Any]]:
    chain, hide = keys.organisation_purpose(owner, "audit-chain"), keys.organisation_purpose(owner, "audit-copy")
    for row in raw.events(owner, last):
        place = row.sequence if row.sequence is not None and row.sequence >= 0 else 0
        _owner, _place, at, actor, action, kind, subject, details = row.told or ("", 0, "", "", "", "", "", None)
        who = _hidden(actor, hide) if actor else ""
        seal = seal_of(place, row.digest, chain).hex()
        yield {"e": [str(owner), place, at, who, action, kind, subject, _plain(details, hide), row.digest.hex(), seal]}


def _plain(value: Any, key: bytes) -> Any:
    match value:
        case None | bool() | int():
            return value
        case str():
            return value if WORD.fullmatch(value) else _hidden(value, key)
        case list():
            return [_plain(one, key) for one in value]
        case dict():
            return {_plain(name, key): _plain(one, key) for name, one in value.items()}
    return "~"


def _hidden(text: str, key: bytes) -> str:
    return "~" + hmac.digest(key, text.encode(), hashlib.sha256).hex()[:16]
