"""Handing a signal in or writing one down, taking it up, saying what came of it, taking it over into cases, ending its words."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member, Organisation
from amparo.desk.audit import chain as audit
from amparo.desk.cases import erasing, fields, holds
from amparo.desk.cases.actions import open_case, write_note
from amparo.desk.cases.choices import NoteKind
from amparo.desk.cases.life_choices import Guarded
from amparo.desk.cases.models import Case
from amparo.desk.cases.stages import Stage
from amparo.desk.core import drafts, keys, scope, withholding
from amparo.desk.core.ids import uuid7

from . import batches, policies, queries
from .choices import Ending, Kind, State, Teller
from .models import Signal

FIELDS = frozenset({"danger", "text", "place", "answer_to"})
WRITTEN = FIELDS | {"teller", "sector", "people", "language", "callback_rule"}
MOST_CASES = 30
"""So many cases at most are opened from one signal at a time."""


@transaction.atomic
def hand_in(*, by: Member, to: Organisation, values: Mapping[str, Any], row_id: uuid.UUID | None = None) -> Signal:
    """Take a signal in for an office; posted twice it is one. Who hands it in gets its number and reads nothing afterwards."""
    if set(values) - FIELDS:
        raise TypeError(f"cannot be set here: {sorted(set(values) - FIELDS)}")
    Member.objects.select_for_update().only("pk").get(pk=by.pk)  # who sends twice at once waits here, so that the limit holds
    day_ago = timezone.now() - timedelta(days=1)
    if to.pk not in {office.pk for office in queries.offices()}:
        raise Denied("no_such_office")
    with scope.of(to.pk):  # the row is the office's from its first moment
        existing: Signal | None = Signal.objects.filter(pk=row_id).first() if row_id else None
        if existing is not None:
            return _same(existing, by, to, values)
        require(policies.may_hand_in(by.facts, today=_handed_in(by, day_ago)))
        key_id = keys.new_person_key(to.pk)
        row: Signal = Signal.objects.create(
            id=row_id or uuid7(), organisation=to, key_id=key_id, sender=by, body=by.organisation, **values
        )
        audit.record("signal.received", row, by=by, organisation_id=to.pk, details={"danger": str(row.danger)})
    return row


@transaction.atomic
def write_down(*, by: Member, kind: Kind, values: Mapping[str, Any], row_id: uuid.UUID | None = None) -> Signal:
    """Write down what somebody told the office itself; posted twice it is one. A number to call back needs its rule first."""
    if set(values) - WRITTEN:
        raise TypeError(f"cannot be set here: {sorted(set(values) - WRITTEN)}")
    require(policies.may_write_down(by.facts, has_number=bool(values.get("answer_to")), has_rule=bool(values.get("callback_rule"))))
    if kind is Kind.OUTSIDE:
        raise ValueError("outside bodies hand in")
    Member.objects.select_for_update().only("pk").get(pk=by.pk)  # who sends twice at once waits here
    existing: Signal | None = Signal.objects.filter(pk=row_id).first() if row_id else None
    if existing is not None:
        return _same(existing, by, by.organisation, {**values, "kind": kind.value})
    row: Signal = Signal.objects.create(
        id=row_id or uuid7(),
        organisation=by.organisation,
        key_id=keys.new_person_key(by.organisation_id),
        sender=by,
        body=by.organisation,
        kind=kind.value,
        **values,
    )
    audit.record("signal.written", row, by=by, details={"kind": kind.value, "danger": str(row.danger)})
    return row


def _handed_in(by: Member, since: datetime) -> int:
    """Return how many signals a member handed in to the office since then; each office counts its own."""
    return Signal.objects.filter(sender=by, recorded_at__gte=since).count()


def _same(row: Signal, by: Member, to: Organisation, values: Mapping[str, Any]) -> Signal:
    with withholding.as_the_office():
        is_same = row.sender_id == by.pk and row.organisation_id == to.pk and all(getattr(row, n) == v for n, v in values.items())
    if not is_same:
        raise Denied("posted_otherwise")
    return row


def _locked(signal: Signal) -> Signal:
    found: Signal = Signal.objects.select_for_update(of=("self",)).get(pk=signal.pk)
    return found


@transaction.atomic
def take_up(*, signal: Signal, by: Member) -> Signal:
    """Somebody of the office looks into a signal; the others see who."""
    row = _locked(signal)
    require(policies.may_read(by.facts, row.facts))
    if row.state == State.WAITING and not row.ending:
        Signal.objects.filter(pk=row.pk).update(state=State.TAKEN, taken_by=by)
        audit.record("signal.taken", row, by=by)
    return row


@transaction.atomic
def settle(*, signal: Signal, by: Member, outcome: str, closing: str = "") -> Signal:
    """Say what came of a signal: it no longer waits. `closing` says as a code why no case takes it over."""
    row = _locked(signal)
    require(policies.may_settle(by.facts, row.facts, reason=outcome))
    row.state, row.taken_by, row.outcome, row.settled_at = State.SETTLED, row.taken_by or by, outcome.strip(), timezone.now()
    row.closing = closing
    with withholding.as_the_office():
        row.save(update_fields=["state", "taken_by", "outcome", "settled_at", "closing"])
    audit.record("signal.settled", row, by=by, details={"closing": closing} if closing else {})
    return row


@transaction.atomic
def open_cases(*, signal: Signal, by: Member, count: int, kind: str, outcome: str = "", is_the_caller: bool = False) -> list[Case]:
    """Open one case or several from a signal, each at the stage of a signal, and take its words over into every one of them.

    Where the person concerned told it, and it is one case, the rule of safe contact and the number go onto their record.
    `is_the_caller` says that they did, where the signal does not tell who it was.
    """
    row = _locked(signal)
    require(policies.may_move(by.facts, row.facts))
    if not 1 <= count <= MOST_CASES:
        raise Denied("too_many_cases")
    with withholding.as_the_office():
        keys.open_many([row.key_id])
        person: dict[str, Any] = {"languages": [row.language]} if row.language else {}
        goes_along = count == 1 and (row.teller == Teller.PERSON or (not row.teller and is_the_caller))
        if goes_along:
            person |= {"safe_contact_rule": row.callback_rule, "phone": row.answer_to}
    person = {name: value for name, value in person.items() if value}
    day = timezone.localdate(row.recorded_at)
    made = [
        open_case(by=by, person=person, opened_on=day, stage=Stage.SIGNAL, row_id=uuid.uuid5(row.id, str(number)))
        for number in range(1, count + 1)
    ]
    for case in made:
        audit.record("signal.opened_cases", case, by=by, details={"signal": row.number, "cases": count})
    move(signal=row, cases=made, by=by, kind=kind, outcome=outcome, is_number_kept=goes_along)
    return made


@transaction.atomic
def move(
    *, signal: Signal, cases: Iterable[Case], by: Member, kind: str, outcome: str = "", is_number_kept: bool = False
) -> Signal:
    """Take what was handed in over into one record or several, as a note of each; here nothing of it is left.

    A copy that stayed would outlive the person's key: from now on whoever erases her erases it. A number never stands
    among the words, which the first page of a record may show: it is on the record already (`is_number_kept`) or gets a
    note of its own, behind how to call back safely, for few: it may be the person's, and not every reader of notes reads that.
    """
    row = _locked(signal)
    require(policies.may_move(by.facts, row.facts))
    every = sorted(cases, key=lambda case: case.pk)
    if not every:
        raise Denied("no_such_record")
    for case in every:
        holds.living(case.person_id)
    said, reached, day = _as_note(row, outcome), _how_to_reach(row), timezone.localdate(row.recorded_at)
    for case in every:
        write_note(case=case, by=by, kind=kind, happened_on=day, text=said)
        if reached and not is_number_kept:
            write_note(case=case, by=by, kind=NoteKind.OTHERS, guarded=Guarded.FEW.value, happened_on=day, text=reached)
        audit.record("signal.moved", case, by=by, details={"signal": row.number})
    _end(row, Ending.MOVED, state=State.SETTLED, taken_by=row.taken_by or by, settled_at=row.settled_at or timezone.now())
    return row


def _as_note(row: Signal, outcome: str) -> str:
    """Return a signal as a note: its number leads back to who handed it in."""
    with withholding.as_the_office():
        keys.open_many([row.key_id])
        head = _("Signal %(number)s, %(body)s") % {"number": row.number, "body": row.body.name}
        if row.kind != Kind.OUTSIDE:
            head = _("Signal %(number)s: %(kind)s") % {"number": row.number, "kind": Kind(row.kind).label}
        said = [head, row.text]
        for label, value in _told(row):
            said += [_("%(label)s: %(value)s") % {"label": label, "value": value}] if value else []
        said += [words for words in (row.outcome, outcome.strip()) if words]
    return "\n\n".join(said)


def _told(row: Signal) -> Iterator[tuple[str, str]]:
    """Yield what else a signal tells, but for the number: danger first, for nothing else keeps it."""
    yield _("Danger now"), row.get_danger_display()
    yield _("Where"), row.place
    yield _("Who tells it"), row.get_teller_display()
    yield _("Branch of industry"), row.words_of("sector", row.sector, fields.language())
    yield _("How many people"), str(row.people or "")
    yield _("How to call back safely"), row.callback_rule


def _how_to_reach(row: Signal) -> str:
    """Return how whoever told it can be reached, the rule before the number; "" where they left no number."""
    with withholding.as_the_office():
        keys.open_many([row.key_id])
        if not row.answer_to:
            return ""
        who = row.get_teller_display() if row.teller else row.body.name if row.kind == Kind.OUTSIDE else _("not told")
        rule = row.callback_rule or _("No rule was told. Ask how to call safely before anything else.")
        told = [_("Signal %(number)s: how to reach whoever told it (%(who)s)") % {"number": row.number, "who": who}]
        if row.kind != Kind.OUTSIDE:
            told.append(rule)
        return "\n\n".join([*told, row.answer_to])


@transaction.atomic
def remove(*, signal: Signal, by: Member | None) -> None:
    """End the words of a signal that led nowhere; the rooms above decide when, and who may (`oversight.signals`)."""
    row = _locked(signal)
    if not row.ending:
        audit.record("signal.removed", row, by=by)
        _end(row, Ending.REMOVED, removed_by=by)


CODES = ("danger", "teller", "sector", "language")
"""What codes tell of a signal; they go with its words."""


def _end(row: Signal, ending: Ending, **more: Any) -> None:
    """Destroy a signal's key and cut what it sealed; number, body, sender and days stay."""
    Signal.objects.filter(pk=row.pk).update(ending=ending, ended_at=timezone.now(), **dict.fromkeys(CODES, ""), people=None, **more)
    drafts.forget_under(row.address)
    erasing.hollow(Signal, [row.key_id])
    keys.destroy(row.key_id)


def finish_all() -> int:
    """End every signal whose key is gone, as after a restored backup, and every batch without a person left; return how many."""
    left = list(Signal.objects.filter(ending="", key__destroyed_at__isnull=False))
    for row in left:
        with transaction.atomic():
            _end(row, Ending.REMOVED)
    return len(left) + batches.end_all()
