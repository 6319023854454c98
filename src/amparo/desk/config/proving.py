"""Proving that a restored site opens: its audit record, and a value of every kind that is sealed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps as registry
from django.contrib.sessions.models import Session
from django.utils import timezone

from amparo.desk.audit import chain
from amparo.desk.cases.models import Case
from amparo.desk.contributions import pool
from amparo.desk.core import keys, sealing
from amparo.desk.core.damage import is_damaged
from amparo.desk.core.drafts import KEPT_FOR, Draft, load
from amparo.desk.core.fields import SealedTextField, is_erased
from amparo.desk.core.models import PersonKey
from amparo.desk.files import actions as files
from amparo.desk.files.models import StoredFile

from . import migrating

OPENED, ERASED, EMPTY, FAILED = "opened", "erased", "empty", "failed"
BATCH = 500


def prove() -> dict[str, Any]:
    """Return what opened: the audit record's flaws, the migrations, and for every kind of sealed value what became of it."""
    events, flaws = chain.verify()
    missing, unknown = migrating.differences()
    return {
        "audit_events": events,
        "audit_flaws": [f"{flaw.code} {flaw.organisation_id} {flaw.sequence}".strip() for flaw in flaws],
        "migrations_missing": sorted(missing),
        "migrations_unknown": sorted(unknown),
        "sealed": dict(_kinds()),
        "pool_flaws": pool.verify(),
    }


def is_whole(found: dict[str, Any]) -> bool:
    """Say whether nothing that was proved failed."""
    good = not found["audit_flaws"] and not found["migrations_unknown"] and not found["pool_flaws"]
    return good and FAILED not in found["sealed"].values()


def _kinds() -> Iterator[tuple[str, str]]:
    yield "core.personkey", _person_keys()
    for model in registry.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedTextField):
                yield f"{model._meta.label_lower}.{field.name}", _field(model, field)
    yield "files.storedfile", _each(StoredFile.objects.filter(erased_at=None), _read_file)
    fresh = timezone.now() - KEPT_FOR
    yield "core.draft", _each(Draft.objects.filter(saved_at__gte=fresh), _read_draft)
    yield "sessions.session", _each(Session.objects.all(), _read_session)


def _person_keys() -> str:
    ids = list(PersonKey.objects.exclude(destroyed_at__isnull=False).values_list("id", flat=True))
    try:
        for start in range(0, len(ids), BATCH):
            keys.open_many(ids[start : start + BATCH])
            for key_id in ids[start : start + BATCH]:
                keys.person_ring(key_id)
            keys.forget_opened()
    except Exception:  # of whatever kind: a key that does not open is the finding
        return FAILED
    return OPENED if ids else EMPTY


def _field(model: Any, field: SealedTextField) -> str:
    """Open values of one field until one is found; an erased person's stay shut, which is right."""
    found = EMPTY
    for row in model._base_manager.exclude(**{f"{field.name}__isnull": True}).only("pk").iterator(BATCH):
        try:
            value = getattr(model._base_manager.get(pk=row.pk), field.attname)
        except Exception:
            return FAILED
        if is_damaged(value):
            return FAILED
        if is_erased(value):
            found = ERASED
        elif value not in field.empty_values:
            return OPENED
    return found


@dataclass(frozen=True, slots=True)
class Shut:
    """A sealed value that does not open: which kind, whose row, under which key, and in which cases."""

    kind: str
    row_id: str
    key_id: str
    numbers: tuple[str, ...]


def shut() -> Iterator[Shut]:
    """Yield every person's key that does not open, and every sealed value that does not although its key does."""
    yield from _shut_keys()
    for model in registry.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedTextField):
                yield from _shut_values(model, field)


def _shut_keys() -> Iterator[Shut]:
    ids = list(PersonKey.objects.filter(destroyed_at=None).order_by("id").values_list("id", flat=True))
    for start in range(0, len(ids), BATCH):
        keys.forget_opened()
        keys.open_many(ids[start : start + BATCH])
        for key_id in ids[start : start + BATCH]:
            try:
                keys.person_ring(key_id)
            except sealing.Unopenable:
                yield _shut(PersonKey, key_id, key_id)


def _shut_values(model: Any, field: SealedTextField) -> Iterator[Shut]:
    held = model._base_manager.exclude(**{f"{field.name}__isnull": True}).exclude(**{field.name: b""}).order_by("pk")
    for number, row in enumerate(held.iterator(BATCH)):
        if number % BATCH == 0:
            keys.forget_opened()
        try:
            getattr(row, field.attname)
        except keys.KeyDamaged:
            continue
        except sealing.Unopenable:
            yield _shut(model, row.pk, row.key_id, field)


def _shut(model: Any, row_id: Any, key_id: Any, field: SealedTextField | None = None) -> Shut:
    kind = f"{model._meta.label_lower}.{field.name}" if field is not None else model._meta.label_lower
    numbers = Case._base_manager.filter(key_id=key_id).order_by("number").values_list("number", flat=True)
    return Shut(kind, str(row_id), str(key_id), tuple(numbers))


def _each(rows: Any, act: Any) -> str:
    found = EMPTY
    for row in rows.iterator(BATCH):
        try:
            act(row)
            found = OPENED
        except keys.KeyDestroyed:
            found = ERASED if found == EMPTY else found
        except Exception:
            return FAILED
    return found


def _read_draft(draft: Draft) -> None:
    """Open a draft; `load` itself forgets quietly what does not open."""
    if load(draft.user_id, draft.form) is None:
        keys.person_key(sealing.key_id_of(bytes(draft.sealed)))  # raises where the person's key was destroyed
        raise sealing.Unopenable("a draft")


def _read_session(session: Session) -> None:
    if not session.get_decoded():
        raise sealing.Unopenable("a session")


def _read_file(stored: StoredFile) -> None:
    for _piece in files.read(stored):
        pass
