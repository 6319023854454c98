"""Registering many people at once, each with a case of their own; how far each is since; and the end of the batch's own words."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import erasing, joined, queries, same, taking_in
from amparo.desk.cases import policies as case_policies
from amparo.desk.cases.choices import STAGE_LABELS, AgeSource
from amparo.desk.cases.models import Case
from amparo.desk.cases.stages import ASSISTED, Stage
from amparo.desk.core import drafts, keys, withholding
from amparo.desk.core.ids import uuid7

from . import known, rules
from .batch_lines import Line
from .models import Batch, BatchPerson
from .queries import batches_for

EVENT = frozenset({"happened_on", "scene", "place", "present", "interpreter"})


@transaction.atomic
def register(
    *,
    by: Member,
    values: Mapping[str, Any],
    people: Sequence[Line],
    stage: Stage,
    row_id: uuid.UUID | None = None,
    compared: int = 0,
) -> Batch:
    """Make one case for each of the people, all or none; posted twice they are the same people.

    Who registers them is case manager of each until a supervisor hands them over. Somebody who is known gets a further case,
    or goes on in the open one; who stands in two lines is one person, and what the second line says is added.
    `compared` says how many of the lines it was asked about whether they are known: these questions had people behind them,
    and count for no unusual search.
    """
    require(case_policies.may_open_case(by.facts))
    if set(values) - EVENT:
        raise TypeError(f"cannot be set here: {sorted(set(values) - EVENT)}")
    require(case_policies.may_be_day(values["happened_on"], today=timezone.localdate()))
    Member.objects.select_for_update().only("pk").get(pk=by.pk)  # who sends twice at once waits here
    batch = Batch.objects.filter(pk=row_id).first() if row_id else None
    is_new = batch is None
    if batch is None:
        key_id = keys.new_person_key(by.organisation_id)
        batch = Batch.objects.create(
            id=row_id or uuid7(),
            organisation=by.organisation,
            key_id=key_id,
            registered_by=by,
            people=len(known.once_each(people)),
            **values,
        )
    elif not _says(batch, by, values, people):
        raise Denied("posted_otherwise")
    registration = _Registration(batch, by, stage, people, is_new=is_new)
    for line in people:
        registration.take_in(line)
    if is_new:
        told = {"people": len(people), "scene": str(batch.scene), "compared": min(compared, batch.people)}
        audit.record("batch.registered", batch, by=by, details=told)
    return batch


def is_registered(member: Member, row_id: uuid.UUID) -> bool:
    """Say whether the member registered this very table before."""
    return bool(batches_for(member).filter(pk=row_id, registered_by=member).exists())


def _says(batch: Batch, by: Member, values: Mapping[str, Any], people: Sequence[Line]) -> bool:
    """Say whether a batch was registered with just this."""
    if batch.registered_by_id != by.pk:
        return False
    held = {one.line: (one.family, one.is_urgent) for one in batch.lines.all()}
    with withholding.as_the_office():
        is_same = all(getattr(batch, name) == value for name, value in values.items())
    return is_same and held == {line.number: (line.family, bool(line.urgent)) for line in known.once_each(people)}


class _Registration:
    """The lines of one table on their way to cases: which case each has, and which cases known persons went on in."""

    def __init__(self, batch: Batch, by: Member, stage: Stage, people: Sequence[Line], *, is_new: bool) -> None:
        self.batch, self.by, self.stage, self.is_new = batch, by, stage, is_new
        self.standing = {line.number: line for line in known.once_each(people)}
        self.placed: dict[int, Case] = {}
        self.of_known: dict[uuid.UUID, Case] = {}
        self.before = {} if is_new else {one.line: one.case for one in batch.lines.select_related("case__person")}

    def take_in(self, line: Line) -> None:
        """Give a line its case, and the case its place in the batch; a second line of the same person goes into the first's."""
        root = joined.root_of(line.known.person_id) if line.known is not None else None
        there = self.placed.get(line.twin_of or 0) or (self.of_known.get(root) if root else None)
        if there is not None:
            self.placed[line.number] = self._add(line, there)
            return
        case = self.placed[line.number] = self._case(line)
        if root is not None:
            self.of_known[root] = case
        if self.is_new:
            others = [self.placed[number].person_id for number in line.apart_from_lines if number in self.placed]
            same.tell_apart(by=self.by, person_id=case.person_id, others=others)
            about = {"organisation": self.by.organisation, "key_id": case.key_id, "batch": self.batch, "case": case}
            one = self.standing[line.number]
            BatchPerson.objects.create(**about, line=one.number, family=one.family, is_urgent=bool(one.urgent))

    def _case(self, line: Line) -> Case:
        opening = {"by": self.by, "person": line.person, "opened_on": self.batch.happened_on, "stage": self.stage}
        opening |= {"first_note": line.urgent, "row_id": self._row_id(line)}
        if line.known is None:
            return taking_in.take_in(apart_from=line.apart_from if self.is_new else (), **opening)
        added_to = self.before.get(line.number, line.known)
        if not added_to.is_closed and added_to.pk != opening["row_id"]:
            return self._add(line, added_to)
        return taking_in.take_in_again(known=line.known, **opening)

    def _add(self, line: Line, case: Case) -> Case:
        told = {"person": line.person, "told_on": self.batch.happened_on, "first_note": line.urgent, "row_id": self._row_id(line)}
        return taking_in.add_to_open(by=self.by, known=case, **told)

    def _row_id(self, line: Line) -> uuid.UUID:
        return uuid.uuid5(self.batch.id, str(line.number))


def get_batch(member: Member, number: str, *, prints: bool = False) -> Batch:
    """Return one batch by its number and write the reading down; another office's looks like none."""
    found = batches_for(member).filter(number=number).first()
    if found is None:
        raise Http404
    audit.record("batch.printed" if prints else "batch.read", found, by=member)
    keys.open_many([found.key_id])
    withholding.admit([found.key_id])
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """One person of a batch as a member may see them: without a case where it is not theirs to read."""

    line: int
    family: str
    is_urgent: bool
    case: Case | None
    stage: str
    name: str = ""
    age: str = ""
    is_child: bool = False
    is_alone: bool = False

    @property
    def order(self) -> tuple[int, int]:
        """Whom to see first: a child alone, what is urgent, a child; among equals by the number on the list."""
        rank = (self.is_alone, self.is_urgent, self.is_child, True).index(True)
        return rank, self.line


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the people of a batch are since, for one member: `elsewhere` are with colleagues, and only counted."""

    places: tuple[Place, ...]
    elsewhere: int
    contacted: int
    screened: int
    presumed: int

    @property
    def first(self) -> tuple[Place, ...]:
        """The people in the order in which they are seen."""
        return tuple(sorted(self.places, key=lambda place: place.order))

    @property
    def alone(self) -> int:
        """How many children came with nobody who may be grown up."""
        return sum(1 for place in self.places if place.is_alone)

    @property
    def waiting(self) -> int:
        """Of those whom the member may see, how many were only registered so far."""
        return sum(1 for place in self.places if place.case is not None and place.case.stage == Stage.SIGNAL)


def progress(batch: Batch, member: Member) -> Progress:
    """Return how far each person of a batch is; the counts are of those whom the member may read."""
    lines = list(batch.lines.order_by("line"))
    readable = queries.cases_for(member).filter(pk__in=[one.case_id for one in lines]).select_related("person", "organisation")
    theirs = {case.pk: case for case in readable}
    queries.open_all(theirs.values())
    queries.fetch_joined(theirs.values())
    today, sees_names = timezone.localdate(), bool(case_policies.may_search_names(member.facts))
    children = {pk for pk, case in theirs.items() if queries.treated_as_child(case, on=today) == "yes"}
    alone = rules.alone({one.line: one.family for one in lines}, {one.line for one in lines if one.case_id in children})
    places = tuple(
        Place(
            one.line,
            one.family,
            one.is_urgent,
            case,
            str(STAGE_LABELS[Stage(case.stage)]),
            name=case.person.full_name if sees_names else "",
            age=_age(case, today),
            is_child=case.pk in children,
            is_alone=one.line in alone,
        )
        for one in lines
        if (case := theirs.get(one.case_id)) is not None
    )
    stages = [Stage(case.stage) for case in theirs.values()]
    beyond = {*ASSISTED, Stage.LOST_CONTACT, Stage.CLOSED}
    return Progress(
        places,
        len(lines) - len(places),
        contacted=sum(1 for stage in stages if stage is not Stage.SIGNAL),
        screened=sum(1 for stage in stages if stage in (Stage.SCREENED, *beyond)),
        presumed=sum(1 for case in theirs.values() if case.presumed_on is not None),
    )


def _age(case: Case, today: date) -> str:
    """Return an age today in words, and whether it is contested or estimated; nothing where none is known."""
    age, person = case.person.age_on(today), case.person
    if age.least is None:
        return ""
    years = str(age.least) if age.least == age.most else _("%(least)s to %(most)s") % {"least": age.least, "most": age.most}
    if person.age_is_contested:
        return _("%(years)s, contested") % {"years": years}
    return _("about %(years)s") % {"years": years} if person.age_source == AgeSource.ESTIMATED else years


def end_all() -> int:
    """End the words of every batch of which no person's key is left; return how many. For the worker."""
    alive = BatchPerson.objects.filter(batch=OuterRef("pk"), key__destroyed_at=None)
    left = list(Batch.objects.filter(~Exists(alive), ended_at=None))
    for batch in left:
        with transaction.atomic():
            audit.record("batch.ended", batch)
            Batch.objects.filter(pk=batch.pk).update(
                ended_at=timezone.now(), scene="", code_editions={}, happened_on=batch.happened_on.replace(month=1, day=1)
            )
            drafts.forget_under(batch.address)
            erasing.hollow(Batch, [batch.key_id])
            keys.destroy(batch.key_id)
    return len(left)
