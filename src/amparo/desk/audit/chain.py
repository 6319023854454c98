"""Writing the chains of events.

Each event's digest is a HMAC, under a key derived from the organisation's own, over the digest
before it and the event's fields: whoever changes the database without the keys cannot repair the
chain. The head is sealed as well, so that the end cannot be cut off. `verifying` reads it all back.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from contextvars import ContextVar
from functools import partial
from logging import getLogger
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from amparo.desk.core import damage, keys, scope, sealing

from . import witness
from .digests import START, digest_of, seal_of, told_of
from .models import Event, Head
from .verifying import Flaw, checkpoint, verify

__all__ = ["Flaw", "checkpoint", "of_subject", "pseudonym", "record", "settle", "verify"]

log = getLogger(__name__)
ERASED = "erased"
"""The subject of events about a person whose key is destroyed: nobody's."""
DAMAGED = "damaged"
"""The subject of events about a person whose key does not open, while that is passed over: nobody's that could be told."""
NOBODYS = frozenset({ERASED, DAMAGED})
MARK = "/"
"""Parts the kind of a row from the mark of the case in which it stands."""
CODE = re.compile(r"[\w.:/+\-]{0,120}", re.ASCII)
TELLING = frozenset({"read", "listed", "searched", "compared", "opened", "downloaded", "exported", "refused"})
"""The last words of actions that stay true when their transaction is undone: what was seen was seen."""
_telling: ContextVar[list[dict[str, Any]] | None] = ContextVar("told_inside_a_transaction", default=None)


def pseudonym(kind: str, subject: Any) -> str:
    """Return the keyed pseudonym of a row: under the person's own key when the row has one, else under the organisation's."""
    key_id = getattr(subject, "key_id", None)
    if key_id:
        try:
            key = keys.person_purpose(key_id, "audit")
        except keys.KeyDestroyed:
            return ERASED
        except sealing.Unopenable:
            if not damage.is_passed_over():
                raise
            return DAMAGED
        return hmac.digest(key, b"person", hashlib.sha256).hex()[:32]
    key = keys.organisation_purpose(subject.organisation_id, "audit-subject")
    return hmac.digest(key, f"{kind}/{subject.pk}".encode(), hashlib.sha256).hex()[:32]


def part_of(subject: Any) -> str:
    """Return a mark, under the person's key, of the case in which a row stands; "" for what is about the person as a whole.

    A person may have several cases: by the mark the events of one are told from those of another.
    """
    case_id, key_id = getattr(subject, "case_id", None), getattr(subject, "key_id", None)
    if not case_id or not key_id:
        return ""
    try:
        key = keys.person_purpose(key_id, "audit")
    except keys.KeyDestroyed:
        return ""
    except sealing.Unopenable:
        if not damage.is_passed_over():
            raise
        return ""
    return hmac.digest(key, f"case/{case_id}".encode(), hashlib.sha256).hex()[:16]


def _codes(value: Any) -> Any:
    """Return details as the database will give them back; raise `ValueError` for anything but codes, counts and lists of them."""
    match value:
        case None | bool() | int():
            return value
        case uuid.UUID():
            return str(value)
        case str() if CODE.fullmatch(value):
            return str(value)
        case list() | tuple() | set() | frozenset():
            return [_codes(one) for one in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
        case Mapping() if all(isinstance(key, str) and CODE.fullmatch(key) for key in value):
            return {str(key): _codes(one) for key, one in value.items()}
    raise ValueError("audit details hold codes and counts only, never names, search terms or free text")


def record(
    action: str,
    subject: Any = None,
    *,
    by: Any = None,
    organisation_id: uuid.UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> Event:
    """Append one event to the organisation's chain, in the transaction of what it tells of.

    `by` is a member (or None for the system); `details` hold codes and counts only, never names,
    search terms or free text. An event that tells of reading survives even where that transaction
    is undone (see `settle`).
    """
    owner = organisation_id or (by.organisation_id if by is not None else None) or subject.organisation_id
    kind = subject._meta.label_lower if subject is not None else ""
    mark = part_of(subject) if subject is not None else ""
    told = {
        "organisation_id": owner,
        "actor_id": getattr(by, "id", None),
        "action": action,
        "kind": f"{kind}{MARK}{mark}" if mark else kind,
        "subject": pseudonym(kind, subject) if subject is not None else "",
        "details": _codes(details or {}),
    }
    may_be_undone = connection.in_atomic_block and action.rpartition(".")[2] in TELLING
    event = _append(told)
    held = _telling.get()
    if may_be_undone and held is not None:
        held.append(told | {"digest": event.digest})
    return event


@transaction.atomic
def _append(told: Mapping[str, Any]) -> Event:
    with scope.of(told["organisation_id"]):  # a sign-in that failed is told before anybody is known
        return _appended(told)


def _appended(told: Mapping[str, Any]) -> Event:
    owner = told["organisation_id"]
    key = keys.organisation_purpose(owner, "audit-chain")
    head = Head.objects.select_for_update().filter(organisation_id=owner).first()
    if head is None:
        Head.objects.get_or_create(organisation_id=owner, defaults={"digest": START, "seal": seal_of(0, START, key)})
        head = Head.objects.select_for_update().get(organisation_id=owner)
    event = Event(**told, sequence=head.sequence + 1, at=timezone.now())
    event.digest = digest_of(told_of(event), bytes(head.digest), key)
    event.save(force_insert=True)
    seal = seal_of(event.sequence, event.digest, key)
    Head.objects.filter(pk=owner).update(sequence=event.sequence, digest=event.digest, seal=seal)
    transaction.on_commit(partial(_bear_witness, witness.Seen(owner, event.sequence, seal)))
    return event


def _bear_witness(seen: witness.Seen) -> None:
    """Write the new end beside the database; what fails here the worker makes good within seconds (`witness.catch_up`)."""
    try:
        if witness.append([seen]) > witness.MOST_BYTES:
            checkpoint()
    except OSError as error:
        log.error("the end of a chain was not witnessed: %s", type(error).__name__)


def begin() -> None:
    """Start to remember what is told inside transactions; called at the start of every request."""
    _telling.set([])


def settle() -> None:
    """Tell again what was read inside transactions that were undone; called at the end of every request."""
    held = _telling.get() or []
    _telling.set(None)
    if not held:
        return
    digests, kept = [told["digest"] for told in held], set()
    for owner in {told["organisation_id"] for told in held}:
        with scope.of(owner):  # an outside body's reading stands in the chain of the office
            found = Event.objects.filter(organisation_id=owner, digest__in=digests)
            kept |= {bytes(digest) for digest in found.values_list("digest", flat=True)}
    for told in held:
        if told.pop("digest") not in kept:
            _append(told | {"details": told["details"] | {"undone": True}})


def known_to_others(subjects: Collection[Any], *, besides: Collection[uuid.UUID]) -> list[Any]:
    """Return which of some rows of one organisation members other than these read or did something with."""
    by_subject = {pseudonym(one._meta.label_lower, one): one for one in subjects}
    by_subject.pop(DAMAGED, None)
    told = Event.objects.filter(organisation_id__in={one.organisation_id for one in subjects}, subject__in=list(by_subject))
    told = told.exclude(actor_id=None).exclude(actor_id__in=list(besides)).order_by()
    return [by_subject[one] for one in told.values_list("subject", flat=True).distinct()]


def of_subject(subject: Any) -> Any:
    """Return the events about a row's person, newest first; none once their key is destroyed."""
    return of_subjects([subject])


def of_subjects(subjects: Collection[Any]) -> Any:
    """Return the events about the persons of some rows of one organisation, newest first; none of those whose key is destroyed."""
    found = {pseudonym(one._meta.label_lower, one) for one in subjects} - NOBODYS
    owners = {one.organisation_id for one in subjects}
    return Event.objects.filter(organisation_id__in=owners, subject__in=sorted(found)).order_by("-sequence")


def of_part(subject: Any, *, whole: Iterable[str] = ()) -> Any:
    """Return the events about the case in which a row stands and about its person as a whole, newest first.

    Events of the person's other cases are left out, but for actions that begin with one of `whole`: those are about the person
    wherever they were done. What was recorded before events had marks is among them.
    """
    theirs = Q(kind__endswith=f"{MARK}{part_of(subject)}") | ~Q(kind__contains=MARK)
    for beginning in whole:
        theirs |= Q(action__startswith=beginning)
    return of_subject(subject).filter(theirs)
