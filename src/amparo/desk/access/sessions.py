"""What a session holds lies sealed in the database: a link for a new member, a second factor being set up, an address."""

from __future__ import annotations

import json
from typing import Any

from amparo.desk.core import keys

PLACE = "session"


class Sealed:
    """Writes sessions sealed under the site's key; one that does not open is an empty one, and its owner signs in again."""

    def dumps(self, held: dict[str, Any]) -> bytes:
        """Return a session as it is stored."""
        return keys.seal_at_site("sessions", json.dumps(held).encode(), PLACE)

    def loads(self, stored: bytes) -> dict[str, Any]:
        """Return what a stored session holds."""
        held: dict[str, Any] = json.loads(keys.unseal_at_site("sessions", stored, PLACE))
        return held
