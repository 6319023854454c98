"""A release's bundle on the site's disk: where it waits, where it stands once published, and whether it is the right one."""

from __future__ import annotations

import base64
import hashlib
import uuid
from pathlib import Path

import numpy as np
from django.conf import settings

from amparo.bundle.contents import Measured as Table
from amparo.bundle.files import CHECKSUMS
from amparo.bundle.keys import Signer
from amparo.bundle.reading import Bundle, read
from amparo.bundle.verification import verify
from amparo.desk.core import keys
from amparo.desk.publication import draws
from amparo.desk.publication.models import Release, Spend
from amparo.disclosure import Measurements
from amparo.release import steps
from amparo.standard.reasons import Reason, Refused

SIGNING = "release-signing"
"""The purpose that `config.unlocking`, which lies above, also knows: it tells the portal whose signature to believe."""


def signer() -> Signer:
    """Return the site's signing key, derived from its master key."""
    return Signer.from_bytes(keys.site_key(SIGNING))


def public_key_file() -> Path:
    """Write the site's public key where the office can hand it on, and return the file: with it anybody can check a bundle."""
    path = Path(settings.SITE_FOLDER) / "keys" / "release-signing.pub"
    content = base64.b64encode(signer().public) + b"\n"
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(content)
    return path


def staged() -> Path:
    """Return the folder of generated bundles, out of the portal's sight; those that were refused stay there."""
    return Path(settings.SITE_FOLDER) / "staging"


def staging(pk: uuid.UUID) -> Path:
    """Return where a generated bundle waits for its verdicts."""
    return staged() / str(pk)


def published(name: str) -> Path:
    """Return where a published bundle stands."""
    return Path(settings.SITE_FOLDER) / "bundles" / name


def published_names() -> set[str]:
    """Return the names under which bundles stand where the portal reads."""
    folder = published("")
    return {one.name for one in folder.iterdir() if one.is_dir()} if folder.is_dir() else set()


def require_whole_ledger() -> None:
    """Go on only when every draw, staged bundle and published bundle has its spend here.

    A database put back to an earlier day must not spend again: what it forgot stays spent. A site restored from a
    backup cannot even compare, for what was drawn since stands nowhere in it.
    """
    draws.require_not_restored()
    spent = dict(Spend.objects.values_list("release_id", "release__name"))
    if (draws.releases() | draws.ids_in(staged())) - set(spent) or published_names() - set(spent.values()):
        raise Refused(Reason("publication", "ledger_behind"))


def require_never_drawn(one: Release) -> None:
    """Go on to the draw only where no result of it stands already: one that the database has forgotten, or that is elsewhere."""
    draws.require_not_restored()
    if staging(one.pk).exists() or published(one.name).exists():
        raise Refused(Reason("publication", "ledger_behind"))


def require_of(one: Release, measurements: Measurements, bundle: Bundle) -> None:
    """Go on only with a bundle of this very row: its name, its day, its seed, its measurements."""
    made = bundle.certificate.get("generated")
    told = (bundle.description.id, bundle.description.issued, made.get("seed") if isinstance(made, dict) else None)
    if told != (one.name, one.issued, one.seed) or not _alike(bundle.measurements(), steps.published(measurements)):
        raise Refused(Reason("publication", "ledger_behind"))


def _alike(some: tuple[Table, ...], others: tuple[Table, ...]) -> bool:
    """Say whether two sets of measurements hold the same counts under the same noise."""
    held = {table.columns: table for table in some}
    return len(held) == len(others) and all(
        (found := held.get(table.columns)) is not None and found.sigma == table.sigma and np.array_equal(found.noisy, table.noisy)
        for table in others
    )


def require_whole(folder: Path) -> None:
    """Go on only with a bundle of which every byte is as signed by this site; raise `Refused` otherwise."""
    verdict = verify(folder, key=signer().public)
    if not verdict.ok:
        raise Refused(*verdict.findings)


def is_whole(folder: Path) -> bool:
    """Say whether a whole bundle of this site stands in a folder."""
    return folder.exists() and verify(folder, key=signer().public).ok


def digest_of(folder: Path) -> str:
    """Return the SHA-256 of a bundle's checksums: it names exactly these bytes."""
    return hashlib.sha256((folder / CHECKSUMS).read_bytes()).hexdigest()


def require_reviewed(one: Release, folder: Path) -> None:
    """Go on only with the very bundle that the reviewers saw, under this release's name."""
    if digest_of(folder) != one.bundle_digest or read(folder).description.id != one.name:
        raise Refused(Reason("publication", "not_the_reviewed_one"))
