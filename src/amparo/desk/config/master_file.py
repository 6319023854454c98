"""The file of the master key: who gives it (a passphrase or a command), and the site's own key under it.

The master key opens the site's key and the organisations' keys; nothing else is sealed under it. So a
renewal writes this file anew in one rename and wraps a handful of keys, while people work. During a
renewal the file also holds the master key before (under the new one, for what is not wrapped anew yet)
and the way to the new one (under the one before, for processes that hold only that); both are taken
out at the end.

Format 1 had no ids and no key of the site: everything was derived from the master key itself.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import unicodedata
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argon2.low_level import Type, hash_secret_raw

from amparo.desk.core import folders, sealing
from amparo.desk.core.purposes import KEPT_AT_SITE
from amparo.desk.core.rings import FIRST, Ring, packed, unpacked

MEMORY_KIB = 256 * 1024
PASSES = 3
LANES = 2
PLACE = "site/master"
SITE_PLACE = "site/key"
Held = dict[str, Any]


class WrongPassphrase(Exception):
    """The passphrase does not open the master key."""


def read(path: Path) -> Held:
    """Return what the file holds."""
    held: Held = json.loads(path.read_text())
    return held


def write(held: Mapping[str, Any], path: Path, *, new: bool = False) -> None:
    """Write the file whole, for the owner alone; the old one stays until the new one is safe on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if new and path.exists():
        raise FileExistsError(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(json.dumps(held) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folders.sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _stretch(passphrase: str, salt: bytes, cost: Mapping[str, Any]) -> bytes:
    """Stretch a passphrase; accents typed on one keyboard or another are the same accents (NFKC)."""
    return hash_secret_raw(
        unicodedata.normalize("NFKC", passphrase).encode(),
        salt,
        time_cost=cost["passes"],
        memory_cost=cost["memory_kib"],
        parallelism=cost["lanes"],
        hash_len=32,
        type=Type.ID,
    )


def by_passphrase(master: bytes, passphrase: str, *, memory_kib: int = MEMORY_KIB) -> Held:
    """Return the part of the file by which a passphrase opens the master key."""
    salt = secrets.token_bytes(16)
    cost = {"passes": PASSES, "memory_kib": memory_kib, "lanes": LANES}
    sealed = sealing.seal(_stretch(passphrase, salt, cost), FIRST, master, PLACE)
    return {"by": "passphrase", "kdf": "argon2id", **cost, "salt": salt.hex(), "sealed": sealed.hex()}


def by_command(command: list[str], seconds: float) -> Held:
    """Return the part of the file that names the program whose answer is the master key."""
    return {"by": "command", "command": command, "seconds": seconds}


GIVERS = ("by", "kdf", "passes", "memory_kib", "lanes", "salt", "sealed", "command", "seconds")


def check_of(master: bytes) -> str:
    """Return what tells this master key from another and leads back to neither."""
    return sealing.derive(master, "site/check").hex()


def is_of(master: bytes, held: Mapping[str, Any]) -> bool:
    """Say whether this is the master key of the file."""
    return hmac.compare_digest(check_of(master), held["check"])


def opened(passphrase: str, held: Mapping[str, Any]) -> bytes:
    """Return the master key, or raise `WrongPassphrase`."""
    try:
        return sealing.unseal(_stretch(passphrase, bytes.fromhex(held["salt"]), held), bytes.fromhex(held["sealed"]), PLACE)
    except sealing.Unopenable:
        raise WrongPassphrase from None


def first(master: bytes, giver: Mapping[str, Any]) -> Held:
    """Return the file of a new site: a master key, and a site key of its own under it."""
    key_id = uuid.uuid4()
    held = {"format": 2, "id": str(key_id), **giver, "check": check_of(master)}
    return held | {"site": _site(Ring.of(master, key_id), Ring.of(secrets.token_bytes(32), uuid.uuid4()))}


def given_by(held: Mapping[str, Any], giver: Mapping[str, Any]) -> Held:
    """Return the file with the same keys and another giver of the master key."""
    return {name: value for name, value in held.items() if name not in GIVERS} | dict(giver)


def rings(master: bytes, held: Mapping[str, Any]) -> tuple[Ring, Ring]:
    """Return the rings of the master key and of the site's key."""
    if held["format"] == 1:
        return Ring.of(master), Ring.of(master)
    key_id = uuid.UUID(held["id"])
    keys = {key_id: master}
    if "before" in held:
        before = uuid.UUID(held["before"]["id"])
        keys[before] = sealing.unseal(master, bytes.fromhex(held["before"]["sealed"]), f"{PLACE}/before/{before}")
    ring = Ring(key_id, keys)
    return ring, _site_ring(ring, held["site"])


def _site(master: Ring, site: Ring) -> Held:
    sealed = {str(key_id): master.seal(key, f"{SITE_PLACE}/{key_id}").hex() for key_id, key in site.held.items()}
    return {"id": str(site.current), "keys": sealed, "kept": master.seal(packed(site.kept), SITE_PLACE + "/kept").hex()}


def _site_ring(master: Ring, held: Mapping[str, Any]) -> Ring:
    found = {
        uuid.UUID(key_id): master.unseal(bytes.fromhex(sealed), f"{SITE_PLACE}/{key_id}") for key_id, sealed in held["keys"].items()
    }
    kept = unpacked(master.unseal(bytes.fromhex(held["kept"]), SITE_PLACE + "/kept"))
    return Ring(uuid.UUID(held["id"]), found, kept)


def renewed(old: bytes, new: bytes, held: Mapping[str, Any], giver: Mapping[str, Any]) -> Held:
    """Return the file of a new master key with a new site key: the ones before still open what they sealed."""
    masters, site = rings(old, held)
    key_id, before = uuid.uuid4(), masters.current
    site_id = uuid.uuid4()
    both = Ring(site_id, {site_id: secrets.token_bytes(32), site.current: site.key}, site.carried(KEPT_AT_SITE))
    fresh = Ring.of(new, key_id)
    return {
        "format": 2,
        "id": str(key_id),
        **giver,
        "check": check_of(new),
        "before": {"id": str(before), "sealed": sealing.seal(new, key_id, old, f"{PLACE}/before/{before}").hex()},
        "link": {"id": str(before), "sealed": sealing.seal(old, before, new, f"{PLACE}/link/{key_id}").hex()},
        "site": _site(fresh, both),
    }


def is_renewing(held: Mapping[str, Any]) -> bool:
    """Say whether a renewal has begun and not ended."""
    return "before" in held


def ended(master: bytes, held: Mapping[str, Any]) -> Held:
    """Return the file without the keys before and the way from them."""
    masters, site = rings(master, held)
    left = {name: value for name, value in held.items() if name not in ("before", "link")}
    return left | {"site": _site(Ring.of(master, masters.current), Ring.of(site.key, site.current, site.kept))}


def follow(known: Ring, held: Mapping[str, Any]) -> tuple[Ring, Ring] | None:
    """Return the present rings for a process that holds `known`; None where the file leads nowhere from there."""
    if held["format"] == 1 or held["id"] == str(known.current):
        return rings(known.key, held) if is_of(known.key, held) else None
    link = held.get("link", {})
    if link.get("id") != str(known.current):
        return None
    try:
        return rings(sealing.unseal(known.key, bytes.fromhex(link["sealed"]), f"{PLACE}/link/{held['id']}"), held)
    except sealing.Unopenable:
        return None
