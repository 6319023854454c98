"""Whether a consent covers something: pure, and on the safe side wherever it is silent."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import assert_never

from amparo.desk.access.policies import YES, Verdict, no
from amparo.desk.core.partial_dates import FIRST_DAY


class Purpose(StrEnum):
    """What the person is asked about, one purpose at a time."""

    INTERVIEW = "interview"
    ASSISTANCE = "assistance"
    REFERRAL = "referral"
    STATISTICS = "statistics"
    RESEARCH = "research"


class Data(StrEnum):
    """Which data a consent covers; `STATISTICAL` is what goes without name, in coarse groups."""

    CONTACT = "contact"
    IDENTITY = "identity"
    STORY = "story"
    HEALTH = "health"
    LEGAL = "legal"
    FAMILY = "family"
    STATISTICAL = "statistical"


class State(StrEnum):
    """What the person did with the request."""

    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Signed(StrEnum):
    """How an answer is signed."""

    DRAWN = "drawn"
    TYPED = "typed"
    SCANNED = "scanned"
    SPOKEN = "spoken"


class Giver(StrEnum):
    """Who answered."""

    PERSON = "person"
    GUARDIAN = "guardian"
    INTERESTS = "interests"
    """Nobody yet: there is no guardian, and a named person decided in the child's best interests, with a reason."""


FOR_A_CHILD = frozenset({Giver.GUARDIAN, Giver.INTERESTS})
"""Who answers for a child; their answers end with childhood."""

LEAVING = frozenset({Purpose.REFERRAL, Purpose.STATISTICS, Purpose.RESEARCH})
"""Purposes for which something leaves the organisation."""
PUBLISHED = frozenset({Purpose.STATISTICS, Purpose.RESEARCH})
"""Purposes whose results may be published: what was published stays published, and the person is told so."""


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """One consent as verdicts see it; `order` breaks ties between two answers of one day."""

    purpose: Purpose
    recipient: str
    data: frozenset[str]
    state: State
    decided_on: date | None
    withdrawn_on: date | None
    valid_until: date | None
    order: int = 0
    guardian_until: date | None = None
    """Where a guardian gave it for a child: the first day on which the person answers for themselves."""


def named(recipient: str) -> str:
    """Return a recipient's name as names are compared: capitals and spaces make no other recipient."""
    return " ".join(recipient.split()).casefold()


def _spoken_on(row: ConsentFacts, on: date) -> date:
    """Return when the person last said something about this row by a day: on taking it back, else on answering."""
    answered = row.decided_on or date.min
    is_back = row.state is State.WITHDRAWN and row.withdrawn_on is not None and row.withdrawn_on <= on
    return max(answered, row.withdrawn_on or answered) if is_back else answered


def may_carry(recipient: str, body: str) -> Verdict:
    """Say whether a consent to pass data to a recipient opens an excerpt to an outside body: only to the one it names."""
    return YES if named(recipient) == named(body) else no("consent_names_another")


def _last(consents: Iterable[ConsentFacts], purpose: Purpose, to: str, *, on: date) -> ConsentFacts | None:
    """Return the last answer to one question by a day, `to` as `named`; None where nobody answered it."""
    same = [row for row in consents if row.purpose is purpose and named(row.recipient) == to and row.state is not State.ASKED]
    answered = [row for row in same if row.decided_on is not None and row.decided_on <= on]
    return max(answered, key=lambda row: (_spoken_on(row, on), row.order)) if answered else None


def covers(
    consents: Iterable[ConsentFacts], purpose: Purpose, *, on: date, recipient: str = "", data: Iterable[str] = ()
) -> Verdict:
    """Say whether something may happen on a day, for a purpose, towards a recipient, with these data.

    The last answer to the same question decides: a later no undoes an earlier yes, and a withdrawal
    counts from its own day, whichever of several yeses was taken back. An answer about one recipient says nothing about another.
    """
    last = _last(consents, purpose, named(recipient), on=on)
    if last is None:
        return no("consent_not_given")
    if last.state is State.REFUSED:
        return no("consent_refused")
    if last.state is State.WITHDRAWN and (last.withdrawn_on is None or last.withdrawn_on <= on):
        return no("consent_withdrawn")
    if last.valid_until is not None and last.valid_until < on:
        return no("consent_expired")
    if last.guardian_until is not None and last.guardian_until <= on:
        return no("consent_of_guardian_ended")
    return YES if set(data) <= last.data else no("consent_narrower")


def covers_joined(
    own: Iterable[ConsentFacts],
    others: Iterable[ConsentFacts],
    purpose: Purpose,
    *,
    on: date,
    recipient: str = "",
    data: Iterable[str] = (),
) -> Verdict:
    """Say the same for one record of a person who has several: a no in any of them stops it, a yes elsewhere gives nothing.

    `others` are the consents of the other records. What the person answered last counts, in whichever record.
    """
    kinds, own = list(data), list(own)
    verdict = covers(own, purpose, on=on, recipient=recipient, data=kinds)
    if not verdict:
        return verdict
    return covers([*own, *others], purpose, on=on, recipient=recipient, data=kinds)


def stopped_elsewhere(own: Iterable[ConsentFacts], others: Iterable[ConsentFacts], *, on: date) -> tuple[ConsentFacts, ...]:
    """Return each no of other records of the same person that is the last word on its question, and so holds here too."""
    own, others = list(own), list(others)
    found = {}
    for row in others:
        question = row.purpose, named(row.recipient)
        last = _last([*own, *others], *question, on=on)
        is_back = last is not None and last.state is State.WITHDRAWN and (last.withdrawn_on is None or last.withdrawn_on <= on)
        if last is not None and last in others and (last.state is State.REFUSED or is_back):
            found[question] = last
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer about to be recorded."""

    purpose: Purpose
    state: State
    recipient: str
    data: frozenset[str]
    giver: Giver
    assent: str
    says_why_child_was_not_asked: bool
    is_treated_as_child: bool
    told_of_publication: bool
    was_explained: bool
    asked_on: date
    decided_on: date | None
    valid_until: date | None
    says_who_guardian_is: bool = False
    says_who_decided: bool = False
    says_why_so_decided: bool = False
    """Where there is no guardian yet: whether it says who decided in the child's best interests, and why."""
    is_of_age: bool = False
    """Whether the person is of age for certain on the day of the answer; not knowing is neither this nor a child."""


def stops(before: Iterable[ConsentFacts], answer: ConsentFacts, *, on: date) -> bool:
    """Say whether a refusal takes away what was allowed: only then somebody has something to stop."""
    given = (row for row in before if row.order != answer.order)
    return bool(covers(given, answer.purpose, on=on, recipient=answer.recipient))


def asked_anew(consents: Iterable[ConsentFacts], *, on: date) -> tuple[ConsentFacts, ...]:
    """Return the yeses of a guardian that ended because the person is of age, and that nobody has asked the person about since."""
    rows = list(consents)
    ended = []
    for row in rows:
        same = [one for one in rows if one.purpose is row.purpose and named(one.recipient) == named(row.recipient)]
        is_last = all(one.order <= row.order for one in same)
        verdict = covers(rows, row.purpose, on=on, recipient=row.recipient)
        if is_last and row.state is State.GIVEN and verdict.reason == "consent_of_guardian_ended":
            ended.append(row)
    return tuple(ended)


def guardian_ends(latest_majority: date) -> date:
    """Return the first day of the month after coming of age: no more of a birth date than its month is told."""
    following = latest_majority.year * 12 + latest_majority.month
    return date(following // 12, following % 12 + 1, 1)


def may_sign(kind: Signed, *, name: str, has_paper: bool, witness: str) -> Verdict:
    """A drawn or scanned signature has its picture, a typed one its name, a spoken yes somebody who heard it."""
    match kind:
        case Signed.DRAWN:
            return YES if has_paper else no("nothing_drawn")
        case Signed.SCANNED:
            return YES if has_paper else no("paper_missing")
        case Signed.TYPED:
            return YES if name.strip() else no("signed_name_missing")
        case Signed.SPOKEN:
            return YES if witness.strip() else no("witness_missing")
    assert_never(kind)


def may_record(answer: Answered, *, today: date) -> Verdict:
    """Say whether an answer is a consent at all; the reason is the first of `missing`."""
    return next(iter(missing(answer, today=today)), YES)


def missing(answer: Answered, *, today: date) -> tuple[Verdict, ...]:
    """Return every reason why an answer is no consent yet, none when it is one.

    A yes counts only when it was explained in a language the person understands; for a child the
    guardian gives it and the child was asked and agrees, and whoever is of age gives it themselves; for
    what is published the person was told that it stays published. A no needs nothing of all that.
    """
    late = answer.asked_on > today or (answer.decided_on or today) > today
    reasons = [no("day_in_the_future")] if late else []
    if answer.asked_on < FIRST_DAY:
        reasons.append(no("day_too_early"))
    if answer.state is State.ASKED:
        return (*reasons, *([no("asked_has_no_decision")] if answer.decided_on is not None else []))
    if answer.decided_on is None:
        reasons.append(no("decision_needs_a_day"))
    elif answer.decided_on < answer.asked_on:
        reasons.append(no("decided_before_asked"))
    return tuple(reasons) if answer.state is State.REFUSED else (*reasons, *_not_given(answer))


def _not_given(answer: Answered) -> Iterator[Verdict]:
    """Yield what a yes lacks."""
    if not answer.was_explained:
        yield no("not_explained")
    yield from _not_answered_for_a_child(answer)
    if answer.is_treated_as_child:
        yield from _not_given_for_a_child(answer)
    elif answer.is_of_age and answer.giver in FOR_A_CHILD:
        yield no("of_age_answers")
    if answer.purpose is Purpose.REFERRAL and not answer.recipient:
        yield no("recipient_missing")
    if answer.purpose in LEAVING and not answer.data:
        yield no("data_missing")
    if answer.purpose in PUBLISHED and not answer.told_of_publication:
        yield no("publication_not_told")
    if answer.valid_until is not None and answer.decided_on is not None and answer.valid_until < answer.decided_on:
        yield no("ends_before_it_begins")


def _not_given_for_a_child(answer: Answered) -> Iterator[Verdict]:
    """The guardian consents and the child assents (Convention on the Rights of the Child, articles 3, 12 and 18).

    Silence, not knowing and not saying are no agreement. Where a child could not be asked, being too
    young for instance, the reason stands in place of the answer; it never outweighs an answer.
    """
    if answer.giver is Giver.PERSON:
        yield no("guardian_missing")
    match answer.assent:
        case "yes":
            return
        case "no":
            yield no("child_says_no")
        case "":
            if not answer.says_why_child_was_not_asked:
                yield no("child_not_asked")
        case _:
            yield no("child_assent_unknown")


def _not_answered_for_a_child(answer: Answered) -> Iterator[Verdict]:
    """A guardian has a name; where there is none yet, somebody with a name decided in the child's best interests, and why.

    Help does not wait for a guardian to be appointed (CRC, art. 3; General Comment No. 6); what is published can wait.
    """
    if answer.giver is Giver.GUARDIAN and not answer.says_who_guardian_is:
        yield no("guardian_name_missing")
    if answer.giver is not Giver.INTERESTS:
        return
    if answer.purpose in PUBLISHED:
        yield no("publication_needs_guardian")
    if not answer.says_who_decided:
        yield no("interests_by_missing")
    if not answer.says_why_so_decided:
        yield no("interests_why_missing")


class Ground(StrEnum):
    """On what an outside body's reading rests."""

    CONSENT = "consent"
    LEGAL_BASIS = "legal_basis"


@dataclass(frozen=True, slots=True)
class DisclosureFacts:
    """What a verdict may know of an excerpt that is opened to an outside body."""

    body_id: uuid.UUID
    ground: Ground
    data: frozenset[str]
    since: date
    until: date
    entered_by: uuid.UUID
    recipient: str = ""
    """Whom the consent names, word for word."""
    is_confirmed: bool = False
    is_ended: bool = False


def disclosed(disclosure: DisclosureFacts, consents: Iterable[ConsentFacts], *, on: date) -> frozenset[str]:
    """Return the kinds of data that an excerpt shows on a day: never more than the consent, or the confirmed basis, covers.

    A consent counts as it stands on that day, so that a withdrawal, a no, an end or a narrower answer works at once.
    """
    if disclosure.is_ended or not disclosure.since <= on <= disclosure.until:
        return frozenset()
    match disclosure.ground:
        case Ground.LEGAL_BASIS:
            return disclosure.data if disclosure.is_confirmed else frozenset()
        case Ground.CONSENT:
            rows, to = tuple(consents), disclosure.recipient
            return frozenset(kind for kind in disclosure.data if covers(rows, Purpose.REFERRAL, on=on, recipient=to, data=[kind]))
    assert_never(disclosure.ground)
