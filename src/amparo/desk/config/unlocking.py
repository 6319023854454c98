"""The master key: given by a passphrase or a command, handed to processes over a pipe, never in the environment."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from functools import partial
from pathlib import Path

from amparo.bundle.keys import Signer
from amparo.desk.core import keys
from amparo.desk.core.rings import Ring

from . import master_file
from .master_file import LANES, MEMORY_KIB, PASSES, WrongPassphrase

__all__ = ["LANES", "MEMORY_KIB", "PASSES", "WrongPassphrase"]

SIGNING = "release-signing"
"""The purpose of the key under which a site signs its releases."""


def file_of(folder: Path) -> Path:
    """Return where a site's sealed master key lies."""
    return folder / "keys" / "master.json"


def seal_master(master: bytes, passphrase: str, path: Path, *, memory_kib: int = MEMORY_KIB) -> None:
    """Write the file of a new site, its master key sealed by a passphrase; readable by the owner alone."""
    giver = master_file.by_passphrase(master, passphrase, memory_kib=memory_kib)
    master_file.write(master_file.first(master, giver), path, new=True)


def is_master(master: bytes, path: Path) -> bool:
    """Say whether this is the master key of the file."""
    return master_file.is_of(master, master_file.read(path))


def replace_passphrase(master: bytes, passphrase: str, path: Path) -> None:
    """Seal the same master key by another passphrase; the old file stays until the new one is safe on disk."""
    replace_giver(master_file.by_passphrase(master, passphrase), path)


def replace_giver(giver: master_file.Held, path: Path) -> None:
    """Let another passphrase, or a command, give the same master key from now on."""
    master_file.write(master_file.given_by(master_file.read(path), giver), path)


def open_master(passphrase: str, path: Path) -> bytes:
    """Return the master key, or raise `WrongPassphrase`."""
    return master_file.opened(passphrase, master_file.read(path))


def unlock(master: bytes, path: Path | None = None) -> None:
    """Hold the master key in this process, with the keys that the site's file has under it; follow the file when it changes."""
    if path is None or not path.exists():
        keys.unlock(master)
        return
    found = master_file.follow(_named(master, path), master_file.read(path))
    if found is None:
        raise keys.Locked("this is not the master key of the site")
    keys.unlock(*found, watched=path.parent, follow=partial(_follow, path))


def _named(master: bytes, path: Path) -> Ring:
    """Return the key as the ring of its id: it may be the one before, while that leads to the present one."""
    held = master_file.read(path)
    if held["format"] == 1:
        return Ring.of(master)
    key_id = held["id"] if master_file.is_of(master, held) else held.get("link", {}).get("id", held["id"])
    return Ring.of(master, uuid.UUID(key_id))


def present(master: bytes, path: Path) -> bytes:
    """Return the master key of today for who holds it or, while a renewal lasts, the one before it."""
    with suppress(OSError, ValueError):
        found = master_file.follow(_named(master, path), master_file.read(path))
        return found[0].key if found is not None else master
    return master


def _follow(path: Path, known: Ring) -> tuple[Ring, Ring] | None:
    return master_file.follow(known, master_file.read(path))


def unlock_from_environment() -> None:
    """Read the master key from the file descriptor named by `AMPARO_KEY_FD`, once; stay locked where none is named."""
    descriptor = os.environ.pop("AMPARO_KEY_FD", None)
    if descriptor is not None and not keys.is_unlocked():
        site = os.environ.get("AMPARO_SITE")
        with os.fdopen(int(descriptor), "rb") as pipe:
            unlock(pipe.read(32), file_of(Path(site)) if site else None)


def public_key(master: bytes, path: Path) -> bytes:
    """Return the 32 raw bytes of the public key under which this site signs its releases."""
    site = master_file.rings(master, master_file.read(path))[1]
    return Signer.from_bytes(site.purpose("site/" + SIGNING)).public
