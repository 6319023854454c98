"""What a backup says of itself: signed, written last, and checked byte for byte without any secret.

A backup is a folder. It bears its name only once everything stands in it and the manifest is signed;
until then its name begins with a point. Whatever is missing, added, exchanged or changed is told.
"""

from __future__ import annotations

import datetime
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import identity, streams

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
CONTENTS, DATABASE, SITE = "contents", "database", "site/"
SEALED = ".age"
NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One sealed file: its sealed size in bytes and SHA-256, and of an encrypted source file its size, time and SHA-256.

    The sums of all other sources stand in the sealed contents: a checksum of a short text can be guessed.
    """

    size: int
    sha256: str
    source: tuple[int, int, str] | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """One backup."""

    id: str
    taken_at: str
    program: str
    database: str
    server: int
    recipient: str
    signer: str
    entries: dict[str, Entry] = field(default_factory=dict)
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """Return the bytes that are signed."""
        return json.dumps(asdict(self), sort_keys=True, indent=0).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """Read a manifest back; raise `ValueError` for anything else."""
        held = json.loads(content)
        if not isinstance(held, dict) or held.get("format") != FORMAT:
            raise ValueError("not a manifest of this format")
        try:
            entries = {
                name: Entry(one["size"], one["sha256"], tuple(one["source"]) if one["source"] else None)
                for name, one in held.pop("entries").items()
            }
            made = cls(**held, entries=entries)
        except (KeyError, TypeError, AttributeError):
            raise ValueError("not a manifest") from None
        for name in made.entries:
            if not is_inside(name):
                raise ValueError("a name leads out of the backup")
        return made

    @property
    def moment(self) -> datetime.datetime:
        """When the state was taken."""
        return datetime.datetime.fromisoformat(self.taken_at)


def is_inside(name: str) -> bool:
    """Say whether a name stays inside the folder it is joined to."""
    parts = name.split("/")
    return bool(name) and not name.startswith("/") and "\0" not in name and not {"", ".", ".."} & set(parts)


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a backup: a code, and the name it is about."""

    code: str
    name: str = ""


def write(folder: Path, manifest: Manifest, sealer: identity.Sealer) -> None:
    """Sign the manifest and lay both beside what they tell of."""
    content = manifest.to_bytes()
    for name, told in ((MANIFEST, content), (SIGNATURE, sealer.sign(content))):
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(told)
            file.flush()
            os.fsync(file.fileno())


def read(folder: Path, signer: str = "") -> tuple[Manifest | None, list[Flaw]]:
    """Return a backup's manifest when it is signed, by this signer where one is given, and what is wrong otherwise."""
    try:
        content, signature = (folder / MANIFEST).read_bytes(), (folder / SIGNATURE).read_bytes()
        manifest = Manifest.from_bytes(content)
    except (OSError, ValueError):
        return None, [Flaw("backup_no_manifest")]
    if not identity.is_signed(content, signature, signer or manifest.signer):
        return None, [Flaw("backup_bad_signature")]
    return manifest, []


def check(folder: Path, manifest: Manifest) -> list[Flaw]:
    """Compare every byte of a backup with its manifest; needs no secret."""
    flaws = []
    for name, entry in manifest.entries.items():
        path = folder / (name + SEALED)
        if not path.is_file() or path.is_symlink():
            flaws.append(Flaw("backup_missing", name))
        elif streams.sum_of(path) != streams.Sum(entry.size, entry.sha256):
            flaws.append(Flaw("backup_changed", name))
    known = {name + SEALED for name in manifest.entries} | {MANIFEST, SIGNATURE}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}
    return flaws + [Flaw("backup_added", name) for name in sorted(there - known)]


def standing(place: Path) -> Iterator[Path]:
    """Yield the folders that bear a backup's name, newest first."""
    found = [path for path in place.iterdir() if NAME.fullmatch(path.name) and path.is_dir()] if place.is_dir() else []
    yield from sorted(found, reverse=True)


def newest(place: Path, signer: str) -> tuple[Path, Manifest] | None:
    """Return the newest backup here that this signer signed."""
    for folder in standing(place):
        manifest, _ = read(folder, signer)
        if manifest is not None:
            return folder, manifest
    return None
