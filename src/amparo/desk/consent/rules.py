"""Whether a consent covers something: pure, and on the safe side wherever it is silent."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import assert_never

from amparo.desk.access.policies import YES, Verdict, no
from amparo.desk.cases.rules import Finding
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


NAMING = frozenset({Purpose.REFERRAL, Purpose.RESEARCH})
"""Purposes that are agreed to for one recipient; where somebody says no and names none, the no is to everybody."""


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """One consent as verdicts see it."""

    purpose: Purpose
    recipient: str
    data: frozenset[str]
    state: State
    decided_on: date | None
    withdrawn_on: date | None
    valid_until: date | None
    order: int = 0
    """The moment at which the last word was written down; it orders the answers of one day."""
    written_on: date | None = None
    """The day of that moment. A word of an earlier day has no known hour: see `_place`."""
    giver: Giver = Giver.PERSON
    child_agreed: bool = False
    """Whether the answer was given as the rule for a child demands: by the guardian, and the child was asked and agrees."""
    despite_no: bool = False
    """Whether the person said this yes knowing that they had said no to everybody."""


DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d"), "-")
APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u02c8\u00b4\u0060\uff07\ua78c"), "'")


LIKE = DASHES | APOSTROPHES
UNSEEN = frozenset(map(chr, [0x034F, 0x115F, 0x1160, 0x3164, *range(0xFE00, 0xFE10)]))
"""Characters that nobody sees besides those of the category Cf: joiners, fillers and choices of a form."""


def named(recipient: str) -> str:
    """Return a recipient's name as names are compared: how a keyboard writes it makes no other recipient.

    Capitals, spaces, composed or decomposed accents (Unicode NFKC), characters that nobody sees (category Cf), and which of
    its apostrophes and dashes a keyboard has, are all one.
    """
    return _folded(_folded(recipient))


def _folded(name: str) -> str:
    written = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", name.translate(LIKE)).casefold()).translate(LIKE)
    return " ".join("".join(sign for sign in written if unicodedata.category(sign) != "Cf" and sign not in UNSEEN).split())


def asked_about(purpose: Purpose, recipient: str) -> str:
    """Return whom a question is about, as names are compared: "" for everybody, and for purposes that name nobody."""
    return named(recipient) if purpose in NAMING else ""


def may_carry(recipient: str, body: str) -> Verdict:
    """Say whether a consent to pass data to a recipient opens an excerpt to an outside body: only to the one it names."""
    return YES if named(recipient) == named(body) else no("consent_names_another")


def is_no(row: ConsentFacts, *, on: date) -> bool:
    """Say whether an answer is a no on a day: a refusal, or a yes that was taken back by then."""
    taken = row.state is State.WITHDRAWN and (row.withdrawn_on is None or row.withdrawn_on <= on)
    return taken or row.state is State.REFUSED


def spoken_on(row: ConsentFacts, *, on: date) -> date | None:
    """Return when the person last said something in a row by a day: on taking it back, else on answering."""
    said = (row.decided_on, row.withdrawn_on if is_no(row, on=on) else None)
    return max((day for day in said if day is not None), default=None)


def _place(row: ConsentFacts, on: date) -> tuple[date, float, bool, int]:
    """Return where the person's last word in a row stands among all: by its day, then by the moment.

    What was written down on another day than it was said has no hour. Such a yes stands at the beginning of its day and such a
    no at its end, and of two words of one moment the no is the last: whoever said both on one day is asked again.
    """
    day, negative = spoken_on(row, on=on) or date.min, is_no(row, on=on)
    moment = float(row.order) if row.written_on in (None, day) else float("inf" if negative else "-inf")
    return day, moment, negative, row.order


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was answered by a day to one question: the last word about this recipient, and the last no to everybody.

    Whoever takes back a yes that named nobody says no to everybody, as whoever refuses without naming anybody.
    """

    last: ConsentFacts | None
    to_all: ConsentFacts | None

    @classmethod
    def of(cls, consents: Iterable[ConsentFacts], purpose: Purpose, recipient: str, on: date) -> _Heard:
        rows = [row for row in consents if row.purpose is purpose and row.decided_on is not None and row.decided_on <= on]
        to = asked_about(purpose, recipient)
        here = [row for row in rows if asked_about(purpose, row.recipient) == to]
        general = [row for row in rows if to and not asked_about(purpose, row.recipient) and is_no(row, on=on)]
        ranked = [max(some, key=lambda row: _place(row, on), default=None) for some in (here, general)]
        return cls(*ranked)

    def stopped_by_all(self, on: date) -> bool:
        """A no to everybody holds for each yes, earlier and later, but for one that was said later in spite of it."""
        if self.to_all is None:
            return False
        if self.last is None or not self.last.despite_no:
            return True
        return _place(self.last, on) < _place(self.to_all, on)


def last_word(consents: Iterable[ConsentFacts], purpose: Purpose, *, on: date, recipient: str = "") -> ConsentFacts | None:
    """Return the answer to a question that decides on a day; None where there is none."""
    return _Heard.of(consents, purpose, recipient, on).last


def covers(
    consents: Iterable[ConsentFacts],
    purpose: Purpose,
    *,
    on: date,
    recipient: str = "",
    data: Iterable[str] = (),
    child: Finding = Finding.UNKNOWN,
) -> Verdict:
    """Say whether something may happen on a day, for a purpose, towards a recipient, with these data.

    The last answer to the same question decides: a later no undoes an earlier yes, and a withdrawal counts from its own day,
    whichever of several yeses was taken back. An answer about one recipient says nothing about another, save a no to everybody.
    `child` is whether the person is treated as a child on that day, by what is known of their age today: a guardian's yes
    ends with childhood, and a child's alone, or one to which the child was not heard, does not count.
    """
    heard = _Heard.of(consents, purpose, recipient, on)
    last = heard.last
    if last is not None and is_no(last, on=on):
        return no("consent_refused") if last.state is State.REFUSED else no("consent_withdrawn")
    if heard.stopped_by_all(on):
        return no("consent_refused_to_all")
    if last is None:
        return no("consent_not_given")
    if last.valid_until is not None and last.valid_until < on:
        return no("consent_expired")
    if child is Finding.NO and last.giver in FOR_A_CHILD:
        return no("consent_of_guardian_ended")
    if child is Finding.YES and not (last.giver in FOR_A_CHILD and last.child_agreed):
        return no("consent_needs_guardian")
    return YES if set(data) <= last.data else no("consent_narrower")


def covers_joined(
    own: Iterable[ConsentFacts],
    others: Iterable[ConsentFacts],
    purpose: Purpose,
    *,
    on: date,
    recipient: str = "",
    data: Iterable[str] = (),
    child: Finding = Finding.UNKNOWN,
) -> Verdict:
    """Say the same for one case of a person who has several, in one record or in joined ones.

    `others` are the consents of the other cases. A no in any of them stops it, also one that was undone there since; what the
    person said last, in whichever, draws the limits; a yes elsewhere gives nothing. Where this case was never asked, the reason
    is the no that was said elsewhere: nobody is sent to ask again what was refused.
    """
    own, others = list(own), list(others)
    heard = (own, [*own, *_noes(others, on)], [*own, *others]) if others else (own,)
    kinds = list(data)
    found = [covers(rows, purpose, on=on, recipient=recipient, data=kinds, child=child) for rows in heard]
    if others and found[0].reason == "consent_not_given":
        return found[1]
    return next((verdict for verdict in found if not verdict), YES)


def _noes(others: Iterable[ConsentFacts], on: date) -> list[ConsentFacts]:
    return [row for row in others if is_no(row, on=on)]


ASKED_ANEW = frozenset({"consent_of_guardian_ended", "consent_needs_guardian"})
"""Verdicts that tell that the person's age asks for another answer than was given."""


def stopped_elsewhere(own: Iterable[ConsentFacts], others: Iterable[ConsentFacts], *, on: date) -> tuple[ConsentFacts, ...]:
    """Return each no of other cases of the same person that is the last word on its question, and so holds here too."""
    own, others = list(own), list(others)
    found: dict[tuple[Purpose, str], ConsentFacts] = {}
    for row in others:
        last = last_word([*own, *others], row.purpose, recipient=row.recipient, on=on)
        if last is not None and any(last is one for one in others) and is_no(last, on=on):
            found[row.purpose, asked_about(row.purpose, row.recipient)] = last
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
    despite_no: bool = False
    said_no_to_all: bool = False
    """Whether the person said no to everybody for this purpose before: a yes then says that it is said in spite of it."""
    is_of_age: bool = False
    """Whether the person is of age for certain on the day of the answer; not knowing is neither this nor a child."""


def stops(before: Iterable[ConsentFacts], answer: ConsentFacts, *, on: date) -> bool:
    """Say whether a refusal takes away what was allowed to somebody: only then somebody has something to stop.

    `on` is today: what is taken away is what was allowed on the day of the no, or has been allowed since.
    """
    given = list(before)
    asked = [(day, one) for day in (answer.decided_on or on, on) for one in {row.recipient for row in given}]
    return any(
        covers(given, answer.purpose, on=day, recipient=one) and not covers([*given, answer], answer.purpose, on=day, recipient=one)
        for day, one in asked
    )


def waits(asked: ConsentFacts, said: Iterable[ConsentFacts]) -> bool:
    """Say whether a question still waits: nobody has answered it since, to whichever form, nor said no to everybody."""
    answers = [row for row in said if row.order > asked.order and row.purpose is asked.purpose and row.state is not State.ASKED]
    return not any(_same_question(row, asked) or _is_general_no(row) for row in answers)


def _is_general_no(row: ConsentFacts) -> bool:
    return row.state in (State.REFUSED, State.WITHDRAWN) and not asked_about(row.purpose, row.recipient)


def asked_anew(
    own: Iterable[ConsentFacts], others: Iterable[ConsentFacts] = (), *, on: date, child: Finding
) -> tuple[ConsentFacts, ...]:
    """Return the yeses of a case that ended because of the person's age today, and that nobody has asked about anew since.

    Without those that a no in another case of the person (`others`) stops: who said no is not asked as if they had not.
    """
    rows = list(own)
    heard = [*rows, *_noes(others, on)]
    return tuple(
        row
        for row in _not_asked_since(rows, on)
        if covers(heard, row.purpose, on=on, recipient=row.recipient, child=child).reason in ASKED_ANEW
    )


def decided_for_a_child(
    own: Iterable[ConsentFacts], others: Iterable[ConsentFacts], *, on: date, child: Finding
) -> tuple[ConsentFacts, ...]:
    """Return what was decided for a child who had no guardian, holds on a day, and nobody has asked about anew since."""
    rows, elsewhere = list(own), list(others)
    decided = [row for row in _not_asked_since(rows, on) if row.giver is Giver.INTERESTS]
    return tuple(row for row in decided if covers_joined(rows, elsewhere, row.purpose, on=on, recipient=row.recipient, child=child))


def _not_asked_since(rows: Collection[ConsentFacts], on: date) -> Iterator[ConsentFacts]:
    """Yield the answers that are the last word on their question, and about which no question was put since."""
    for row in rows:
        was_asked = any(one.order > row.order and _same_question(one, row) for one in rows)
        if not was_asked and last_word(rows, row.purpose, recipient=row.recipient, on=on) is row:
            yield row


def _same_question(one: ConsentFacts, other: ConsentFacts) -> bool:
    about = ((row.purpose, asked_about(row.purpose, row.recipient)) for row in (one, other))
    return len(set(about)) == 1


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


def missing_for_nobody_else(answer: Answered, *, today: date) -> tuple[Verdict, ...]:
    """Return every reason why an answer cannot be said as *yes to this one, and no to everybody else*; none when it can.

    Two answers are then written down together: a no to everybody, and after it the yes, said in spite of it. Of an earlier day
    nobody knows the hours, so that there the no would stand for everybody: it is said as of today.
    """
    reasons = [] if answer.state is State.GIVEN else [no("nobody_else_needs_a_yes")]
    if not asked_about(answer.purpose, answer.recipient):
        reasons.append(no("nobody_else_needs_a_recipient"))
    if answer.decided_on is not None and answer.decided_on < today:
        reasons.append(no("nobody_else_is_said_today"))
    return tuple(reasons)


def _not_given(answer: Answered) -> Iterator[Verdict]:
    """Yield what a yes lacks."""
    if not answer.was_explained:
        yield no("not_explained")
    yield from _not_answered_for_a_child(answer)
    if answer.is_treated_as_child:
        yield from _not_given_for_a_child(answer)
    elif answer.is_of_age and answer.giver in FOR_A_CHILD:
        yield no("of_age_answers")
    if answer.purpose is Purpose.REFERRAL and not named(answer.recipient):
        yield no("recipient_missing")
    if answer.said_no_to_all and asked_about(answer.purpose, answer.recipient) and not answer.despite_no:
        yield no("said_no_to_all")
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


def disclosed(
    disclosure: DisclosureFacts,
    own: Iterable[ConsentFacts],
    others: Iterable[ConsentFacts] = (),
    *,
    on: date,
    child: Finding = Finding.UNKNOWN,
) -> frozenset[str]:
    """Return the kinds of data that an excerpt shows on a day: never more than the consent, or the confirmed basis, covers.

    A consent counts as it stands on that day, so that a withdrawal, a no, an end or a narrower answer works at once, in
    whichever of the person's cases it was said: see `covers_joined`.
    """
    if disclosure.is_ended or not disclosure.since <= on <= disclosure.until:
        return frozenset()
    match disclosure.ground:
        case Ground.LEGAL_BASIS:
            return disclosure.data if disclosure.is_confirmed else frozenset()
        case Ground.CONSENT:
            mine, elsewhere, to = list(own), list(others), disclosure.recipient
            return frozenset(
                kind
                for kind in disclosure.data
                if covers_joined(mine, elsewhere, Purpose.REFERRAL, on=on, recipient=to, data=[kind], child=child)
            )
    assert_never(disclosure.ground)
