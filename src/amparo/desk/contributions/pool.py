"""The pool: encrypted columnar files, versioned by manifests of checksums. Reading, publishing a version, forgetting for good.

Files are written before and outside the transaction that publishes them; publishing is one short
transaction that names them. Publishing, taking somebody out and rewriting files hold the organisation
(`hold`), so that each sees what the others have done or waits for it. A version once published is not
changed; what is taken out for good is taken out of the files of every version, so that an older version
reads as it was, less those rows.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import IntegrityError, transaction
from django.utils import timezone

from amparo.desk.access.models import Organisation
from amparo.desk.core import keys, scope, sealing
from amparo.desk.core.ids import uuid7
from amparo.desk.files import chunks, vault
from amparo.standard.pool import POOL_COLUMNS

from .models import Contribution, Origin, PoolFile, PoolVersion, Tombstone

SHELF = "pool"
ROWS_A_FILE = 50_000
KEYS = ("person_key", "record_key")
COLUMNS = (*POOL_COLUMNS, "contributor", *KEYS)
"""What `read` returns, all text: the standard's columns, the contributor's id, the person's and the record's keyed pseudonyms."""
INSIDE = (*COLUMNS, "contribution")


class Damaged(Exception):
    """A version or one of its files is not what was published: changed, cut, or missing."""


class Conflict(Exception):
    """Somebody published in between what this change was based on: compare anew."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a change to one organisation's rows was based on; it may be published only while this still holds."""

    organisation_id: uuid.UUID
    files: frozenset[uuid.UUID]
    tombstones: frozenset[uuid.UUID]


def current() -> PoolVersion | None:
    """Return the latest version, or None while the pool is empty and always was."""
    return PoolVersion.objects.order_by("-number").first()


def read(version: PoolVersion | int | None = None) -> pl.DataFrame:
    """Return the rows of a version, of the latest by default, in the columns `COLUMNS`.

    Checksums, seals and encryption are verified; raises `Damaged`. Persons who were taken out since are
    left out, also before their files are rewritten. Columns are text, null means not recorded.
    """
    held = _version(version)
    if held is None:
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    _verify(held)
    for _attempt in range(3):
        try:
            parts = [_without_barred(_read_file(file)) for file in _files_of(held)]
            break
        except (FileNotFoundError, keys.KeyDestroyed):
            continue  # rewritten while we read: follow the chain again
    else:
        raise Damaged("a file of the pool is missing")
    return pl.concat([pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String)), *(part.select(COLUMNS) for part in parts)])


def is_whole(version: PoolVersion | int) -> bool:
    """Say whether nobody was taken out of this version since it was published."""
    held = _version(version)
    if held is None:
        return True
    listed = [uuid.UUID(entry["file"]) for entry in held.manifest]
    return not PoolFile.objects.filter(id__in=listed, removed_at__isnull=False).exists()


def verify() -> list[str]:
    """Check every version's seal and every kept file against its checksum; return what is wrong, in codes with ids."""
    flaws = []
    for version in PoolVersion.objects.order_by("number"):
        try:
            _verify(version)
        except Damaged:
            flaws.append(f"version {version.number}")
    for file in PoolFile.objects.filter(removed_at=None):
        try:
            _read_file(file)
        except (Damaged, FileNotFoundError):
            flaws.append(f"file {file.id}")
    return flaws


def _version(version: PoolVersion | int | None) -> PoolVersion | None:
    if version is None:
        return current()
    return PoolVersion.objects.get(number=version) if isinstance(version, int) else version


def _canonical(manifest: Sequence[Mapping[str, Any]]) -> bytes:
    return json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()


def _seal(number: int, checksum: str, before: bytes) -> bytes:
    return hmac.digest(keys.site_key("pool-manifests"), before + f"{number}/{checksum}".encode(), hashlib.sha256)


def _verify(version: PoolVersion) -> None:
    checksum = hashlib.sha256(_canonical(version.manifest)).hexdigest()
    before = PoolVersion.objects.filter(number=version.number - 1).values_list("seal", flat=True).first()
    seal = _seal(version.number, checksum, bytes(before or b""))
    if checksum != version.checksum or not hmac.compare_digest(seal, bytes(version.seal)):
        raise Damaged(f"the manifest of version {version.number} was changed")


def _files_of(version: PoolVersion) -> list[PoolFile]:
    """Return the files to read for a version: those of its manifest, or what took their place since."""
    found = []
    for entry in version.manifest:
        file = PoolFile.objects.filter(id=entry["file"]).first()
        if file is None or file.sha256 != entry["sha256"]:
            raise Damaged("a file is not the one that the manifest names")
        while file is not None and file.removed_at is not None:
            file = file.replaced_by
        if file is not None:
            found.append(file)
    return found


def _read_file(file: PoolFile) -> pl.DataFrame:
    try:
        plain = vault.read(SHELF, file.id, key=file.key(), sealed_sha256=file.sha256)
    except (chunks.Damaged, sealing.Unopenable) as damage:  # changed bytes of the file, or of its key
        raise Damaged(str(damage)) from None
    return pl.read_parquet(io.BytesIO(plain))


def _without_barred(frame: pl.DataFrame) -> pl.DataFrame:
    standing = Tombstone.objects.filter(lifted_at=None, organisation_id__in=frame["contributor"].unique().to_list())
    barred = standing.values_list("person_key", "contribution_id")
    persons = [person for person, _ in barred if person]
    contributions = [str(contribution) for person, contribution in barred if not person]
    return frame.filter(~pl.col("person_key").is_in(persons) & ~pl.col("contribution").is_in(contributions))


def hold(organisation_id: uuid.UUID) -> None:
    """Let nobody else change an organisation's part of the pool until the transaction ends.

    Whoever publishes holds it before they look for tombstones, whoever makes or lifts a tombstone before
    they do, whoever calls one done before they look for files. So a row is either in a file that the
    rewriting sees, or its publishing sees the tombstone. Taken before the audit chain, never after it.
    """
    with scope.of(organisation_id):
        Organisation.objects.select_for_update(no_key=True).only("pk").get(pk=organisation_id)


def base_of(organisation_id: uuid.UUID) -> Base:
    """Return what a change to an organisation's rows starts from now."""
    version = current()
    entries = version.manifest if version else []
    own = frozenset(uuid.UUID(entry["file"]) for entry in entries if entry["organisation"] == str(organisation_id))
    return Base(organisation_id, own, frozenset(_standing(organisation_id)))


def _standing(organisation_id: uuid.UUID) -> Iterable[uuid.UUID]:
    return Tombstone.objects.filter(organisation_id=organisation_id, lifted_at=None).values_list("id", flat=True)


def rows_of(base: Base) -> dict[uuid.UUID, pl.DataFrame]:
    """Return the organisation's present rows, file by file, all columns."""
    try:
        return {file.id: _without_barred(_read_file(file)) for file in PoolFile.objects.filter(id__in=base.files, removed_at=None)}
    except FileNotFoundError:
        raise Conflict from None


def barred_in(organisation_id: uuid.UUID) -> set[str]:
    """Return the keys of the organisation's persons who were taken out for good."""
    return set(
        Tombstone.objects.filter(organisation_id=organisation_id, lifted_at=None)
        .exclude(person_key="")
        .values_list("person_key", flat=True)
    )


def write(rows: pl.DataFrame, *, contribution: Contribution) -> Iterator[PoolFile]:
    """Write rows into encrypted files of at most `ROWS_A_FILE`; the rows of the database are the caller's to save.

    Call inside `vault.writing` and hold it until they are committed.
    """
    whole = rows.with_columns(contributor=pl.lit(str(contribution.organisation_id)), contribution=pl.lit(str(contribution.id)))
    for start in range(0, whole.height, ROWS_A_FILE):
        yield _write_file(whole[start : start + ROWS_A_FILE].select(INSIDE), contribution)


def _write_file(rows: pl.DataFrame, contribution: Contribution) -> PoolFile:
    packed = io.BytesIO()
    rows.write_parquet(packed, compression="zstd")
    file = PoolFile(
        id=uuid7(),
        organisation_id=contribution.organisation_id,
        contribution=contribution,
        origin=contribution.origin,
        rows=rows.height,
    )
    key = os.urandom(32)
    file.seal_key(key)
    written = vault.write(SHELF, file.id, [packed.getvalue()], key=key)
    file.size, file.sha256 = written.sealed_size, written.sealed_sha256
    return file


def rewrite(file: PoolFile, rows: pl.DataFrame, drop: Collection[str]) -> PoolFile | None:
    """Write a file again without some records; None where nothing is left."""
    left = rows.filter(~pl.col("record_key").is_in(list(drop)))
    return _write_file(left, file.contribution) if left.height else None


def publish(
    *,
    base: Base,
    cause: str,
    contribution: Contribution | None,
    new: Sequence[PoolFile],
    instead: Mapping[uuid.UUID, PoolFile | None],
) -> PoolVersion:
    """Make new files, and files in the place of others, the next version; raises `Conflict` when the base no longer holds.

    Must run in the transaction of what it belongs to. The replaced files stay for older versions.
    """
    hold(base.organisation_id)
    last = current()
    if base_of(base.organisation_id) != base:
        raise Conflict
    added = [file for file in (*new, *instead.values()) if file is not None]
    PoolFile.objects.bulk_create(added)
    kept = [entry for entry in (last.manifest if last else []) if uuid.UUID(entry["file"]) not in instead]
    return _publish(last, cause, contribution, [*kept, *(_entry(file) for file in added)])


def _entry(file: PoolFile) -> dict[str, Any]:
    return {"file": str(file.id), "organisation": str(file.organisation_id), "rows": file.rows, "sha256": file.sha256}


def _publish(
    last: PoolVersion | None, cause: str, contribution: Contribution | None, manifest: list[dict[str, Any]]
) -> PoolVersion:
    number = last.number + 1 if last else 1
    checksum = hashlib.sha256(_canonical(manifest)).hexdigest()
    version = PoolVersion(
        number=number,
        cause=cause,
        contribution=contribution,
        manifest=manifest,
        rows=sum(entry["rows"] for entry in manifest),
        checksum=checksum,
        seal=_seal(number, checksum, bytes(last.seal) if last else b""),
    )
    try:
        with transaction.atomic():
            version.save(force_insert=True)
    except IntegrityError:
        raise Conflict from None
    return version


def forget(organisation_id: uuid.UUID) -> int:
    """Rewrite every file of every version that still holds rows of a standing, undone tombstone; return the rows taken out.

    Killed at any point it leaves the pool readable without those rows, and the next call finishes.
    """
    for _attempt in range(20):
        try:
            return _forget(organisation_id)
        except (Conflict, FileNotFoundError):
            continue
    raise Conflict


def _forget(organisation_id: uuid.UUID) -> int:
    undone = list(Tombstone.objects.filter(organisation_id=organisation_id, lifted_at=None, done_at=None))
    if not undone:
        return 0
    alive = {file.id: file for file in PoolFile.objects.filter(organisation_id=organisation_id, removed_at=None)}
    with vault.writing():
        instead, taken = _cleaned(alive.values())
        try:
            gone = _replace(organisation_id, alive, instead, undone)
        except BaseException:
            for file in instead.values():
                if file is not None:
                    vault.remove(SHELF, file.id)
            raise
    for file_id in gone:
        vault.remove(SHELF, file_id)
    return taken


def _cleaned(alive: Iterable[PoolFile]) -> tuple[dict[uuid.UUID, PoolFile | None], int]:
    instead: dict[uuid.UUID, PoolFile | None] = {}
    taken = 0
    for file in alive:
        rows = _read_file(file)
        left = _without_barred(rows)
        if left.height < rows.height:
            instead[file.id] = _write_file(left, file.contribution) if left.height else None
            taken += rows.height - left.height
    return instead, taken


@transaction.atomic
def _replace(
    organisation_id: uuid.UUID,
    alive: Mapping[uuid.UUID, PoolFile],
    instead: Mapping[uuid.UUID, PoolFile | None],
    undone: Sequence[Tombstone],
) -> list[uuid.UUID]:
    hold(organisation_id)
    last = current()
    standing = PoolFile.objects.filter(organisation_id=organisation_id, removed_at=None).values_list("id", flat=True)
    if set(standing) != set(alive):
        raise Conflict
    now = timezone.now()
    PoolFile.objects.bulk_create([file for file in instead.values() if file is not None])
    for file_id, file in instead.items():
        PoolFile.objects.filter(id=file_id).update(removed_at=now, replaced_by=file, wrapped_key=b"")
    if instead:
        manifest = [_entry_after(entry, instead) for entry in (last.manifest if last else [])]
        _publish(last, "forgotten", None, [entry for entry in manifest if entry is not None])
    Tombstone.objects.filter(id__in=[stone.id for stone in undone]).update(done_at=now)
    return list(instead)


def _entry_after(entry: dict[str, Any], instead: Mapping[uuid.UUID, PoolFile | None]) -> dict[str, Any] | None:
    file_id = uuid.UUID(entry["file"])
    if file_id not in instead:
        return entry
    file = instead[file_id]
    return _entry(file) if file is not None else None


def sweep() -> int | None:
    """Remove files of the pool that no row names, left by a killed process; None when somebody is writing."""
    with vault.sweeping() as is_alone:
        if not is_alone:
            return None
        return vault.remove_strangers(SHELF, set(PoolFile.objects.filter(removed_at=None).values_list("id", flat=True)))


__all__ = [
    "COLUMNS",
    "Base",
    "Conflict",
    "Damaged",
    "Origin",
    "current",
    "forget",
    "hold",
    "is_whole",
    "publish",
    "read",
    "sweep",
    "verify",
]
