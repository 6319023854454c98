"""The published releases on disk: verified when first seen and whenever a file changes, kept in memory, never written.

A release that fails its verification is withheld, and the site says that one is.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import traceback
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from polars.exceptions import PanicException

from amparo.bundle import files as names
from amparo.bundle.description import Kind
from amparo.bundle.reading import Bundle
from amparo.bundle.verification import Verdict, verify
from amparo.portal.archive import packed_size

State = tuple[tuple[str, int, int, int, int], ...]
"""Name, inode, size, time of writing and time of change of every file of a folder.

Unequal states are looked at again. The time of change no program can set back; where it stands still
nevertheless, what is shown is what was verified, and what is sent is verified piece by piece.
"""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class File:
    """One file of a release, as its checksums name it."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Release:
    """A verified release. `token` is the checksum of its checksums: it names exactly these bytes."""

    bundle: Bundle
    token: str
    files: tuple[File, ...]
    signer: str | None

    @property
    def id(self) -> str:
        """The release's own name, as in its address."""
        return self.bundle.description.id

    @cached_property
    def archive_size(self) -> int:
        """How many bytes its folder has as one archive."""
        return packed_size(self.id, {one.name: one.size for one in self.files})

    @property
    def is_explorable(self) -> bool:
        """True for invented rows; other kinds of release have no rows that could be counted with margins."""
        return self.bundle.description.kind is Kind.SYNTHETIC

    @property
    def table(self) -> str:
        """The name of the table that people open in a spreadsheet."""
        return names.AGGREGATES_CSV if self.bundle.description.kind is Kind.AGGREGATES else names.DATA_CSV

    @property
    def data_files(self) -> tuple[File, ...]:
        """Its files without the pictures."""
        return tuple(one for one in self.files if not one.name.startswith("pictures/"))

    @property
    def picture_files(self) -> tuple[File, ...]:
        """Its pictures."""
        return tuple(one for one in self.files if one.name.startswith("pictures/"))

    def file(self, name: str) -> File | None:
        """Return one of its files, or None."""
        return next((one for one in self.files if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What stands in the folder now: releases, newest first, how many folders are withheld, and one token for all."""

    releases: tuple[Release, ...]
    withheld: int
    token: str

    @property
    def newest(self) -> Release | None:
        """The newest release that can be explored: the front page shows its figures."""
        return next((release for release in self.releases if release.is_explorable), None)

    def find(self, name: str) -> Release | None:
        """Return a release by its name."""
        return next((release for release in self.releases if release.id == name), None)


@dataclass
class Keeper:
    """Keeps the releases of one folder in memory. Safe to share between threads: one loads, the others wait."""

    folder: Path
    signer: bytes | None = None
    """The 32 raw bytes of the only public key that is believed; without one, an unchanged bundle of anybody's is."""
    _known: dict[str, tuple[State, Release | None]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def shelf(self) -> Shelf:
        """Return the releases that stand there now, looking at the disk again but verifying only what changed."""
        states = {name: _state(self.folder / name) for name in _folders(self.folder)}
        with self._lock:
            for gone in self._known.keys() - states.keys():
                del self._known[gone]
            for name, state in states.items():
                if name not in self._known or self._known[name][0] != state:
                    self._known[name] = (state, _verified(self.folder / name, self.signer))
            found = [release for _, (_, release) in sorted(self._known.items(), key=_own_name_first)]
        return _arranged(found)


def _own_name_first(entry: tuple[str, tuple[State, Release | None]]) -> tuple[bool, str]:
    """Of two folders that claim one release, the one that bears its name is believed."""
    name, (_, release) = entry
    return release is None or release.id != name, name


def _arranged(found: list[Release | None]) -> Shelf:
    by_id: dict[str, Release] = {}
    for release in found:
        if release is not None:
            by_id.setdefault(release.id, release)
    releases = sorted(by_id.values(), key=lambda one: (one.bundle.description.issued, one.id), reverse=True)
    withheld = len(found) - len(releases)
    token = hashlib.sha256(" ".join([*(one.token for one in releases), str(withheld)]).encode()).hexdigest()
    return Shelf(tuple(releases), withheld, token)


def _folders(folder: Path) -> list[str]:
    """Return the names of real folders; hidden ones are releases being written, links are never followed."""
    try:
        with os.scandir(folder) as entries:
            return [one.name for one in entries if one.is_dir(follow_symlinks=False) and not one.name.startswith(".")]
    except OSError:
        return []


def _state(folder: Path) -> State:
    found = []
    try:
        for inside in (folder, folder / "pictures"):
            if not inside.is_dir():
                continue
            with os.scandir(inside) as entries:
                for one in entries:
                    about = one.stat(follow_symlinks=False)
                    found.append((f"{inside.name}/{one.name}", about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns))
    except OSError:
        return (("unreadable", 0, 0, 0, 0),)
    return tuple(sorted(found))


def _verified(folder: Path, signer: bytes | None) -> Release | None:
    """Return the release in a folder, made of the bytes that were verified, or None when it fails verification.

    Whatever a folder makes a reader raise, that folder is withheld and the others are shown. The log says
    of what kind it was and where in the code, not the message, which may quote what stands in the folder.
    A table can also be made to end the process that reads it: where no signer is named, one of its own reads it first.
    """
    try:
        verdict = verify(folder, key=signer, is_apart=signer is None)
        return _release(verdict) if verdict.ok else None
    except (Exception, PanicException) as problem:
        place = traceback.extract_tb(problem.__traceback__)[-1]
        log.error("a release is withheld: %s at %s:%s", type(problem).__qualname__, place.filename, place.lineno)
        return None


def _release(verdict: Verdict) -> Release | None:
    if verdict.bundle is None:
        return None
    if verdict.bundle.description.kind is Kind.SYNTHETIC:
        _ = verdict.bundle.codes, verdict.bundle.by_columns
    listed = tuple(File(name, size, digest) for name, (digest, size) in verdict.files.items())
    return Release(verdict.bundle, verdict.files[names.CHECKSUMS][0], listed, verdict.signer)
