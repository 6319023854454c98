"""Documents on a record: taken in encrypted, told apart by their first bytes, handed out as downloads, removed for good."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.access.policies import YES, Verdict, no
from amparo.desk.audit import chain as audit
from amparo.desk.core import withholding
from amparo.desk.files import actions as files
from amparo.desk.files import painting, stripping, vault
from amparo.desk.files.kinds import Kind, kind_of
from amparo.desk.files.models import StoredFile

from . import actions, holds, policies, readings, secrecy
from .life_choices import DocumentKind
from .models import Case, Document

TAKEN: Mapping[Kind, str] = {Kind.PDF: "pdf", Kind.PNG: "png", Kind.JPEG: "jpg"}
"""What a record keeps: papers as PDF, pictures as PNG or JPEG. Anything else is refused, whatever its name says."""
PICTURES = frozenset({Kind.PNG, Kind.JPEG})
LARGEST = painting.LARGEST_UPLOAD


def may_be_kept(beginning: bytes, size: int, *, is_photo: bool) -> Verdict:
    """A record keeps papers and pictures of a size that a line can carry; a photograph is a picture."""
    if size > LARGEST:
        return no("file_too_large")
    if not size:
        return no("file_empty")
    kind = kind_of(beginning)
    if kind not in TAKEN:
        return no("file_kind")
    return no("photo_kind") if is_photo and kind not in PICTURES else YES


def add(
    *,
    case: Case,
    by: Member,
    kind: str,
    name: str,
    pieces: Iterable[bytes],
    guarded: str = "",
    words: str = "",
    dated: date | None = None,
    row_id: uuid.UUID | None = None,
) -> Document:
    """Keep a file on a record, encrypted under the person's key; a new photograph takes the place of the one before.

    Of a photograph only the picture that was painted anew is kept, of other pictures nothing that stands beside the pixels;
    a PDF is kept as it came. Posted twice it is one document. Raises `Denied` with `not_a_picture` where that cannot be done.
    """
    require(policies.may_file(by.facts, case.facts))
    if not reads(by, guarded) or (kind == DocumentKind.PHOTO and not policies.may_see_name(by.facts, case.facts)):
        raise Denied("field_withheld")
    if dated is not None:
        require(policies.may_be_day(dated, today=timezone.localdate()))
    said = {"kind": kind, "guarded": guarded, "words": words, "dated": dated}
    before: Document | None = actions.made_before(Document, row_id, case=case, values=said)
    if before is not None:
        return before
    content = b"".join(pieces)
    require(may_be_kept(content[:4096], len(content), is_photo=kind == DocumentKind.PHOTO))
    is_photo = kind == DocumentKind.PHOTO
    content, name = (_painted(content), "photo.jpg") if is_photo else (_stripped(content), name)
    kept: list[StoredFile] = []
    with vault.writing():
        try:
            return _stored(case, by, name, content, said, row_id, kept)
        except BaseException:
            for file in kept:
                files.discard(file)
            raise


def _painted(content: bytes) -> bytes:
    try:
        return painting.paint([content])
    except painting.NoPicture:
        raise Denied("not_a_picture") from None


def _stripped(content: bytes) -> bytes:
    try:
        return stripping.stripped(content, kind_of(content[:4096]))
    except stripping.NoPicture:
        raise Denied("not_a_picture") from None


@transaction.atomic
def _stored(
    case: Case,
    by: Member,
    name: str,
    content: bytes,
    said: Mapping[str, Any],
    row_id: uuid.UUID | None,
    kept: list[StoredFile],
) -> Document:
    holds.living(case.person_id)
    kept.append(files.write(organisation=case.organisation, name=name, pieces=[content], key_id=case.key_id))
    kept[-1].save(force_insert=True)
    is_photo = said["kind"] == DocumentKind.PHOTO
    if is_photo:
        for old in Document.objects.filter(person_id=case.person_id, kind=DocumentKind.PHOTO, removed_at=None):
            if holds.is_held(case.person_id):
                raise Denied("legal_hold")
            _take_away(old, by, "")
    more = {"id": row_id} if row_id else {}
    row: Document = Document.objects.create(
        **more,
        **said,
        organisation_id=case.organisation_id,
        key_id=case.key_id,
        person_id=case.person_id,
        case=case,
        file=kept[0],
        picture=kept[0] if is_photo else None,
        added_by=by,
    )
    audit.record("document.added", case, by=by, details=_told(row))
    return row


def reads(member: Member, guarded: str) -> bool:
    """Say whether the member reads documents that are guarded so."""
    return secrecy.cleared(member, Document._meta.get_field("words"), Document(guarded=guarded))


def may_open(member: Member, row: Document) -> bool:
    """Say whether a document opens for a member who reads its case: a photograph for those who may see the name."""
    if row.kind == DocumentKind.PHOTO and not secrecy.cleared(member, Document._meta.get_field("file")):
        return False
    return reads(member, row.guarded)


def documents_of(case: Case, member: Member) -> list[Document]:
    """Return the documents of a case's person that open for the member, the last one first.

    Those of another case of the person are shown there only: who works on one case need not know the other.
    """
    rows = case.documents.filter(removed_at=None).select_related("added_by__user", "file", "picture").order_by("-id")
    return [row for row in rows.opened() if may_open(member, row) and not row.file.is_erased]


def photo_of(case: Case, member: Member) -> Document | None:
    """Return the person's photograph where it opens for the member, whichever of their cases it came with."""
    found = Document.objects.filter(person_id=case.person_id, kind=DocumentKind.PHOTO, removed_at=None)
    row: Document | None = found.select_related("picture", "added_by__user").first()
    return row if row is not None and row.picture is not None and may_open(member, row) else None


def opened(*, row: Document, case: Case, by: Member) -> Iterator[bytes]:
    """Yield a document's bytes for a download, of a photograph the painted picture; that it was opened is recorded first."""
    _require_open(row, case, by)
    audit.record("document.opened", case, by=by, details=_told(row))
    readings.told(case)
    return files.read(row.picture or row.file)


def shown(*, row: Document, case: Case, by: Member) -> bytes:
    """Return the painted photograph for a page; that it was looked at is recorded first."""
    _require_open(row, case, by)
    if row.picture is None:
        raise Denied("field_withheld")
    audit.record("document.opened", case, by=by, details={"kind": "photo_shown"})
    readings.told(case)
    return b"".join(files.read(row.picture))


def _require_open(row: Document, case: Case, by: Member) -> None:
    require(policies.may_read(by.facts, case.facts))
    if row.person_id != case.person_id or row.removed_at is not None or not may_open(by, row):
        raise Denied("field_withheld")


@transaction.atomic
def remove(*, row: Document, case: Case, by: Member, why: str) -> None:
    """Remove a document for good: its bytes go with this transaction, the row stays with the reason."""
    holds.living(case.person_id)
    require(policies.may_unfile(by.facts, case.facts, reason=why))
    row = Document.objects.select_for_update(of=("self",)).select_related("file", "picture").get(pk=row.pk)
    if row.removed_at is not None:
        return
    _require_open(row, case, by)
    if holds.is_held(case.person_id):
        raise Denied("legal_hold")
    _take_away(row, by, why)
    audit.record("document.removed", case, by=by, details=_told(row))


def _take_away(row: Document, by: Member, why: str) -> None:
    row.removed_at, row.removed_by, row.removed_why = timezone.now(), by, why
    row.version += 1
    with withholding.as_the_office():
        row.save()
    for file in {file.pk: file for file in (row.file, row.picture) if file is not None}.values():
        files.erase(file)


def _told(row: Document) -> dict[str, str]:
    """Return what the record of events tells: of a guarded document not even its kind."""
    return {} if row.guarded else {"kind": row.kind}
