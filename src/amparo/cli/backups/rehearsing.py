"""A rehearsal: a backup is restored into a scratch place, compared, opened where the keys are given, and written down."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from amparo.desk.config.site import Site

from .. import serving, sites
from . import identity, manifests, restoring, served


def rehearse(opened: restoring.Opened, opener: identity.Opener, *, url: str, scratch: Path | None, unlock: Any) -> dict[str, Any]:
    """Restore into a scratch place that is emptied afterwards, and return the protocol.

    `unlock` returns the site's master key for a restored site, or None where nobody gave it.
    """
    begun = datetime.datetime.now(datetime.UTC)
    if scratch is not None:
        with sites.clear_disk_errors(scratch):
            scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = Path(tempfile.mkdtemp(prefix="amparo-rehearsal-", dir=scratch))
    try:
        folder = place / "site"
        restoring.restore(opened, folder, opener, url=url, may_draw=False, now=begun)
        site = Site.load(folder)
        master = unlock(site)
        proof = proved(site, master, url) if master is not None else None
    finally:
        if url and (place / "site").exists():
            served.clear(url)
        shutil.rmtree(place, ignore_errors=True)
    return protocol(opened, begun, proof)


def proved(site: Site, master: bytes, url: str) -> dict[str, Any]:
    """Open the restored site in a process of its own and return what opened."""
    environment = {name: os.environ[name] for name in serving.PASSED_ON if name in os.environ}
    environment |= {"AMPARO_SITE": str(site.folder)} | (dict.fromkeys(("DATABASE_URL", "DATABASE_OWNER_URL"), url) if url else {})
    child = serving.start("prove", [], environment, master, stdout=subprocess.PIPE)
    told, _ = child.communicate()
    if child.returncode != 0:
        raise sites.refuse("restore_not_proved")
    return dict(json.loads(told))


def protocol(opened: restoring.Opened, begun: datetime.datetime, proof: dict[str, Any] | None) -> dict[str, Any]:
    """Return what was compared and found, with its date, as it is kept."""
    manifest, contents = opened.manifest, opened.contents
    good = not contents.missing and (proof is None or proof.pop("is_whole"))
    return {
        "rehearsed_at": begun.isoformat(timespec="seconds"),
        "seconds": round((datetime.datetime.now(datetime.UTC) - begun).total_seconds(), 1),
        "backup": manifest.id,
        "taken_at": manifest.taken_at,
        "taken_by": f"amparo {manifest.program}",
        "manifest_sha256": restoring.streams.sum_of(opened.folder / manifests.MANIFEST).sha256,
        "database": manifest.database,
        "files_equal": len(contents.plain),
        "files_missing": list(contents.missing),
        "tables_equal": {name: rows for name, (rows, _) in sorted(contents.facts.tables.items())},
        "shape_equal": True,
        "migrations_equal": len(contents.facts.migrations),
        "opened": proof,
        "is_good": bool(good),
        "python": sys.version.split()[0],
    }
