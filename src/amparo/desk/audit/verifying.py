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
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from amparo.desk.core import keys, scope
from amparo.desk.core.models import OrganisationKey

from . import witness
from .digests import START, digest_of, seal_of
from .models import Checkpoint, Event, Head


@dataclass(frozen=True, slots=True)
class Flaw:
    """A place where the record was tampered with: a code, the organisation and the event's place in its chain.

    `changed`, `removed`, `inserted`, `end_missing`, `key_missing` are flaws of a chain (`sequence` is
    the event's place); `checkpoint_changed`, `checkpoint_removed`, `witness_missing`,
    `witness_unreadable` are flaws of the checkpoints (`sequence` is the checkpoint's number or the
    file's line); `rolled_back` says that something once witnessed is no longer there.
    """

    code: str
    organisation_id: str
    sequence: int


Places = Mapping[tuple[str, int], bytes]


def verify() -> tuple[int, list[Flaw]]:
    """Read every chain and checkpoint; return the number of events read and every flaw found.

    What is written meanwhile is left for the next time: nothing is locked, and no flaw is invented.
    """
    seen = witness.read()
    witnessed, flaws = _witnessed()
    points = list(Checkpoint.objects.order_by("id"))
    wanted = {(owner, sequence) for point in points for owner, (sequence, _) in point.heads.items()}
    wanted |= {(str(one.organisation_id), one.sequence) for one in seen}
    heads = {head.organisation_id: head for head in Head.objects.all()}
    owners = set(heads) | set(Event.objects.values_list("organisation_id", flat=True).distinct())
    known = {owner for owner in owners | {one.organisation_id for one in seen} if _has_key(owner)}
    count, places = 0, {}
    for owner in sorted(owners):
        if owner not in known:
            flaws.append(Flaw("key_missing", str(owner), 0))
            continue
        with scope.of(owner):
            walked = _walk(owner, heads.get(owner), wanted)
        flaws += walked.flaws
        places |= walked.places
        count += walked.count
    put_back = [*_checkpoints(points, places, witnessed), *_ends(seen, places, known)]
    return count, flaws + list(dict.fromkeys(put_back))


def _has_key(owner: uuid.UUID) -> bool:
    with scope.of(owner):
        return OrganisationKey.objects.filter(organisation_id=owner).exists()


def _ends(seen: list[witness.Seen], places: Places, known: Set[uuid.UUID]) -> Iterator[Flaw]:
    """Yield every end that was seen and that its chain has not, or has no more."""
    for one in seen:
        owner = one.organisation_id
        found = places.get((str(owner), one.sequence))
        if owner not in known or not one.is_of(found, keys.organisation_purpose(owner, "audit-chain")):
            yield Flaw("rolled_back", str(owner), one.sequence)


@dataclass(slots=True)
class _Walked:
    """One chain read from its start to its head, with the digests that checkpoints ask for."""

    count: int = 0
    flaws: list[Flaw] = field(default_factory=list)
    places: dict[tuple[str, int], bytes] = field(default_factory=dict)


def _walk(owner: uuid.UUID, head: Head | None, wanted: Set[tuple[str, int]]) -> _Walked:
    walked, key = _Walked(), keys.organisation_purpose(owner, "audit-chain")
    before, expected = START, 1

    def flaw(code: str, sequence: int) -> None:
        walked.flaws.append(Flaw(code, str(owner), sequence))

    end = Event.objects.filter(organisation_id=owner).aggregate(last=Max("sequence"))["last"] or 0
    last = max(end, head.sequence if head else 0)
    for event in Event.objects.filter(organisation_id=owner, sequence__lte=last).order_by("sequence").iterator(2000):
        walked.count += 1
        if event.sequence < expected:
            flaw("inserted", event.sequence)
            continue
        for missing in range(expected, min(event.sequence, expected + 100)):
            flaw("removed", missing)
        digest = bytes(event.digest)
        if event.sequence == expected and not hmac.compare_digest(digest_of(event, before, key), digest):
            flaw("changed", event.sequence)
        before, expected = digest, event.sequence + 1
        if (str(owner), event.sequence) in wanted:
            walked.places[str(owner), event.sequence] = digest
    sealed = head is not None and hmac.compare_digest(seal_of(head.sequence, bytes(head.digest), key), bytes(head.seal))
    if head is None or not sealed or head.sequence != expected - 1 or bytes(head.digest) != before:
        flaw("end_missing", expected)
    return walked


def checkpoint() -> Checkpoint | None:
    """Bind the present heads together and write the seal beside the database as well; None when nothing was recorded since."""
    try:
        with transaction.atomic():
            last = Checkpoint.objects.order_by("-id").first()
            heads = {str(head.organisation_id): [head.sequence, bytes(head.digest).hex()] for head in Head.objects.all()}
            made = None
            if heads and not (last and last.heads == heads):
                made = Checkpoint(id=last.id + 1 if last else 1, at=timezone.now(), heads=heads)
                made.seal = _seal(made.at, heads, bytes(last.seal) if last else START)
                made.save(force_insert=True)
    except IntegrityError:
        return None  # another process made it at the same moment
    _bear_witness()
    witness.compact(made.heads if made else last.heads if last else {})
    return made


def _seal(at: datetime, heads: Mapping[str, Any], before: bytes) -> bytes:
    body = json.dumps([at.astimezone(UTC).isoformat(), heads], sort_keys=True).encode()
    return hmac.digest(keys.site_key("audit-checkpoints"), before + body, hashlib.sha256)


def _witness() -> Path:
    return Path(settings.SITE_FOLDER) / "audit" / "checkpoints.jsonl"


def _witnessed() -> tuple[dict[int, str], list[Flaw]]:
    held, flaws = {}, []
    lines = _witness().read_text(encoding="utf-8").splitlines() if _witness().exists() else []
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            held[int(entry["id"])] = str(entry["seal"])
        except (ValueError, KeyError, TypeError):
            flaws.append(Flaw("witness_unreadable", "", number))
    return held, flaws


def _bear_witness() -> None:
    """Append the checkpoints that the file does not know yet: the newest, and those before a power cut."""
    held, _ = _witnessed()
    lines = [
        json.dumps({"id": point.id, "seal": bytes(point.seal).hex(), "at": point.at.isoformat()}) + "\n"
        for point in Checkpoint.objects.filter(id__gt=max(held, default=0)).order_by("id")
    ]
    if not lines:
        return
    path = _witness()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


def _checkpoints(points: list[Checkpoint], places: Places, witnessed: Mapping[int, str]) -> Iterator[Flaw]:
    before, expected, kept = START, 1, {}
    for point in points:
        if point.id != expected:
            yield Flaw("checkpoint_removed", "", expected)
        elif not hmac.compare_digest(_seal(point.at, point.heads, before), bytes(point.seal)):
            yield Flaw("checkpoint_changed", "", point.id)
        for owner, (sequence, digest) in point.heads.items():
            if sequence and places.get((owner, sequence), b"").hex() != digest:
                yield Flaw("rolled_back", owner, sequence)
        before, expected = bytes(point.seal), point.id + 1
        kept[point.id] = before.hex()
        if point.id not in witnessed:
            yield Flaw("witness_missing", "", point.id)
    for number, seal in witnessed.items():
        if kept.get(number) != seal:
            yield Flaw("rolled_back", "", number)
