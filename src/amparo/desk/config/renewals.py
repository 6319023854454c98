"""All that is sealed straight under a key that can be renewed, room by room, and how a renewal begins, goes on and ends."""

from __future__ import annotations

import base64
import uuid
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from amparo.desk.access.models import Organisation
from amparo.desk.audit import chain as audit
from amparo.desk.cases import names
from amparo.desk.contributions.models import Contribution, PoolFile
from amparo.desk.core import drafts, keys, renewing, sealing
from amparo.desk.core.models import Draft, OrganisationKey, PersonKey, Renewal
from amparo.desk.core.renewing import GRACE, Column, Mover, header
from amparo.desk.core.rings import Ring
from amparo.desk.files.models import StoredFile
from amparo.desk.intake.models import Caseload
from amparo.desk.oversight.models import AssessmentAnswer, Flag
from amparo.desk.workbench.models import SavedList

from . import master_file, unlocking

SEALED_OF_A_CONTRIBUTION = ("sealed_name", "sealed_preview", "sealed_choices", "sealed_refusals")
SEALED_OF_A_CASELOAD = ("sealed_name", "sealed_choices", "sealed_look")


def _masters(_renewal: Renewal) -> Ring:
    return keys.master_ring()


class SiteDrafts:
    """Drafts of pages that are about nobody, under the site's key."""

    scope = Renewal.Scope.SITE

    def waiting(self, renewal: Renewal) -> QuerySet[Draft]:
        """Return the drafts that a key of the site before this one sealed."""
        before = [key_id.bytes for key_id in keys.site_ring().held if key_id != keys.site_ring().current]
        return Draft.objects.annotate(named=header("sealed")).filter(named__in=before)

    def move(self, row: Draft, renewal: Renewal) -> None:
        """Seal the draft under the site's present key."""
        held, place = bytes(row.sealed), drafts.place_of(row.user_id, row.form)
        fresh = keys.seal_at_site("drafts", keys.unseal_at_site("drafts", held, place), place)
        Draft.objects.filter(pk=row.pk, sealed=held).update(sealed=fresh)


class PersonDrafts:
    """Drafts of pages about a person, under that person's key."""

    scope = Renewal.Scope.PERSON

    def waiting(self, renewal: Renewal) -> QuerySet[Draft]:
        """Return the drafts that the person's old key sealed."""
        return Draft.objects.annotate(named=header("sealed")).filter(named=renewal.subject_id.bytes)

    def move(self, row: Draft, renewal: Renewal) -> None:
        """Seal the draft under the person's new key."""
        held, place = bytes(row.sealed), drafts.place_of(row.user_id, row.form)
        plain = keys.person_ring(renewal.subject_id).unseal(held, place, "drafts")
        fresh = keys.person_ring(renewal.to_id).seal(plain, place, "drafts")
        Draft.objects.filter(pk=row.pk, sealed=held).update(sealed=fresh)


class PersonFiles:
    """Files about a person: their keys are wrapped anew."""

    scope = Renewal.Scope.PERSON

    def waiting(self, renewal: Renewal) -> QuerySet[StoredFile]:
        """Return the files that name the old key, or whose key it wraps."""
        found = StoredFile.objects.filter(key_id__in=(renewal.subject_id, renewal.to_id)).annotate(named=header("wrapped_key"))
        return found.filter(Q(key_id=renewal.subject_id) | Q(named=renewal.subject_id.bytes))

    def move(self, row: StoredFile, renewal: Renewal) -> None:
        """Wrap the file's key under the person's new key."""
        held, place = bytes(row.wrapped_key), row.place("key")
        fresh = held
        if held and sealing.key_id_of(held) == renewal.subject_id:
            plain = keys.person_ring(renewal.subject_id).unseal(held, place, "files")
            fresh = keys.person_ring(renewal.to_id).seal(plain, place, "files")
        rows = StoredFile.objects.filter(pk=row.pk, key_id=row.key_id, wrapped_key=held)
        rows.update(wrapped_key=fresh, key_id=renewal.to_id)


class Sessions:
    """What sessions hold, under the site's key; who is signed in stays so."""

    scope = Renewal.Scope.SITE

    def waiting(self, renewal: Renewal) -> QuerySet[Session]:
        """Return the sessions that a key of the site before this one sealed."""
        current = keys.site_ring().current
        living = Session.objects.filter(expire_date__gte=timezone.now())
        old = [row.pk for row in living.iterator() if _named_by(row) not in (current, None)]
        return Session.objects.filter(pk__in=old)

    def move(self, row: Session, renewal: Renewal) -> None:
        """Seal the session anew, unless a request wrote it meanwhile."""
        fresh = SessionStore().encode(row.get_decoded())
        Session.objects.filter(pk=row.pk, session_data=row.session_data).update(session_data=fresh)


def _named_by(row: Session) -> uuid.UUID | None:
    """Return the key that a session names; None where it does not read, and then it counts as an empty one."""
    try:
        signed = signing.TimestampSigner(salt=SessionStore().key_salt).unsign(row.session_data)
        packed = signed.startswith(".")
        data = signing.b64_decode(signed.lstrip(".").encode())
        return sealing.key_id_of(zlib.decompress(data) if packed else data)
    except (signing.BadSignature, sealing.Unopenable, ValueError):
        return None


class SecondFactors:
    """Secrets of second factors, under the site's key."""

    scope = Renewal.Scope.SITE
    SECRETS = ("secret", "seed")

    def waiting(self, renewal: Renewal) -> QuerySet[Authenticator]:
        """Return the factors of which a key of the site before this one sealed a secret."""
        current = keys.site_ring().current
        old = [row.pk for row in Authenticator.objects.all() if any(one != current for one in self._named(row))]
        return Authenticator.objects.filter(pk__in=old)

    def _named(self, row: Authenticator) -> list[uuid.UUID]:
        return [sealing.key_id_of(base64.b64decode(held)) for held in self._sealed(row).values()]

    def _sealed(self, row: Authenticator) -> dict[str, str]:
        if row.type not in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
            return {}
        return {name: held for name in self.SECRETS if isinstance(held := row.data.get(name), str)}

    def move(self, row: Authenticator, renewal: Renewal) -> None:
        """Seal the factor's secrets anew, unless a code was used meanwhile."""
        fresh = {
            name: base64.b64encode(
                keys.seal_at_site("second-factor", keys.unseal_at_site("second-factor", base64.b64decode(held), "mfa"), "mfa")
            ).decode()
            for name, held in self._sealed(row).items()
        }
        with transaction.atomic():
            locked = Authenticator.objects.select_for_update().get(pk=row.pk)
            if locked.data == row.data:
                Authenticator.objects.filter(pk=row.pk).update(data=row.data | fresh)


@cache
def movers() -> tuple[Mover, ...]:
    """Return everything that a renewal must move; `tests/walks/test_purposes.py` holds that nothing is left out."""
    return (
        Column(OrganisationKey, "wrapped", purpose="", place=_place, scope=Renewal.Scope.SITE, ring=_masters),
        SiteDrafts(),
        Sessions(),
        SecondFactors(),
        Column(PersonKey, "wrapped", purpose="", place=_person_place, names_itself=True),
        Column(StoredFile, "wrapped_key", purpose="files", place=lambda row: row.place("key"), where=Q(key_id=None)),
        Column(PoolFile, "wrapped_key", purpose="pool", place=_place, names_itself=True),
        *(
            Column(Contribution, field, purpose="contributions", place=lambda row, field=field: row.place(field))
            for field in SEALED_OF_A_CONTRIBUTION
        ),
        *(
            Column(Caseload, field, purpose="caseloads", place=lambda row, field=field: row.place(field))
            for field in SEALED_OF_A_CASELOAD
        ),
        Column(SavedList, "sealed_name", purpose="saved-lists", place=_place),
        Column(AssessmentAnswer, "sealed_text", purpose="oversight-notes", place=_place),
        Column(Flag, "sealed_note", purpose="oversight-notes", place=lambda row: row.note_place, where=~Q(sealed_note=b"")),
        names.Pages(),
        *renewing.person_rows(apps.get_models()),
        PersonDrafts(),
        PersonFiles(),
    )


def _place(row: Any) -> str:
    return str(row.place)


def _person_place(row: PersonKey) -> str:
    return keys.person_place(row.organisation_id, row.pk)


def renew_organisation(organisation: Organisation, *, by: Any = None) -> Renewal:
    """Begin to renew an organisation's key, written down in its record."""
    with transaction.atomic():
        renewal = renewing.begin_organisation(organisation.pk)
        audit.record("key.renewal_begun", organisation, by=by, organisation_id=organisation.pk, details=told(renewal))
    renewing.measure(renewal, movers())
    return renewal


def renew_person(row: Any, *, by: Any = None) -> Renewal:
    """Begin to renew the key of a row's person, written down in the record under the pseudonym that stays."""
    with transaction.atomic():
        renewal = renewing.begin_person(row.key_id)
        audit.record("key.renewal_begun", row, by=by, organisation_id=row.organisation_id, details=told(renewal))
    renewing.measure(renewal, movers())
    return renewal


def renew_site(new: bytes, giver: master_file.Held) -> Renewal:
    """Begin to renew the master key and the site's own: one rename of their file, then as for every other key."""
    path, old = _path(), keys.master()
    held = master_file.read(path)
    if master_file.is_renewing(held):
        raise renewing.UnderWay
    master_file.write(master_file.renewed(old, new, held, giver), path)
    keys.look_again()
    renewal = _site_renewal()
    owners = Organisation.objects.filter(pk__in=OrganisationKey.objects.values("organisation_id"))
    for owner in owners:
        audit.record("key.renewal_begun", owner, organisation_id=owner.pk, details={"scope": renewal.scope})
    renewing.measure(renewal, movers())
    return renewal


def _site_renewal() -> Renewal:
    held = master_file.read(_path())
    return renewing.begin_site(uuid.UUID(held["before"]["id"]), uuid.UUID(held["id"]))


def told(renewal: Renewal) -> dict[str, str]:
    """Return a renewal as codes for the record."""
    return {"scope": str(renewal.scope), "renewal": str(renewal.pk)}


def _path() -> Path:
    return unlocking.file_of(Path(settings.SITE_FOLDER))


def advance_all(*, seconds: float = 3.0, grace: timedelta = GRACE, now: Callable[[], datetime] = timezone.now) -> int:
    """Go on with every renewal under way, end those that are due; return how many are left. For the worker, every round."""
    path = _path()
    if path.exists() and master_file.is_renewing(master_file.read(path)):
        keys.look_again()
        _site_renewal()
    for renewal in Renewal.objects.filter(finished_at=None).order_by("started_at"):
        if renewing.advance(renewal, movers(), seconds=seconds) and renewing.is_due(renewal, now=now(), grace=grace):
            end(renewal, now=now(), grace=grace)
    return Renewal.objects.filter(finished_at=None).count()


def end(renewal: Renewal, *, now: datetime, grace: timedelta = GRACE) -> bool:
    """Destroy the old key if nothing refers to it any more, and write it down."""
    if renewal.scope == Renewal.Scope.SITE:
        return _end_site(renewal, now=now, grace=grace)
    owner = renewal.subject_id
    if renewal.scope == Renewal.Scope.PERSON:
        owner = PersonKey.objects.values_list("organisation_id", flat=True).get(pk=renewal.to_id)
    with transaction.atomic():
        if not renewing.finish(renewal, movers(), now=now, grace=grace):
            return False
        audit.record("key.renewed", organisation_id=owner, details=told(renewal))
    return True


def _end_site(renewal: Renewal, *, now: datetime, grace: timedelta) -> bool:
    """Take the old keys out of the file inside the transaction that asked for the last time whether anything needs them."""
    with transaction.atomic():
        if not renewing.finish(renewal, movers(), now=now, grace=grace):
            return False
        held = master_file.read(_path())
        if master_file.is_renewing(held):
            master_file.write(master_file.ended(keys.master(), held), _path())
    keys.look_again()
    for owner in OrganisationKey.objects.values_list("organisation_id", flat=True):
        audit.record("key.renewed", organisation_id=owner, details=told(renewal))
    return True
