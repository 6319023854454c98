"""Bringing a country pack or a form, setting an edition in force from a day, retiring it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import require, require_fresh
from amparo.desk.access.models import Member, Organisation
from amparo.desk.audit import chain as audit
from amparo.desk.core.locking import claim
from amparo.standard.reasons import Reason, Refused

from . import coded, desk_lists, extending, policies, rules
from . import form as forms
from .choices import Kind
from .models import Damaged, Edition
from .pack import Pack, Piece


@transaction.atomic
def bring(*, pack: Pack, by: Member) -> list[Edition]:
    """Keep everything in a pack as new editions, all of it or nothing; what is kept already unchanged makes none.

    Nothing is in force by it. Raises `Refused` with every reason where the pack contradicts itself or its earlier versions.
    """
    require(policies.may_administer(by.facts))
    require_fresh(by)
    if pack.wrong:
        raise Refused(*pack.wrong)
    Organisation.objects.select_for_update(no_key=True).get(pk=by.organisation_id)
    earlier = {(one.kind, one.code): _earlier(by, one) for one in pack.pieces}
    wrong = [reason for piece in pack.pieces for reason in _wrong_with_step(piece, earlier[piece.kind, piece.code])]
    wrong += [reason for piece in pack.pieces if piece.kind == Kind.CODES for reason in _wrong_with_codes(piece, by)]
    if wrong:
        raise Refused(*wrong)
    made = [edition for piece in pack.pieces if (edition := _keep(piece, earlier[piece.kind, piece.code], pack, by)) is not None]
    coded.forget()
    audit.record("questions.brought", by=by, details={"kept": len(made), "unchanged": len(pack.pieces) - len(made)})
    return made


def _earlier(by: Member, piece: Piece) -> list[Edition]:
    return list(Edition.objects.of(by.organisation_id).filter(kind=piece.kind, code=piece.code).order_by("number"))


def _wrong_with_step(piece: Piece, earlier: list[Edition]) -> list[Reason]:
    """Every earlier edition counts: a name that was left out once still stands for what it asked."""
    if piece.kind != Kind.FORM:
        return []
    after = forms.from_data(piece.content)
    found: dict[str, Reason] = {}
    for edition in earlier:
        for one in rules.wrong_with_step(edition.form, after):
            found[f"{one.code} {one.where}"] = replace(one, where=f"{piece.code} {one.where}")
    return list(found.values())


def _wrong_with_codes(piece: Piece, by: Member) -> list[Reason]:
    """What was once added under a name stays in its list, and no two names add one code to a list.

    A code of one of the desk's own lists stays counted as it was: by that the desk decides, whatever the version.
    """
    others: dict[str, str] = {}
    counted: dict[str, str] = {}
    for one in coded.additions(by.organisation_id):
        if one.group == piece.code and one.extends != piece.content["extends"]:
            return [rules.reason("list_moved", f"lists/{piece.code}.csv", value=one.extends)]
        if one.group != piece.code and one.extends == piece.content["extends"]:
            others |= extending.folded(one.codes, one.group)
        if one.group == piece.code and desk_lists.find(one.extends):
            counted |= {code: held.maps_to for code, held in one.codes.items()}
    held, where = forms.from_data(piece.content).lists[0], f"lists/{piece.code}.csv"
    moved = [one for one in held.choices if counted.get(one.code, one.maps_to) != one.maps_to]
    return [
        *extending.wrong_with(held, piece.content["extends"], others, where=where),
        *(rules.reason("code_counted_anew", where, value=one.code, target=counted[one.code]) for one in moved),
    ]


def _keep(piece: Piece, earlier: list[Edition], pack: Pack, by: Member) -> Edition | None:
    checksum = forms.checksum(piece.content)
    if earlier and earlier[-1].checksum == checksum:
        return None
    made: Edition = Edition.objects.create(
        organisation_id=by.organisation_id,
        kind=piece.kind,
        code=piece.code,
        number=earlier[-1].number + 1 if earlier else 1,
        label=pack.version[:40],
        title=dict(piece.title),
        languages=list(piece.languages),
        content=piece.content,
        checksum=checksum,
        brought_by=by,
    )
    return made


@transaction.atomic
def activate(*, edition: Edition, by: Member, on: date, version: int) -> Edition:
    """Set an edition in force from a day; from then on it stands above the earlier ones of its code. Raises `Stale`."""
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk, organisation_id=by.organisation_id)
    is_retired = edition.retired_from is not None
    require(policies.may_activate(by.facts, on, today=timezone.localdate(), is_retired=is_retired, is_wrong=_is_wrong(edition)))
    require_fresh(by)
    claim(edition, version)
    edition.active_from = on
    edition.save(update_fields=["active_from"])
    coded.forget()
    told = {"kind": edition.kind, "number": edition.number, "on": on.isoformat()}
    audit.record("questions.activated", edition, by=by, details=told)
    return edition


def _is_wrong(edition: Edition) -> bool:
    try:
        return not edition.sound
    except Damaged:
        return True


@transaction.atomic
def retire(*, edition: Edition, by: Member, on: date, version: int) -> Edition:
    """Retire an edition from a day: it is asked no more, and what was answered stays readable. Raises `Stale`."""
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk, organisation_id=by.organisation_id)
    require(policies.may_retire(by.facts, on, today=timezone.localdate(), active_from=edition.active_from))
    require_fresh(by)
    claim(edition, version)
    edition.retired_from = on
    edition.save(update_fields=["retired_from"])
    coded.forget()
    told = {"kind": edition.kind, "number": edition.number, "on": on.isoformat()}
    audit.record("questions.retired", edition, by=by, details=told)
    return edition
