"""What a supervisor writes on a flag: it opens only while every person lives whose record the flag is about.

The words are sealed under a key that is stored nowhere. It is made of one secret for each of these persons, and each
secret lies under its person's own key: whoever erases one of them erases the words, in every copy and backup.
Without a record, as on a flag about searches, they lie under the office's key alone.
"""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction

from amparo.desk.core import damage, keys, sealing, withholding
from amparo.desk.core.rounds import each

from . import records
from .models import Flag, FlagShare

PURPOSE = "oversight-notes"


def write(flag: Flag, note: str) -> bytes:
    """Seal words for a flag, whose secrets are made anew; the caller keeps what is returned."""
    FlagShare.objects.filter(flag=flag).delete()
    held = []
    for case in records.behind(flag.organisation, set(flag.records)).values():
        held.append(secrets.token_hex(32))
        FlagShare.objects.create(organisation_id=flag.organisation_id, key_id=case.key_id, flag=flag, secret=held[-1])
    inner = sealing.seal(_key(held), flag.pk, note.strip().encode(), flag.note_place)
    return keys.seal_under(flag.organisation_id, PURPOSE, inner, flag.note_place)


def _key(held: list[str]) -> bytes:
    return hashlib.sha256("".join(sorted(held)).encode()).digest()


def read(flag: Flag) -> str:
    """Return the words on a flag; nothing where there are none, or where one of the persons was erased."""
    plain = _outer(flag)
    if not _is_bound(flag, plain):
        return plain.decode()
    shares = FlagShare.objects.filter(flag=flag).opened()
    with withholding.as_the_office():
        held = [share.secret for share in shares]
    if any(map(damage.is_damaged, held)):
        return damage.DAMAGED
    try:
        return sealing.unseal(_key(held), plain, flag.note_place).decode() if all(held) else ""
    except sealing.Unopenable:
        return ""


def _outer(flag: Flag) -> bytes:
    if not flag.sealed_note:
        return b""
    return keys.unseal_under(flag.organisation_id, PURPOSE, bytes(flag.sealed_note), flag.note_place)


def _is_bound(flag: Flag, plain: bytes) -> bool:
    return len(plain) > sealing.HEADER and plain[: sealing.NAMED] == bytes([sealing.FORMAT]) + flag.pk.bytes


def bind_all() -> int:
    """Bind words that were written before they went with the persons; return how many. For the worker."""
    return each(Flag.objects.exclude(sealed_note=b"").select_related("organisation"), _bind)


@transaction.atomic
def _bind(flag: Flag) -> int:
    flag = Flag.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=flag.pk)
    plain = _outer(flag)
    if not plain or _is_bound(flag, plain):
        return 0
    Flag.objects.filter(pk=flag.pk).update(sealed_note=write(flag, plain.decode()))
    return 1
