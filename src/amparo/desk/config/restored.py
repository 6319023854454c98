"""What a restored site does before it lets anybody in: it writes down that it was put back.

The mark beside the database tells from which backup and when. It stays: `publication.draws` reads
there whether noise may ever be drawn again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from amparo.desk.access.models import Organisation
from amparo.desk.audit import chain


def mark() -> Path:
    """Return where the mark lies."""
    return Path(settings.SITE_FOLDER) / "restored.json"


def told() -> dict[str, Any] | None:
    """Return what the mark tells, or None on a site that was never restored."""
    try:
        held: dict[str, Any] = json.loads(mark().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return held


def settle() -> bool:
    """Record in every organisation's chain that the site was put back, once; say whether there was anything to record."""
    held = told()
    if held is None or held["is_recorded"]:
        return False
    details = {"backup": held["backup"], "taken_at": held["taken_at"], "may_draw": held["may_draw"]}
    with transaction.atomic():
        for organisation in Organisation.objects.all():
            chain.record("site.restored", organisation_id=organisation.id, details=details)
    fresh = mark().with_suffix(".fresh")
    fresh.write_text(json.dumps(held | {"is_recorded": True}) + "\n", encoding="utf-8")
    fresh.replace(mark())
    return True
