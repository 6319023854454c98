"""The newest end of every chain, beside the database: written as soon as an event is committed.

A line holds an organisation's id, the place of its newest event and the sealed head of that moment;
no line tells who did what. A chain that is shorter than a line says, or has another event at that
place, was put back. A checkpoint binds what came before it, so its lines go; a line that the
database contradicts stays for good. A line cut by a power failure is passed over.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from amparo.desk.core import keys

from . import raw
from .digests import seal_of
from .models import Checkpoint, Head

SYNC_SECONDS = 2.0
"""How often a process forces the lines to the disk; the worker does so at every round as well."""
MOST_BYTES = 4 * 2**20
"""When the file is longer, a checkpoint is made at once."""
_synced_at = -SYNC_SECONDS


@dataclass(frozen=True, slots=True)
class Seen:
    """An end of a chain that was seen: whose, which place, and the seal of the head."""

    organisation_id: uuid.UUID
    sequence: int
    seal: bytes

    def line(self) -> str:
        """Return it as a line of the file."""
        return f"{self.organisation_id} {self.sequence} {self.seal.hex()}\n"

    def is_of(self, digest: bytes | None, key: bytes) -> bool:
        """Say whether the event with this digest is the one that was seen."""
        return digest is not None and hmac.compare_digest(seal_of(self.sequence, digest, key), self.seal)


def place() -> Path:
    """Return where the file lies."""
    return Path(settings.SITE_FOLDER) / "audit" / "heads.txt"


@contextmanager
def _alone() -> Iterator[Path]:
    """Hold the file against every other thread and process."""
    path = place()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path


def append(seen: Iterable[Seen], *, sync: bool = False) -> int:
    """Add lines, forced to the disk when asked or when that is some seconds ago; return how long the file is, in bytes."""
    global _synced_at
    text = "".join(one.line() for one in seen).encode()
    with _alone() as path, path.open("a+b") as file:
        size = file.seek(0, os.SEEK_END)
        if text and size and not ends_well(file):
            text = b"\n" + text
        file.write(text)
        file.flush()
        if sync or time.monotonic() - _synced_at >= SYNC_SECONDS:
            os.fsync(file.fileno())
            _synced_at = time.monotonic()
        return size + len(text)


def ends_well(file: Any) -> bool:
    """Say whether a file that is not empty ends with a whole line."""
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) == b"\n")


def read() -> list[Seen]:
    """Return every end that was seen since the last checkpoint, and those that were contradicted before."""
    try:
        lines = place().read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        with suppress(ValueError):
            owner, sequence, seal = line.split(" ")
            found.append(Seen(uuid.UUID(owner), int(sequence), bytes.fromhex(seal)))
    return found


def checkpoints() -> Path:
    """Return where the seals of the checkpoints lie."""
    return Path(settings.SITE_FOLDER) / "audit" / "checkpoints.jsonl"


def has_seen() -> bool:
    """Say whether anything was ever written down beside a database."""
    return any(path.exists() and path.stat().st_size > 0 for path in (place(), checkpoints()))


def is_ahead() -> bool:
    """Say whether more was seen than this database holds: it was put back to an earlier day."""
    seen, last = read(), _last_checkpoint()
    heads = dict(Head.objects.values_list("organisation_id", "sequence"))
    newest = Checkpoint.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return last > newest or any(one.sequence > heads.get(one.organisation_id, 0) for one in seen)


def _last_checkpoint() -> int:
    found = 0
    with suppress(FileNotFoundError), checkpoints().open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            with suppress(ValueError, KeyError, TypeError):
                found = max(found, int(json.loads(line)["id"]))
    return found


def catch_up() -> int:
    """Write down the ends that no process has written, and force the file to the disk; return how many. Run by the worker."""
    last = Checkpoint.objects.order_by("-id").first()
    bound = last.heads if last else {}
    known = defaultdict(int, {uuid.UUID(owner): int(sequence) for owner, (sequence, _) in bound.items()})
    for one in read():
        known[one.organisation_id] = max(known[one.organisation_id], one.sequence)
    missing = []
    for head in Head.objects.all():
        one = Seen(head.organisation_id, head.sequence, bytes(head.seal))
        new = head.sequence > known[head.organisation_id]
        if new and one.is_of(bytes(head.digest), keys.organisation_purpose(head.organisation_id, "audit-chain")):
            missing.append(one)
    if missing or place().exists():
        append(missing, sync=True)
    return len(missing)


def compact(bound: Mapping[str, Any]) -> None:
    """Drop the lines that a checkpoint's heads bind and the database confirms; keep the rest."""
    if not place().exists():
        return
    with _alone() as path:
        seen = read()
        kept = [one for one, confirmed in zip(seen, _confirmed(seen, bound), strict=True) if not confirmed]
        if len(kept) == len(seen):
            return
        new = path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            file.writelines(dict.fromkeys(one.line() for one in kept))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)


def _confirmed(seen: list[Seen], bound: Mapping[str, Any]) -> Iterator[bool]:
    wanted = defaultdict(set)
    for one in seen:
        if one.sequence <= bound.get(str(one.organisation_id), (0,))[0]:
            wanted[one.organisation_id].add(one.sequence)
    digests = {owner: raw.digests(owner, sorted(places)) for owner, places in wanted.items()}
    chains = {owner: keys.organisation_purpose(owner, "audit-chain") for owner in wanted}
    for one in seen:
        owner = one.organisation_id
        yield owner in wanted and one.is_of(digests[owner].get(one.sequence), chains[owner])
