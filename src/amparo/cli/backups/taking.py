"""Taking a backup while the office works: in an order in which everything that the database names is there.

First the encrypted files, which are written before a row names them; then one state of the database;
then those files that it names and that came meanwhile. What it does not name is left out again: a
file that somebody erased meanwhile does not live on here. The audit record's witnesses are cut to where
that state ends. Draws and bundles come last, staging before published: what moves from one to the
other is then in one of them at least.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import io
import json
import os
import secrets
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amparo import __version__
from amparo.desk.config import site as config
from amparo.desk.config.site import Site
from amparo.desk.core import folders

from .. import sites
from . import embedded, identity, manifests, retention, served, streams
from .facts import Ends
from .manifests import CONTENTS, DATABASE, SITE, Entry, Manifest

NAMED = {
    "stored": "SELECT id FROM files_storedfile WHERE erased_at IS NULL",
    "pool": "SELECT id FROM contributions_poolfile WHERE removed_at IS NULL",
}
"""Shelf of the vault: which of its files the database names."""
LAST = ("draws", "staging", "bundles")
LEFT_OUT = ("static", "files", "audit", *LAST)
PASSING = (".lock", ".part", ".partial", ".new", "-wal", "-shm", ".beat")
MOST_ATTEMPTS = 5


@dataclass(slots=True)
class Work:
    """A backup on its way: what stands in it so far, sealed and plain."""

    site: Site
    folder: Path
    recipient: str
    earlier: tuple[Path, Manifest] | None
    entries: dict[str, Entry] = field(default_factory=dict)
    plain: dict[str, streams.Sum] = field(default_factory=dict)
    linked: int = 0

    def put(self, name: str, source: Any) -> None:
        """Seal a stream under a name."""
        sealed, plain = streams.seal(source, self.folder / (name + manifests.SEALED), self.recipient)
        self.entries[name], self.plain[name] = Entry(sealed.size, sealed.sha256), plain

    def put_file(self, path: Path) -> bool:
        """Seal a file of the site; say whether it was still there."""
        try:
            with path.open("rb") as file:
                self.put(name_of(self.site, path), file)
        except FileNotFoundError:
            return False
        return True

    def put_encrypted(self, path: Path) -> bool:
        """Seal an encrypted file, which never changes, or link the one that an earlier backup holds; say whether it was there."""
        name = name_of(self.site, path)
        try:
            stat = path.stat()
        except FileNotFoundError:
            return False
        if self._link(name, (stat.st_size, stat.st_mtime_ns)):
            return True
        if not self.put_file(path):
            return False
        held, plain = self.entries[name], self.plain[name]
        self.entries[name] = Entry(held.size, held.sha256, (plain.size, stat.st_mtime_ns, plain.sha256))
        return True

    def _link(self, name: str, source: tuple[int, int]) -> bool:
        folder, manifest = self.earlier or (None, None)
        known = manifest.entries.get(name) if manifest else None
        if folder is None or known is None or known.source is None or known.source[:2] != source:
            return False
        held, target = folder / (name + manifests.SEALED), self.folder / (name + manifests.SEALED)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            if held.stat().st_size != known.size:
                return False
            target.hardlink_to(held)
        except OSError:  # gone, or a file system that cannot link: sealed anew
            return False
        self.entries[name], self.plain[name] = known, streams.Sum(known.source[0], known.source[2])
        self.linked += 1
        return True

    def drop(self, name: str) -> None:
        """Take something out again."""
        (self.folder / (name + manifests.SEALED)).unlink(missing_ok=True)
        del self.entries[name], self.plain[name]


@dataclass(frozen=True, slots=True)
class Taken:
    """A finished backup: where it stands, how many files it holds and links, and which the database names in vain."""

    folder: Path
    files: int
    linked: int
    missing: tuple[str, ...]
    removed: int


def name_of(site: Site, path: Path) -> str:
    """Return the name of a site's file in its backup."""
    return SITE + path.relative_to(site.folder).as_posix()


def address_of(site: Site) -> str:
    """Return the `postgres://` address of a role that sees all rows, or nothing for the embedded database.

    That is the owner of the tables; where the worker takes the backup, who is not given that address, the worker itself.
    """
    is_owner_known = os.environ.get("DATABASE_OWNER_URL") or site.database_owner
    return config.address_of(site, config.Part.OWNER if is_owner_known else config.Part.WORKER)


def snapshot(site: Site) -> contextlib.AbstractContextManager[Any]:
    """Return one state of a site's database."""
    address = address_of(site)
    if not address and not site.database_file.exists():  # looking would make an empty one
        raise sites.refuse("database_strange")
    return served.snapshot(address) if address else embedded.snapshot(site.database_file, site.folder)


def take(site: Site, to: Path, now: datetime.datetime, *, keep: retention.Keep | None = None) -> Taken:
    """Take a backup into a folder of backups; what a killed one left is removed, and it is named only when it is whole."""
    os.umask(0o077)
    sealer, to = identity.sealer_of(site.folder), to.resolve()
    if to == site.folder or site.folder in to.parents or to in site.folder.parents:
        raise sites.refuse("backup_inside", where=to)
    with sites.clear_disk_errors(to), _alone(site.folder / "backing-up.lock", to), _alone(to / ".taking.lock", to):
        _sweep(site, to)
        name = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        work = Work(site, to / f".{name}.partial", sealer.recipient, _earlier(to, sealer))
        work.folder.mkdir(mode=0o700)
        try:
            missing = _fill(work, sealer, name, now)
        except BaseException:
            shutil.rmtree(work.folder, ignore_errors=True)
            raise
        os.sync()
        final = work.folder.rename(to / name)
        folders.sync(to)
        removed = expire(to, sealer.signer, keep) if keep else 0
    return Taken(final, len(work.entries), work.linked, tuple(missing), removed)


def _earlier(to: Path, sealer: identity.Sealer) -> tuple[Path, Manifest] | None:
    found = manifests.newest(to, sealer.signer)
    return found if found and found[1].recipient == sealer.recipient else None


@contextlib.contextmanager
def _alone(lock: Path, to: Path) -> Iterator[None]:
    """Hold a lock, for what a killed backup left is swept: one backup of a site, and one into a folder, at a time."""
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise sites.refuse("backup_running", where=to) from None
        yield


def _sweep(site: Site, to: Path) -> None:
    embedded.sweep(site.folder)
    for left in (*to.glob(".*.partial"), *to.glob(".*.removed")):
        shutil.rmtree(left, ignore_errors=True)


def _fill(work: Work, sealer: identity.Sealer, name: str, now: datetime.datetime) -> list[str]:
    for path in sorted(_vault(work.site)):
        work.put_encrypted(path)
    gone: set[str] = set()
    for _attempt in range(MOST_ATTEMPTS):
        with snapshot(work.site) as state:
            missing = _bring_named(work, state)
            if missing - gone:  # erased since this state was taken: a later one does not name it; what is gone twice is lost
                gone |= missing
                continue
            facts = state.facts()
            with state.stream() as stream:
                work.put(DATABASE, stream)
            kind, server, ends = state.kind, state.server, state.ends()
            break
    else:
        raise sites.refuse("backup_unsteady")
    _put_witnesses(work, ends)
    _put_rest(work)
    contents = {
        "site": work.site.name,
        "facts": facts.to_json(),
        "plain": {one: [summed.size, summed.sha256] for one, summed in work.plain.items()},
        "missing": sorted(missing),
    }
    work.put(CONTENTS, io.BytesIO(json.dumps(contents).encode()))
    manifest = Manifest(name, now.isoformat(), __version__, kind, server, sealer.recipient, sealer.signer, work.entries)
    manifests.write(work.folder, manifest, sealer)
    return sorted(missing)


def _vault(site: Site) -> Iterator[Path]:
    for shelf in NAMED:
        yield from (path for path in (site.files / shelf).glob("??/*") if not path.name.endswith(PASSING))


def _bring_named(work: Work, state: Any) -> set[str]:
    """Bring every file that this state names, leave out every other, and return the names of those that are not there."""
    named = {_vault_path(work.site, shelf, one) for shelf, query in NAMED.items() for one in state.ids(query)}
    names = {name_of(work.site, path): path for path in named}
    for name in [one for one in work.entries if one.startswith(SITE + "files/") and one not in names]:
        work.drop(name)
    return {name for name, path in names.items() if name not in work.entries and not work.put_encrypted(path)}


def _vault_path(site: Site, shelf: str, file_id: uuid.UUID) -> Path:
    return site.files / shelf / file_id.hex[-2:] / str(file_id)


def _put_witnesses(work: Work, ends: Ends) -> None:
    """Seal the witnesses of the audit record up to where the database's state ends: later lines would contradict it."""
    folder = work.site.folder / "audit"
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if not path.is_file() or path.name.endswith(PASSING):
            continue
        lines = path.read_bytes().splitlines(keepends=True)
        kept = b"".join(line for line in lines if not _is_later(path.name, line, ends))
        work.put(name_of(work.site, path), io.BytesIO(kept))


def _is_later(file: str, line: bytes, ends: Ends) -> bool:
    try:
        if file == "heads.txt":
            owner, sequence, _ = line.decode().split(" ")
            return int(sequence) > ends.heads.get(owner, 0)
        if file == "checkpoints.jsonl":
            return int(json.loads(line)["id"]) > ends.checkpoint
    except (ValueError, KeyError, TypeError):
        return False
    return False


def _put_rest(work: Work) -> None:
    """Seal whatever else lies in the site: draws, staging, bundles in this order, then keys, configuration and journals."""
    folder = work.site.folder
    for part in LAST:
        _put_tree(work, folder / part)
    for path in sorted(folder.iterdir()):
        is_database = path.name.startswith(work.site.database_file.name)
        if path.name in LEFT_OUT or is_database or path.name.startswith("."):
            continue
        _put_tree(work, path)


def _put_tree(work: Work, place: Path) -> None:
    for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
        if path.is_file() and not path.is_symlink() and not path.name.endswith(PASSING):
            work.put_file(path)


def expire(to: Path, signer: str, keep: retention.Keep) -> int:
    """Remove the backups that the rule does not keep; what is not signed by this site is never touched. Return how many."""
    found = {}
    for folder in manifests.standing(to):
        manifest, _ = manifests.read(folder, signer)
        if manifest is not None:
            found[folder] = manifest.moment
    stays = retention.kept(found.values(), keep)
    gone = [folder for folder, moment in found.items() if moment not in stays]
    for folder in gone:
        aside = folder.rename(to / f".{folder.name}.removed")
        shutil.rmtree(aside, ignore_errors=True)
    return len(gone)
