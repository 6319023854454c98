"""Every draw of noise, kept beside the database in the moment it is made: never a second draw for one spend.

A database that is put back to an earlier day forgets what was spent and measured, and would draw
again; whoever then held both results had two answers for the price of one. These files do not
forget. A draw that is kept is what measuring gives from then on, whatever the database believes,
and a draw without its spend there stops all spending.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
import hmac
import json
import os
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from amparo.desk.core import folders, keys
from amparo.standard.reasons import Reason, Refused


@dataclass(frozen=True, slots=True)
class Draw:
    """What was measured for one release: its measurements as bytes, the version of the pool, and the day."""

    body: bytes
    pool_version: int
    issued: datetime.date


def folder() -> Path:
    """Return where draws are kept."""
    return Path(settings.SITE_FOLDER) / "draws"


def releases() -> set[uuid.UUID]:
    """Return the ids of all releases that noise was ever drawn for."""
    return ids_in(folder())


def ids_in(place: Path) -> set[uuid.UUID]:
    """Return the ids by which things in a folder are called; whatever is called otherwise is no matter."""
    return set(_ids(path.name for path in place.iterdir())) if place.is_dir() else set()


def _ids(names: Iterable[str]) -> Iterable[uuid.UUID]:
    for name in names:
        with contextlib.suppress(ValueError):
            yield uuid.UUID(name)


def require_not_restored() -> None:
    """Go on only where everything that was ever drawn is known: a site that came back from a backup does not know what came after.

    The mark is the restoring's, beside the database, and it stays; only a site that was moved has leave.
    """
    mark = Path(settings.SITE_FOLDER) / "restored.json"
    if mark.exists() and not json.loads(mark.read_text(encoding="utf-8")).get("may_draw", False):
        raise Refused(Reason("publication", "restored"))


def find(pk: uuid.UUID) -> Draw | None:
    """Return the draw that was kept for a release, if noise was drawn for it; raise `Refused` where the file is damaged."""
    try:
        seal, _, content = (folder() / str(pk)).read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    except OSError:
        raise Refused(Reason("publication", "draw_damaged")) from None
    if not hmac.compare_digest(seal, _seal(pk, content)):
        raise Refused(Reason("publication", "draw_damaged"))
    held = json.loads(content)
    return Draw(base64.b64decode(held["body"]), held["pool_version"], datetime.date.fromisoformat(held["issued"]))


def keep(pk: uuid.UUID, draw: Draw) -> Draw:
    """Keep a draw for good and return the one that is kept: of two that are made at once, the first.

    It is on the disk, whole, before this returns; raises `Refused` where the disk does not take it, and
    then nobody has seen it.
    """
    told = {"body": base64.b64encode(draw.body).decode(), "pool_version": draw.pool_version, "issued": draw.issued.isoformat()}
    content = json.dumps(told, sort_keys=True).encode()
    try:
        _put(folder() / str(pk), _seal(pk, content) + b"\n" + content)
    except FileExistsError:
        first = find(pk)
        if first is None:
            raise
        return first
    except OSError:
        raise Refused(Reason("publication", "draw_not_kept")) from None
    return draw


def _seal(pk: uuid.UUID, content: bytes) -> bytes:
    return hmac.digest(keys.site_key("release-draws"), pk.bytes + content, hashlib.sha256).hex().encode()


def _put(place: Path, content: bytes) -> None:
    """Write a file whole under a name that nothing has yet, and its name with it; raise `FileExistsError` otherwise."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        place.hardlink_to(beside)
        folders.sync(place.parent)
    finally:
        beside.unlink(missing_ok=True)
