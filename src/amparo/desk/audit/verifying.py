"""Reading the chains back, and the checkpoints that bind all of them together.

A checkpoint is also written to a witness file outside the database, so that a database put back
to an earlier copy is found; between two checkpoints the newest ends stand in another (`witness`).
Whoever holds the files, the database and the keys can forge all of them: copy the checkpoints'
last line to another place now and then.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from amparo.desk.core import keys, scope
from amparo.desk.core.models import OrganisationKey

from . import raw, witness
from .digests import START, digest_of, seal_of, stamp
from .models import Checkpoint, Head

MOST_FLAWS = 1000
"""So many places of one chain are named; where a whole chain was rewritten, one more line would say nothing new."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A place where the record was tampered with: a code, the organisation and the event's place in its chain.

    `changed`, `removed`, `inserted`, `end_missing`, `key_missing`, `more` are flaws of a chain
    (`sequence` is the event's place); `checkpoint_changed`, `checkpoint_removed`, `witness_missing`,
    `witness_unreadable` are flaws of the checkpoints (`sequence` is the checkpoint's number or the
    file's line); `rolled_back` says that something once witnessed is no longer there.
    """

    code: str
    organisation_id: str
    sequence: int


def verify() -> tuple[int, list[Flaw]]:
    """Read every chain and checkpoint; return the number of events read and every flaw found.

    What is written meanwhile is left for the next time: nothing is locked, and no flaw is invented.
    Memory grows with the number of checkpoints and of flaws, not with that of events.
    """
    seen = witness.read()
    witnessed, flaws = _witnessed()
    bound = list(_checkpoints(witnessed))
    ends, odd = raw.ends()
    heads, more = raw.heads()
    known = {owner for owner in {*heads, *ends, *(one.organisation_id for one in seen)} if _has_key(owner)}
    flaws += [Flaw("key_missing", owner, 0) for owner in dict.fromkeys([*odd, *more])]
    count = 0
    for owner in sorted(set(heads) | set(ends)):
        if owner not in known:
            flaws.append(Flaw("key_missing", str(owner), 0))
            continue
        with scope.of(owner):
            walked = _walk(owner, heads.get(owner))
        flaws += walked.flaws
        count += walked.count
    return count, flaws + list(dict.fromkeys([*bound, *_ends(seen, known)]))


def _has_key(owner: uuid.UUID) -> bool:
    with scope.of(owner):
        return OrganisationKey.objects.filter(organisation_id=owner).exists()


def _ends(seen: list[witness.Seen], known: Set[uuid.UUID]) -> Iterator[Flaw]:
    """Yield every end that was seen and that its chain has not, or has no more."""
    wanted = defaultdict(set)
    for one in seen:
        wanted[one.organisation_id].add(one.sequence)
    standing = {owner: raw.digests(owner, sorted(places)) for owner, places in wanted.items()}
    for one in seen:
        owner = one.organisation_id
        found = standing[owner].get(one.sequence)
        if owner not in known or not one.is_of(found, keys.organisation_purpose(owner, "audit-chain")):
            yield Flaw("rolled_back", str(owner), one.sequence)


@dataclass(slots=True)
class _Walked:
    """One chain read from its start to its head."""

    owner: str
    count: int = 0
    flaws: list[Flaw] = field(default_factory=list)

    def flaw(self, code: str, sequence: int) -> None:
        """Note a flaw; past `MOST_FLAWS` only that there are more, from which place on."""
        if len(self.flaws) < MOST_FLAWS:
            self.flaws.append(Flaw(code, self.owner, sequence))
        elif len(self.flaws) == MOST_FLAWS:
            self.flaws.append(Flaw("more", self.owner, sequence))


def _walk(owner: uuid.UUID, head: raw.End | None) -> _Walked:
    walked, key = _Walked(str(owner)), keys.organisation_purpose(owner, "audit-chain")
    before, expected = START, 1
    for row in raw.events(owner, max(raw.end_of(owner), head.sequence if head else 0)):
        walked.count += 1
        if row.sequence is None or row.sequence < expected:
            walked.flaw("inserted", expected if row.sequence is None else row.sequence)
            continue
        for missing in range(expected, min(row.sequence, expected + MOST_FLAWS + 1)):
            walked.flaw("removed", missing)
        follows = row.told is not None and hmac.compare_digest(digest_of(row.told, before, key), row.digest)
        if not follows and (row.sequence == expected or row.told is None):
            walked.flaw("changed", row.sequence)
        before, expected = row.digest, row.sequence + 1
    if head is None or not _closes(head, expected - 1, before, key):
        walked.flaws.append(Flaw("end_missing", str(owner), expected))
    return walked


def _closes(head: raw.End, last: int, digest: bytes, key: bytes) -> bool:
    """Say whether a head is sealed, and is that of the event which was read last."""
    if head.sequence != last or head.digest != digest:
        return False
    return hmac.compare_digest(seal_of(head.sequence, head.digest, key), head.seal)


def checkpoint() -> Checkpoint | None:
    """Bind the present heads together and write the seal beside the database as well; None when nothing was recorded since."""
    try:
        with transaction.atomic():
            last = Checkpoint.objects.order_by("-id").first()
            heads = {str(head.organisation_id): [head.sequence, bytes(head.digest).hex()] for head in Head.objects.all()}
            made = None
            if heads and not (last and last.heads == heads):
                made = Checkpoint(id=last.id + 1 if last else 1, at=timezone.now(), heads=heads)
                made.seal = _seal(stamp(made.at), heads, bytes(last.seal) if last else START)
                made.save(force_insert=True)
    except IntegrityError:
        return None  # another process made it at the same moment
    _bear_witness()
    witness.compact(made.heads if made else last.heads if last else {})
    return made


def _seal(at: str, heads: Mapping[str, Any], before: bytes) -> bytes:
    body = json.dumps([at, heads], sort_keys=True).encode()
    return hmac.digest(keys.site_key("audit-checkpoints"), before + body, hashlib.sha256)


def _witness() -> Path:
    return witness.checkpoints()


def _witnessed() -> tuple[dict[int, str], list[Flaw]]:
    held, flaws = {}, []
    lines = _witness().read_bytes().decode(errors="replace").split("\n") if _witness().exists() else []
    lines = lines[:-1] if lines and not lines[-1] else lines
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            number_held, seal = int(entry["id"]), str(entry["seal"])
            if held.setdefault(number_held, seal) != seal:  # a second line never speaks louder than the first
                flaws.append(Flaw("rolled_back", "", number_held))
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            flaws.append(Flaw("witness_unreadable", "", number))
    return held, flaws


def _bear_witness() -> None:
    """Append the checkpoints that the file does not know yet: the newest, and those before a power cut."""
    last = Checkpoint.objects.order_by("-id").values_list("id", flat=True).first() or 0
    known = max((number for number in _witnessed()[0] if number <= last), default=0)
    lines = [
        json.dumps({"id": point.id, "seal": bytes(point.seal).hex(), "at": point.at.isoformat()}) + "\n"
        for point in Checkpoint.objects.filter(id__gt=known).order_by("id")
    ]
    if not lines:
        return
    path = _witness()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+b") as file:
        if file.seek(0, os.SEEK_END) and not witness.ends_well(file):
            file.write(b"\n")  # a line that was cut must not take the next one along
        file.write("".join(lines).encode())
        file.flush()
        os.fsync(file.fileno())


def _checkpoints(witnessed: Mapping[int, str]) -> Iterator[Flaw]:
    """Yield the flaws of the checkpoints: of their own chain, of the ends that they bind, of their witness."""
    before, expected, kept, confirmed = START, 1, set(), {}
    for piece in raw.points():
        standing = _standing(piece)
        for point in piece:
            if point.id is None:
                yield Flaw("checkpoint_changed", "", expected)
                continue
            if point.id != expected:
                yield Flaw("checkpoint_removed", "", expected)
            elif point.heads is None or not hmac.compare_digest(_seal(point.at, point.heads, before), point.seal):
                yield Flaw("checkpoint_changed", "", point.id)
            for owner, (sequence, digest) in (point.heads or {}).items():
                if confirmed.get(owner) == (sequence, digest):
                    continue
                if sequence and standing.get((owner, sequence), b"").hex() != digest:
                    yield Flaw("rolled_back", owner, sequence)
                else:
                    confirmed[owner] = (sequence, digest)
            before, expected = point.seal, point.id + 1
            if point.id not in witnessed:
                yield Flaw("witness_missing", "", point.id)
            elif witnessed[point.id] == point.seal.hex():
                kept.add(point.id)
    for number in witnessed:
        if number not in kept:
            yield Flaw("rolled_back", "", number)


def _standing(piece: list[raw.Point]) -> dict[tuple[str, int], bytes]:
    """Return the digests of the events that some checkpoints name."""
    wanted = defaultdict(set)
    for point in piece:
        for owner, (sequence, _digest) in (point.heads or {}).items():
            wanted[owner].add(sequence)
    found = ((owner, raw.digests(uuid.UUID(owner), sorted(places))) for owner, places in wanted.items())
    return {(owner, sequence): digest for owner, held in found for sequence, digest in held.items()}
