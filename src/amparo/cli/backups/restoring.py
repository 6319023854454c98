"""Bringing a site back from a backup into an empty folder: all of it, proved equal, or nothing.

The folder bears its name only once every file has the sum and every table the rows and the digest
that the backup tells of. A restored site remembers that it is one (`restored.json`): what happened
after the backup it cannot know, so it applies the newest journal of destroyed keys before anybody is
let in, and never draws noise for a release again.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from amparo.desk.config.site import Site

from .. import sites
from . import embedded, identity, manifests, served, streams
from .facts import Facts
from .manifests import CONTENTS, DATABASE, SEALED, SITE, Manifest

MARK = "restored.json"
JOURNAL = "keys/destroyed.txt"
ADDRESSES = ("database", "database_worker", "database_owner")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup says of its plain content: sums of every file, the database as numbers, files that were lost already."""

    site: str
    facts: Facts
    plain: dict[str, streams.Sum]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A backup whose signature, sums and contents were read."""

    folder: Path
    manifest: Manifest
    contents: Contents


def open_backup(folder: Path, opener: identity.Opener) -> Opened:
    """Read a backup whole and check every byte of it, or refuse with what is wrong."""
    manifest, flaws = manifests.read(folder, opener.signer)
    flaws = flaws or manifests.check(folder, manifest)  # type: ignore[arg-type]
    if flaws or manifest is None:
        raise sites.refuse(flaws[0].code, where=flaws[0].name or folder)
    told = io.BytesIO()
    _unseal(folder, CONTENTS, told, opener)
    held = json.loads(told.getvalue())
    plain = {name: streams.Sum(size, sha256) for name, (size, sha256) in held["plain"].items()}
    if plain.keys() | {CONTENTS} != manifest.entries.keys():
        raise sites.refuse("backup_changed", where=CONTENTS)
    return Opened(folder, manifest, Contents(held["site"], Facts.from_json(held["facts"]), plain, tuple(held["missing"])))


def _unseal(folder: Path, name: str, target: object, opener: identity.Opener) -> streams.Sum:
    with (folder / (name + SEALED)).open("rb") as source:
        try:
            return streams.unseal(source, target, opener.secret)
        except streams.Damaged:
            raise sites.refuse("backup_does_not_open", where=name) from None


def prove_readable(opened: Opened, opener: identity.Opener) -> None:
    """Open every file of a backup and compare its plain bytes, writing none of them anywhere."""
    for name, told in opened.contents.plain.items():
        with Path(os.devnull).open("wb") as nowhere:
            if _unseal(opened.folder, name, nowhere, opener) != told:
                raise sites.refuse("backup_changed", where=name)


def restore(
    opened: Opened,
    folder: Path,
    opener: identity.Opener,
    *,
    url: str,
    may_draw: bool,
    now: datetime.datetime,
    destroyed: Path | None = None,
) -> None:
    """Bring a site back into an empty folder, equal in every table and file, or refuse.

    `destroyed` is a newer journal of destroyed keys: at the first start it destroys what this backup brings back.
    """
    os.umask(0o077)
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise sites.refuse("site_exists", where=folder)
    if (opened.manifest.database == served.Served.kind) != bool(url):
        raise sites.refuse("restore_needs_database" if not url else "restore_no_database")
    if url:
        served.require_empty(url, least=opened.manifest.server)
    partial = folder.with_name(f".{folder.name}.partial")
    with sites.clear_disk_errors(folder):
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True, mode=0o700)
        try:
            differences = _fill(opened, partial, opener, url)
            if differences:
                raise sites.refuse("restore_differs", where=", ".join(differences))
            _add_destroyed(partial, destroyed)
            _mark(opened, partial, may_draw=may_draw, now=now)
            _put_address(partial, url)
            os.sync()
            if folder.exists():
                folder.rmdir()
            partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            if url:
                with contextlib.suppress(Exception):  # the first error is the one to tell
                    served.clear(url)
            raise


def _fill(opened: Opened, folder: Path, opener: identity.Opener, url: str) -> list[str]:
    for part in ("bundles", "files", "keys", "audit"):
        (folder / part).mkdir(mode=0o700)
    for name, told in opened.contents.plain.items():
        if name.startswith(SITE):
            target = folder / name.removeprefix(SITE)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with target.open("wb") as file:
                if _unseal(opened.folder, name, file, opener) != told:
                    raise sites.refuse("backup_changed", where=name)
    return opened.contents.facts.differences(_restore_database(opened, folder, opener, url))


def _restore_database(opened: Opened, folder: Path, opener: identity.Opener, url: str) -> Facts:
    if url:
        with served.restoring(url, least=opened.manifest.server) as dump:
            _unseal(opened.folder, DATABASE, dump, opener)
        return served.read_facts(url)
    path = Site(folder).database_file
    with path.open("wb") as file:
        _unseal(opened.folder, DATABASE, file, opener)
    held = embedded.Embedded(path)
    try:
        return held.facts()
    finally:
        held.close()


def _add_destroyed(folder: Path, newer: Path | None) -> None:
    """Add the lines of a newer journal to the backup's own; each line is sealed, so one that is not the site's tells nothing."""
    if newer is None:
        return
    place = folder / JOURNAL
    try:
        told = newer.read_bytes().splitlines()
    except OSError:
        raise sites.refuse("restore_no_journal", where=newer) from None
    held = place.read_bytes().splitlines() if place.exists() else []
    place.write_bytes(b"".join(line + b"\n" for line in dict.fromkeys([*held, *told])))


def _mark(opened: Opened, folder: Path, *, may_draw: bool, now: datetime.datetime) -> None:
    place = folder / MARK
    before = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {"may_draw": True}
    place.unlink(missing_ok=True)
    told = {
        "backup": opened.manifest.id,
        "taken_at": opened.manifest.taken_at,
        "restored_at": now.isoformat(),
        "may_draw": may_draw and before["may_draw"],  # once lost, never won back
        "is_recorded": False,
    }
    identity.put(place, json.dumps(told) + "\n")


def at_new_place(old: str, new: str) -> str:
    """Return an address with its own role and password at the host and database of another: never the old database again."""
    mine, there = urlsplit(old), urlsplit(new)
    role, place = mine.netloc.rpartition("@")[0], there.netloc.rpartition("@")[2]
    return urlunsplit(there._replace(netloc=f"{role}@{place}" if role else there.netloc))


def _put_address(folder: Path, url: str) -> None:
    """Let the site name the database that it was restored into."""
    place = folder / "site.toml"
    lines = place.read_text(encoding="utf-8").splitlines()
    if url:
        held = tomllib.loads("\n".join(lines))
        named = {key: at_new_place(held[key], url) for key in ADDRESSES if held.get(key)} or {"database": url}
        kept = [line for line in lines if line.split("=")[0].strip() not in ADDRESSES]
        lines = [*(f"{key} = {json.dumps(address)}" for key, address in named.items()), *kept]
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
