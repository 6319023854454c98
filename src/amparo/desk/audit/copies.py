"""A signed copy of the audit record, verified on another machine: no database, no keys, no site.

A copy is a file of lines: a header, the checkpoints, then every chain's events in their order, with a
signature (Ed25519) over everything before it after every hundred lines and at the end. Whoever keeps
copies and the witness file of a site sees from the next copy whether anything told before was
changed, taken out or put back, even by somebody who holds all keys of the site.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FORMAT = "amparo audit copy 1"
BLOCK = 100
"""Lines between two signatures: so exactly a change of the file is placed."""


@dataclass(frozen=True, slots=True)
class CopyFlaw:
    """A flaw of a copy: a code, the organisation (or "" for the file and the checkpoints), and a place or line."""

    code: str
    organisation_id: str
    sequence: int


class NotACopy(Exception):
    """The file is no copy of an audit record."""


def write(lines: Iterable[dict[str, Any]], key: Ed25519PrivateKey, *, made: str) -> Iterator[bytes]:
    """Yield the bytes of a copy: header, lines, signatures."""
    public = key.public_key().public_bytes_raw().hex()
    over, count = hashlib.sha256(), 0

    def line(held: dict[str, Any]) -> bytes:
        text = json.dumps(held, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"
        over.update(text)
        return text

    def signature(**more: Any) -> bytes:
        return line({"s": key.sign(over.digest()).hex()} | more)

    yield line({"format": FORMAT, "made": made, "key": public})
    for held in lines:
        yield line(held)
        count += 1
        if count % BLOCK == 0:
            yield signature()
    yield signature(end=count)


@dataclass(slots=True)
class Reading:
    """What was found while a copy is read: its signer, how many events, its flaws."""

    key: str = ""
    events: int = 0
    flaws: list[CopyFlaw] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.flaws = []


def _lines(path: Path, found: Reading, pinned: str) -> Iterator[dict[str, Any]]:
    """Yield a copy's lines that are no signatures; note where a signature does not hold, and where the end is missing."""
    over, since, ended = hashlib.sha256(), 1, False
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            try:
                held = json.loads(text)
            except ValueError:
                held = None
            if number == 1:
                found.key = _header(held)
                signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found.key))
                if pinned and found.key != pinned:
                    found.flaws.append(CopyFlaw("copy_other_key", "", 1))
            elif ended or not isinstance(held, dict):
                found.flaws.append(CopyFlaw("copy_changed", "", number))
            elif "s" in held:
                if not _signed(signer, str(held["s"]), over.digest()):
                    found.flaws.append(CopyFlaw("copy_changed", "", since))
                since, ended = number + 1, "end" in held
            else:
                yield held
            over.update(text)
    if not ended:
        found.flaws.append(CopyFlaw("copy_cut", "", since))


def _header(held: Any) -> str:
    try:
        if held["format"] == FORMAT and len(bytes.fromhex(held["key"])) == 32:
            return str(held["key"])
    except (TypeError, KeyError, ValueError):
        pass
    raise NotACopy


def _signed(signer: Ed25519PublicKey, signature: str, digest: bytes) -> bool:
    try:
        signer.verify(bytes.fromhex(signature), digest)
    except (InvalidSignature, ValueError):
        return False
    return True


Event = tuple[str, int, str, str]
"""Whose, which place, the event's digest, the seal of a head that ends there."""


def _events(path: Path, found: Reading, pinned: str, points: dict[int, tuple[dict[str, Any], str]]) -> Iterator[Event]:
    """Yield a copy's events; its checkpoints, which stand before them, go into `points`."""
    for held in _lines(path, found, pinned):
        try:
            if "c" in held:
                number, _at, heads, seal = held["c"]
                points[int(number)] = (dict(heads), str(seal))
                continue
            owner, sequence, *_told, digest, seal = held["e"]
            yield str(owner), int(sequence), str(digest), str(seal)
        except (KeyError, ValueError, TypeError):
            found.flaws.append(CopyFlaw("copy_changed", "", 1))


def verify(path: Path, *, key: str = "", witness: Path | None = None, earlier: Path | None = None) -> Reading:
    """Verify a copy: its signatures, its places, its checkpoints; with a witness taken before it and an earlier copy, against them.

    The event's own digests need the site's keys and are not verified here; that they are the same as
    in the earlier copy and as the witness saw them is.
    """
    found, points = Reading(), dict[int, tuple[dict[str, Any], str]]()
    ends = _seen_ends(witness) if witness else {}
    before = _Earlier(earlier) if earlier else None
    held, last = dict[tuple[str, int], str](), dict[str, int]()
    wanted: dict[tuple[str, int], str] = {}
    for owner, sequence, digest, seal in _events(path, found, key, points):
        if not found.events:
            wanted = {(who, int(place)): text for heads, _seal in points.values() for who, (place, text) in heads.items()}
        found.events += 1
        expected = last.get(owner, 0) + 1
        if sequence < expected:
            found.flaws.append(CopyFlaw("inserted", owner, sequence))
        elif sequence > expected:
            found.flaws.append(CopyFlaw("removed", owner, expected))
        last[owner] = max(sequence, last.get(owner, 0))
        if (owner, sequence) in wanted:
            held[owner, sequence] = digest
        if (owner, sequence) in ends and seal in ends[owner, sequence]:
            del ends[owner, sequence]
        if before is not None:
            found.flaws += before.meets(owner, sequence, digest)
    wanted = wanted or {(who, int(place)): text for heads, _seal in points.values() for who, (place, text) in heads.items()}
    found.flaws += [CopyFlaw("rolled_back", *where) for where, text in wanted.items() if where[1] and held.get(where) != text]
    found.flaws += [CopyFlaw("rolled_back", *where) for where in ends]
    found.flaws += _points(points, witness)
    if before is not None:
        found.flaws += before.rest()
    found.flaws = list(dict.fromkeys(found.flaws))
    return found


def _points(points: dict[int, tuple[dict[str, Any], str]], witness: Path | None) -> Iterator[CopyFlaw]:
    for number in range(1, max(points, default=0) + 1):
        if number not in points:
            yield CopyFlaw("checkpoint_removed", "", number)
    file = witness / "checkpoints.jsonl" if witness else None
    for line in file.read_text(encoding="utf-8").splitlines() if file and file.exists() else ():
        try:
            entry = json.loads(line)
            number, seal = int(entry["id"]), str(entry["seal"])
        except (ValueError, KeyError, TypeError):
            continue
        if points.get(number, ({}, ""))[1] != seal:
            yield CopyFlaw("rolled_back", "", number)


def _seen_ends(witness: Path) -> dict[tuple[str, int], set[str]]:
    ends: dict[tuple[str, int], set[str]] = {}
    file = witness / "heads.txt"
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else ():
        parts = line.split(" ")
        if len(parts) == 3 and parts[1].isdecimal() and len(parts[2]) == 64:
            ends.setdefault((parts[0], int(parts[1])), set()).add(parts[2])
    return ends


class _Earlier:
    """An earlier copy, walked beside the later one: every event of it must stand there unchanged."""

    def __init__(self, path: Path) -> None:
        self.events = _events(path, Reading(), "", {})
        self.next = next(self.events, None)

    def meets(self, owner: str, sequence: int, digest: str) -> Iterator[CopyFlaw]:
        """Yield what the earlier copy held up to this event and the later one does not hold alike."""
        while self.next is not None and self.next[:2] < (owner, sequence):
            yield CopyFlaw("removed", *self.next[:2])
            self.next = next(self.events, None)
        if self.next is not None and self.next[:2] == (owner, sequence):
            if self.next[2] != digest:
                yield CopyFlaw("changed", owner, sequence)
            self.next = next(self.events, None)

    def rest(self) -> Iterator[CopyFlaw]:
        """Yield what is left of the earlier copy when the later one ends."""
        while self.next is not None:
            yield CopyFlaw("rolled_back", *self.next[:2])
            self.next = next(self.events, None)
