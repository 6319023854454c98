"""Reading cases, always for a member: what one may not read is not there."""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from amparo.desk.access.models import Member, Organisation
from amparo.desk.core import keys, withholding
from amparo.desk.core.models import opened
from amparo.desk.core.once import once
from amparo.desk.core.written import known, written

from . import joined, names, policies, readings, rules
from .bearers import Bearer
from .models import BreakGlass, Case, CaseNumber, Conflict, LeaveCover, Note, Person, TeamMember, records_of
from .rules import Childhood, Finding


def cases_for(member: Member) -> QuerySet[Case]:
    """Return the cases a member may read now: those they work on or opened in an emergency, or all of the office for supervisors.

    None for outside bodies, and never one from which a relation or conflict of interest shuts the member out.
    """
    reach = _reach(member)
    return Case.objects.none() if reach is None else _within(reach)


def own_cases(member: Member) -> QuerySet[Case]:
    """Return the cases of `cases_for` that are a member's own today: they meet the person, or stand in for whoever does."""
    reach = _reach_where(member, _where_they_meet)
    return Case.objects.none() if reach is None else _within(reach)


def cases_worked_on(member: Member) -> QuerySet[Case]:
    """Return the cases of `cases_for` that a member works on today, in whatever place."""
    reach = _reach_where(member, _where_they_work)
    return Case.objects.none() if reach is None else _within(reach)


Reach = tuple[uuid.UUID, Sequence[uuid.UUID], Sequence[uuid.UUID] | None]
"""Which cases a member may read now: of which office, of which persons none, and which alone, where not every other."""


def _reach(member: Member) -> Reach | None:
    facts = member.facts
    if not policies.may_list(facts):
        return None
    shut_out = shut_out_from(member)
    if policies.reads_every_case(facts):
        return member.organisation_id, shut_out, None
    alone = {*_places(member.pk, _where_they_work, timezone.localdate(), covers=True), *opened_by(member)}
    return member.organisation_id, shut_out, list(alone)


def _reach_where(member: Member, where: Where) -> Reach | None:
    """Return what of a member's reach they have a place on, by themselves or for whom they cover: each place is a part of it."""
    reach = _reach(member)
    return None if reach is None else (*reach[:2], _places(member.pk, where, timezone.localdate(), covers=True))


def _within(reach: Reach) -> QuerySet[Case]:
    organisation_id, shut_out, alone = reach
    found = Case.objects.filter(organisation_id=organisation_id).exclude(person_id__in=shut_out)
    return found if alone is None else found.filter(pk__in=alone)


def opened_by(member: Member) -> list[uuid.UUID]:
    """Return the cases that a member has opened in an emergency, which holds now."""
    return once(("emergencies", member.pk), lambda: _in_an_emergency(member.pk, timezone.now()))


@written
def _in_an_emergency(member_id: uuid.UUID, now: datetime) -> QuerySet[Any, uuid.UUID]:
    return BreakGlass.objects.filter(BreakGlass.at(now), taken_by_id=member_id).values_list("case_id", flat=True)


def shut_out_from(member: Member) -> list[uuid.UUID]:
    """Return the persons of whom a relation or conflict of interest keeps a member away: for nearly everybody none.

    Asked at once, not as a part of each query: there a database may walk every person of the office for it.
    """
    return once(("shut_out", member.pk), lambda: _shut_out(member))


def _shut_out(member: Member) -> list[uuid.UUID]:
    named = _in_conflict_with(member.pk, timezone.localdate())
    return list(joined.widened(named).values_list("pk", flat=True)) if named else []


@written
def _in_conflict_with(member_id: uuid.UUID, day: date) -> QuerySet[Any, uuid.UUID]:
    return Conflict.objects.filter(Conflict.on(day), member_id=member_id).values_list("person_id", flat=True)


def works_on(member_id: uuid.UUID, day: date) -> Q:
    """Return the condition that a member works on a case on a day, by a place on its team or by covering for one who has."""
    return _has_a_place(member_id, _where_they_work, day, covers=True)


def is_own(member_id: uuid.UUID, day: date) -> Q:
    """Return the condition that a case is a member's own on a day: they meet the person, or stand in for whoever does."""
    return _has_a_place(member_id, _where_they_meet, day, covers=True)


def meets(member_id: uuid.UUID, day: date) -> Q:
    """Return the condition that a member meets a case's person on a day, covers aside."""
    return _has_a_place(member_id, _where_they_meet, day, covers=False)


Where = Callable[[date, Collection[uuid.UUID]], list[uuid.UUID]]


def _has_a_place(member_id: uuid.UUID, where: Where, day: date, *, covers: bool) -> Q:
    """Return the condition that a member, or whom they cover for, has a place on a case.

    The cases are asked for at once, not as a part of each query: PostgreSQL would go through every case of the office.
    """
    return Q(pk__in=_places(member_id, where, day, covers=covers))


def _places(member_id: uuid.UUID, where: Where, day: date, *, covers: bool) -> list[uuid.UUID]:
    def found() -> list[uuid.UUID]:
        covered = once(("covered", member_id, day), lambda: _covered_by(member_id, day)) if covers else ()
        return where(day, {member_id, *covered})

    return once(("places", member_id, where, day, covers), found)


@written
def _covered_by(member_id: uuid.UUID, day: date) -> QuerySet[Any, uuid.UUID]:
    return LeaveCover.objects.filter(LeaveCover.on(day), covering_id=member_id).values_list("absent_id", flat=True).distinct()


@written
def _where_they_work(day: date, member_ids: Collection[uuid.UUID]) -> QuerySet[Any, uuid.UUID]:
    return _cases_of(TeamMember.on(day), member_ids)


@written
def _where_they_meet(day: date, member_ids: Collection[uuid.UUID]) -> QuerySet[Any, uuid.UUID]:
    return _cases_of(TeamMember.meeting_on(day), member_ids)


def _cases_of(held: Q, member_ids: Collection[uuid.UUID]) -> QuerySet[Any, uuid.UUID]:
    rows = TeamMember.objects.filter(held, member_id__in=member_ids)
    return rows.order_by().values_list("case_id", flat=True).distinct()


def get_case(member: Member, number: str, *, part: str) -> Case:
    """Return a case by its number, or answer 404: a case that is not the member's looks like one that does not exist.

    Raise `keys.KeyDamaged` where nothing of it can be opened: the answer is a page that says so.

    `part` is the code of what the page shows of it; the reading is recorded when the page is answered.
    """
    reach = _reach(member)
    case = next(iter(_numbered(number, *reach)), None) if reach is not None else None
    if case is None:
        raise Http404
    open_all([case])
    with suppress(keys.KeyDestroyed):  # an erased record still opens, empty; one whose key is damaged does not
        keys.person_ring(case.key_id)
    fetch_joined([case])
    readings.note(case, part)
    return case


@written
def _numbered(number: str, *reach: Any) -> QuerySet[Case]:
    return _within(reach).filter(number=number).select_related("person", "organisation", "risk_assessed_by__user")


def open_all(cases: Iterable[Case]) -> None:
    """Open cases that a query scoped to the member found, with one query for all of them."""
    key_ids = [case.key_id for case in cases]
    keys.open_many(key_ids)
    withholding.admit(key_ids)


def next_steps(member: Member, *, until: date) -> QuerySet[Case]:
    """Return the member's open cases whose next step is due until a day, the earliest first."""
    due = cases_for(member).filter(closed_on=None, next_step_on__lte=until)
    return due.select_related("person").order_by("next_step_on", "id")


def own_counts(member: Member) -> tuple[int, int]:
    """Return how many open cases are a member's own today, and of how many the next step is due by today."""
    reach = _reach_where(member, _where_they_meet)
    return (0, 0) if reach is None else next(iter(_counted(timezone.localdate(), *reach)), (0, 0))


@written
def _counted(day: date, *reach: Any) -> QuerySet[Any, tuple[int, int]]:
    found = _within(reach).filter(closed_on=None).order_by().values("organisation_id")
    due = Count("pk", filter=Q(next_step_on__lte=day))
    return found.annotate(own=Count("pk"), due=due).values_list("own", "due")


def counts(member: Member) -> dict[str, int]:
    """Return how many open cases a member reads and, of these, how many are at high risk and how many have a step overdue."""
    overdue = Q(next_step_on__lt=timezone.localdate())
    return dict(
        cases_for(member)
        .filter(closed_on=None)
        .order_by()
        .aggregate(
            open=Count("pk"),
            high_risk=Count("pk", filter=Q(risk=3)),
            overdue=Count("pk", filter=overdue),
            without_step=Count("pk", filter=Q(next_step_on=None)),
        )
    )


@dataclass(frozen=True, slots=True)
class Match:
    """A case that answers a search, and by what.

    `number`, `pseudonym`, `name`, `spelling` (the name in another script or spelling), `alias`, `phone`, `document`, or
    `joined`: by what another record of the same person says.
    """

    case: Case
    by: str
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that answers, before it is read: what a ranking needs of it."""

    case_id: uuid.UUID
    opened_on: date
    number: str
    by: str
    score: float

    @property
    def order(self) -> tuple[float, int, str]:
        """Best first; among equals the case opened last."""
        return -self.score, -self.opened_on.toordinal(), self.number


ROW = ("pk", "opened_on", "number")
MOST_FOUND = 25
HALF_SIGN = re.compile("[\ud800-\udfff]")
"""What stands in no well-written text, and no database takes."""
SHORTEST_PART = 3
WHOLE_NUMBER = 2.0
"""How well a case answers whose number was typed whole: nothing else was meant."""


MOST_RANKED, OPENED_FIRST = 150, 50
"""So many persons are opened and compared, those with most of the pieces first; whoever means another types more of a name."""
NAMED, NUMBERED = ("given_names", "family_name", "other_names"), ("phone", "identity_number")


def search(member: Member, text: str) -> list[Match]:
    """Return the member's cases that answer a text, best first: by number, by pseudonym, and by what names may be seen for.

    Names, telephone and document numbers are searched through blind tokens; only persons whose cases the member may read
    are opened and ranked. Every other way is by an index, so that a search costs the same in a large office; a piece out of
    the middle of a number is looked for last. The text is neither stored nor logged.
    """
    text = HALF_SIGN.sub("", text.replace("\0", "")).strip()[:100]
    if not text:
        return []
    readable = cases_for(member)
    hits: dict[uuid.UUID, Hit] = {}
    for found in (*_by_number(member, readable, text), *_by_pseudonym(readable, text)):
        for hit in found:
            hits.setdefault(hit.case_id, hit)
    if policies.may_search_names(member.facts) and not any(hit.score >= WHOLE_NUMBER for hit in hits.values()):
        for hit in _by_index(member, readable, text):
            if hit.case_id not in hits or hits[hit.case_id].score < hit.score:
                hits[hit.case_id] = hit
    if not hits and len(text) >= SHORTEST_PART and has_digit(text):
        pieces = (found.values_list(*ROW)[:MOST_FOUND] for found in _by_a_piece(readable, text))
        hits = {row[0]: Hit(*row, "number", 1.0) for rows in pieces for row in rows}
    best = sorted(hits.values(), key=lambda hit: hit.order)[:MOST_FOUND]
    cases = readable.select_related("person").in_bulk([hit.case_id for hit in best]) if best else {}
    open_all(cases.values())
    return [Match(cases[hit.case_id], hit.by, hit.score) for hit in best if hit.case_id in cases]


def has_digit(text: str) -> bool:
    """Say whether a text can be one of our numbers, or a part of one: they all have digits."""
    return any(letter.isdigit() for letter in text)


HALF_SIGNS, AFTER_HALF_SIGNS = 0xD800, 0xE000
PART_OF_A_NUMBER = re.compile(r"(?:(?P<country>[a-z]{2})-)?(?:(?P<year>\d{4})-)?(?P<number>\d{1,9})", re.ASCII | re.IGNORECASE)


def _by_number(member: Member, readable: QuerySet[Case], text: str) -> Iterator[Iterable[Hit]]:
    """Yield the cases that a text means as a number, likeliest first: whole, an earlier system's, or `100`, `2026-100`."""
    if has_digit(text):
        yield (Hit(*row, "number", WHOLE_NUMBER) for row in readable.filter(number=text.upper()).order_by().values_list(*ROW))
    earlier = readable.filter(legacy_number__gt="", legacy_number__in={text, text.upper(), text.lower()}).order_by("legacy_number")
    yield (Hit(*row, "number", 1.9) for row in earlier.values_list(*ROW)[:MOST_FOUND])
    said = PART_OF_A_NUMBER.fullmatch(text)
    if said is None:
        return
    counters = CaseNumber.objects.filter(organisation_id=member.organisation_id)
    years = [said["year"]] if said["year"] else [f"{year}" for year in counters.values_list("year", flat=True)]
    country = (said["country"] or member.organisation.country or "ZZ").upper()
    meant = readable.filter(number__in=[f"{country}-{year}-{int(said['number']):05d}" for year in years]).order_by("number")
    yield (Hit(*row, "number", 1.95) for row in meant.values_list(*ROW)[:MOST_FOUND])


def _by_pseudonym(readable: QuerySet[Case], text: str) -> Iterator[Iterable[Hit]]:
    """Yield the cases whose working pseudonym begins with a text, whoever bears it whole first: a range that the index serves."""
    first = text[:1].upper() + text[1:]
    for words in dict.fromkeys((first, first.title())):
        after = _after(words)
        begun = readable.filter(Q(pseudonym__gte=words) & (Q(pseudonym__lt=after) if after is not None else Q()))
        for *row, pseudonym in begun.order_by("pseudonym", "id").values_list(*ROW, "pseudonym")[:MOST_FOUND]:
            yield [Hit(*row, "pseudonym", 1.5 if pseudonym == words else 0.9)]


def _after(words: str) -> str | None:
    """Return the first text after all that begin with these words; None where there is none that a database can be asked for.

    Half a sign of two (a surrogate) is no text, so the last sign is taken past them all; after the very last sign nothing comes.
    """
    last = ord(words[-1]) + 1
    last = AFTER_HALF_SIGNS if HALF_SIGNS <= last < AFTER_HALF_SIGNS else last
    return words[:-1] + chr(last) if last <= sys.maxunicode else None


def _by_a_piece(readable: QuerySet[Case], text: str) -> Iterator[QuerySet[Case]]:
    """Yield the cases in whose number, ours or an earlier one, a text stands anywhere: each walks an index, never the rows."""
    yield readable.filter(number__contains=text.upper()).order_by("-number")
    yield readable.filter(legacy_number__gt="", legacy_number__icontains=text).order_by("-legacy_number")


def _by_index(member: Member, readable: QuerySet[Case], text: str) -> Iterable[Hit]:
    """Yield the cases whose person's name or number answers; what the member may not read costs no query more and none less."""
    own = None
    if not policies.reads_every_case(member.facts):
        own = set(readable.order_by().values_list("person_id", flat=True))
    first = names.candidates(member.organisation, text, among=own, most=MOST_RANKED)
    rows: dict[uuid.UUID, list[tuple[Any, ...]]] = {}
    answers = list(_answers(member, readable, first, text, rows))
    remaining: dict[uuid.UUID, list[tuple[Any, ...]]] = {}
    roots = {person.root for person, _, _ in answers if person.root}
    for person_id, *row in readable.filter(person_id__in=roots).values_list("person_id", *ROW) if roots else ():
        remaining.setdefault(person_id, []).append(tuple(row))
    for person, by, score in answers:
        if person.root is None:
            yield from (Hit(*row, by, score) for row in rows[person.id])
        else:  # the cases of the record that remains, where the member reads any; else its own
            yield from (Hit(*row, "joined", score) for row in remaining.get(person.root) or rows[person.id])


def _answers(
    member: Member,
    readable: QuerySet[Case],
    first: Sequence[uuid.UUID],
    text: str,
    rows: dict[uuid.UUID, list[tuple[Any, ...]]],
) -> Iterator[tuple[Bearer, str, float]]:
    """Yield which of some persons answer a text, by what they answer, and how well; `rows` is filled with their cases.

    All of them are within the member's reach. Where as many as are shown bear the words just as they were typed, whoever
    comes later could only be as good: most often nobody after the first is read or opened.
    """
    sought, asked, whole = names.Sought.of(text), names.numbers(text, text), 0
    compared = [*NAMED, *(NUMBERED if asked else ())]
    for some in (first[:OPENED_FIRST], first[OPENED_FIRST:]):
        persons = _bearers(member, readable, some, compared, rows) if some else {}
        keys.open_many(person.key_id for person in persons.values())
        withholding.admit(person.key_id for person in persons.values())
        for person in (persons[person_id] for person_id in some if person_id in persons):
            try:
                by, score = _answer(person.said(), sought, asked)
            except keys.KeyDestroyed:
                continue
            if score:
                yield person, by, score
            whole += score >= 1.0
            if whole >= MOST_FOUND:
                return


def _bearers(
    member: Member,
    readable: QuerySet[Case],
    some: Sequence[uuid.UUID],
    compared: Sequence[str],
    rows: dict[uuid.UUID, list[tuple[Any, ...]]],
) -> dict[uuid.UUID, Bearer]:
    """Read what is compared of those of some persons of whom the member reads a case; put their cases into `rows`."""
    found: dict[uuid.UUID, Bearer] = {}
    columns = ("person_id", "person__key_id", "person__merged_into_id", *(f"person__{name}" for name in compared), *ROW)
    for person_id, key_id, root, *held in readable.filter(person_id__in=some).order_by().values_list(*columns):
        row = held[len(compared) :]
        rows.setdefault(person_id, []).append(tuple(row))
        found[person_id] = Bearer(person_id, key_id, member.organisation_id, root, dict(zip(compared, held, strict=False)))
    return found


def _answer(said: Mapping[str, str], sought: names.Sought, asked: Collection[str]) -> tuple[str, float]:
    """Return by what a person answers a text and the numbers it may be, and how well; 0 when they do not."""
    if asked and not asked.isdisjoint(names.numbers(said.get("phone", ""), "")):
        return "phone", 1.8
    if asked and not asked.isdisjoint(names.numbers("", said.get("identity_number", ""))):
        return "document", 1.8
    called = names.joined(said.get("given_names", ""), said.get("family_name", ""))
    spoken = sought.rank(names.joined(called, said.get("other_names", "")))
    score = sought.rank(called) if spoken else 0.0
    if score:
        return "name" if sought.is_as_written(called) else "spelling", score
    return "alias", 0.95 * spoken


def safe_contact_rules(case: Case) -> list[str]:
    """Return what every record of the person says on contacting them safely: a rule of one holds for all."""
    own = case.person.safe_contact_rule
    if withholding.is_withheld(own):
        return [own]
    found, others = [own], [one for one in records_of(case.person_id) if one != case.person_id]
    for person in Person.objects.filter(pk__in=others).order_by("pk") if others else ():
        with withholding.as_the_office():
            found.append(person.safe_contact_rule)
    return list(dict.fromkeys(rule for rule in found if rule))  # what is damaged equals nothing, and is something


@dataclass(frozen=True, slots=True)
class OtherCases:
    """The person's other cases: those that the member may read, and how many more there are."""

    cases: tuple[Case, ...]
    hidden: int


def other_case_ids(case: Case) -> list[uuid.UUID]:
    """Return the ids of the other cases of a case's person, in joined records too, whoever asks."""
    return once(("other_cases", case.pk), lambda: _other_cases(records_of(case.person_id), case.pk))


@written
def _other_cases(person_ids: Collection[uuid.UUID], case_id: uuid.UUID) -> QuerySet[Any, uuid.UUID]:
    return Case.objects.filter(person_id__in=person_ids).exclude(pk=case_id).order_by().values_list("pk", flat=True)


def other_cases(member: Member, case: Case) -> OtherCases:
    """Return the other cases of a case's person, in joined records too; of those out of reach only how many they are."""
    others = other_case_ids(case)
    if not others:
        return OtherCases((), 0)
    found = cases_for(member).filter(pk__in=others).select_related("sequel").order_by("-opened_on", "-id")
    return OtherCases(tuple(found), len(others) - len(found))


def notes_of(case: Case) -> list[Note]:
    """Return the notes of a case that whoever reads is cleared for, the latest event first, each with its corrections at hand."""
    rows = opened(known(_notes_of(case.pk), case=case))
    return [note for note in rows if not withholding.is_withheld(note.text)]


@written
def _notes_of(case_id: uuid.UUID) -> QuerySet[Note]:
    return Note.objects.filter(case_id=case_id).select_related("written_by__user", "contact").order_by("-happened_on", "-id")


def what_matters(case: Case) -> Note | None:
    """Return the last note that says what matters now, or None."""
    return next(iter(known(_mattering(case.pk), case=case)), None)


@written
def _mattering(case_id: uuid.UUID) -> QuerySet[Note]:
    notes = Note.objects.filter(case_id=case_id)
    standing = notes.filter(kind="matters").exclude(pk__in=notes.filter(corrects__isnull=False).values("corrects_id"))
    return standing.select_related("written_by__user").order_by("-happened_on", "-id")[:1]


def treated_as_child(case: Case, *, on: date) -> Finding:
    """Say whether the person is treated as a child on a day under the rules of the organisation's country.

    Whoever may be a child is, until the age is certain, and whoever any joined record says it of (see `rules.childhood`).
    """
    return childhood(case, on=on).protected


def childhood(case: Case, *, on: date) -> Childhood:
    """Return on what ground the person is treated as a child on a day, over every record of theirs."""
    years = case.profile_on(on).majority.years
    every = (case.person, *joined.others_of(case.person))
    return rules.strongest(rules.childhood(person.age_on(on), majority_years=years) for person in every)


def fetch_joined(cases: Iterable[Case]) -> None:
    """Bring what joined records say of the persons of a list that only reads, with a few queries for all of them."""
    held = list(cases)
    joined.fetch(case.person for case in held)
    without = [case for case in held if not Case._meta.get_field("organisation").is_cached(case)]
    ids = {case.organisation_id for case in without}
    offices = {pk: once(("organisation", pk), partial(Organisation.objects.get, pk=pk)) for pk in ids}
    for case in without:
        case.organisation = offices[case.organisation_id]


def is_age_shut(case: Case, *, on: date) -> bool:
    """Say whether a date of birth of the person's, in any record, cannot be opened: nobody knows then who answers for them."""
    return any(person.age_on(on).is_shut for person in (case.person, *joined.others_of(case.person)))


def age_band(case: Case, *, on: date | None = None) -> str:
    """Return the standard's age band on the day the case was opened, or on another day."""
    return rules.age_band(case.person.age_on(on or case.opened_on))


def majority(case: Case) -> str:
    """Return the standard's code for child or adult on the day the case was opened."""
    years = case.profile_on(case.opened_on).majority.years
    return rules.majority(case.person.age_on(case.opened_on), majority_years=years)


def groups_of(case: Case) -> Mapping[str, Mapping[str, str]]:
    """Return the groups of four-valued answers by the name of their code list."""
    return {
        "exploitation": case.exploitation,
        "means_of_control": case.means,
        "labour_type": case.labour_types,
        "sex_exploitation": case.sex_types,
        "recruiter_relation": case.recruiter_relations,
        "recruitment_method": case.recruitment_methods,
    }
