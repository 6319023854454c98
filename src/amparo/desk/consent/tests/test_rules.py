"""What a consent covers: the last answer decides, silence is no, a withdrawal works from its own day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.cases.rules import Finding
from amparo.desk.consent import rules
from amparo.desk.consent.rules import Answered, ConsentFacts, Giver, Purpose, State

DAY = date(2026, 6, 1)


def fact(state, *, on=DAY, withdrawn=None, until=None, recipient="", data=("statistical",), purpose=Purpose.STATISTICS, order=0):
    decided = None if state is State.ASKED else on
    return ConsentFacts(purpose, recipient, frozenset(data), state, decided, withdrawn, until, order)


def reason(*facts, on=DAY, recipient="", data=("statistical",), purpose=Purpose.STATISTICS):
    verdict = rules.covers(facts, purpose, on=on, recipient=recipient, data=data)
    return verdict.reason or "covered"


def test_silence_is_no():
    assert reason() == "consent_not_given"
    assert reason(fact(State.ASKED)) == "consent_not_given"


def test_a_yes_covers_from_its_day_to_its_end():
    yes = fact(State.GIVEN, until=DAY + timedelta(30))
    assert reason(yes, on=DAY - timedelta(1)) == "consent_not_given"
    assert reason(yes, on=DAY) == reason(yes, on=DAY + timedelta(30)) == "covered"
    assert reason(yes, on=DAY + timedelta(31)) == "consent_expired"


def test_a_yes_to_one_recipient_is_none_to_another():
    yes = fact(State.GIVEN, recipient="Harbour Clinic", purpose=Purpose.REFERRAL, data=("health",))
    asked = {"purpose": Purpose.REFERRAL, "data": ("health",)}
    assert reason(yes, recipient="Harbour Clinic", **asked) == "covered"
    assert reason(yes, recipient="Police of Belmora", **asked) == "consent_not_given"
    assert reason(yes, recipient="Harbour Clinic", purpose=Purpose.REFERRAL, data=("health", "legal")) == "consent_narrower"
    assert reason(yes, recipient="Harbour Clinic") == "consent_not_given"


def test_a_withdrawal_counts_from_its_own_day():
    taken_back = fact(State.WITHDRAWN, withdrawn=DAY + timedelta(5))
    assert reason(taken_back, on=DAY + timedelta(4)) == "covered"
    assert reason(taken_back, on=DAY + timedelta(5)) == "consent_withdrawn"


def test_a_later_no_undoes_an_earlier_yes_and_a_later_yes_an_earlier_withdrawal():
    yes, refused = fact(State.GIVEN), fact(State.REFUSED, on=DAY + timedelta(1))
    again = fact(State.GIVEN, on=DAY + timedelta(2))
    assert reason(yes, refused, on=DAY + timedelta(1)) == "consent_refused"
    assert reason(yes, refused, again, on=DAY + timedelta(2)) == "covered"
    assert reason(fact(State.GIVEN, order=1), fact(State.REFUSED, order=2)) == "consent_refused"


STATES = st.sampled_from(list(State))
DAYS = st.integers(0, 20).map(lambda number: DAY + timedelta(number))


@given(st.lists(st.tuples(STATES, DAYS, st.integers(0, 5)), max_size=6), DAYS)
def test_after_a_withdrawal_nothing_is_covered_unless_asked_again(answers, today):
    facts = [fact(state, on=day, order=order, withdrawn=day if state is State.WITHDRAWN else None) for state, day, order in answers]
    last = fact(State.WITHDRAWN, on=today, withdrawn=today, order=99)
    assert reason(*facts, last, on=today) == "consent_withdrawn"


@given(st.permutations([fact(State.GIVEN, order=1), fact(State.REFUSED, on=DAY + timedelta(1), order=2), fact(State.ASKED)]))
def test_the_order_of_reading_does_not_matter(facts):
    assert reason(*facts, on=DAY + timedelta(3)) == "consent_refused"


def answered(**changed):
    values = {
        "purpose": Purpose.STATISTICS,
        "state": State.GIVEN,
        "recipient": "",
        "data": frozenset({"statistical"}),
        "giver": Giver.PERSON,
        "assent": "",
        "says_why_child_was_not_asked": False,
        "is_treated_as_child": False,
        "told_of_publication": True,
        "was_explained": True,
        "asked_on": DAY,
        "decided_on": DAY,
        "valid_until": None,
        "says_who_guardian_is": True,
    }
    return Answered(**(values | changed))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ""),
        ({"was_explained": False}, "not_explained"),
        ({"told_of_publication": False}, "publication_not_told"),
        ({"purpose": Purpose.INTERVIEW, "told_of_publication": False, "data": frozenset()}, ""),
        ({"purpose": Purpose.REFERRAL}, "recipient_missing"),
        ({"purpose": Purpose.REFERRAL, "recipient": "Harbour Clinic", "data": frozenset()}, "data_missing"),
        ({"is_treated_as_child": True}, "guardian_missing"),
        ({"is_treated_as_child": True, "giver": Giver.GUARDIAN}, "child_not_asked"),
        ({"is_treated_as_child": True, "state": State.REFUSED, "was_explained": False, "told_of_publication": False}, ""),
        ({"decided_on": None}, "decision_needs_a_day"),
        ({"state": State.ASKED}, "asked_has_no_decision"),
        ({"decided_on": DAY - timedelta(1)}, "decided_before_asked"),
        ({"asked_on": DAY + timedelta(40), "decided_on": DAY + timedelta(40)}, "day_in_the_future"),
        ({"valid_until": DAY - timedelta(1)}, "ends_before_it_begins"),
    ],
)
def test_a_yes_must_be_informed_and_a_no_needs_nothing(changed, expected):
    assert rules.may_record(answered(**changed), today=DAY + timedelta(30)).reason == expected


CHILD = """
    guardian gives | child answers | reason why not asked || refused because
    yes            | yes           | no                   ||
    yes            | yes           | yes                  ||
    yes            | no            | no                   || child_says_no
    yes            | no            | yes                  || child_says_no
    yes            | unknown       | no                   || child_assent_unknown
    yes            | unknown       | yes                  || child_assent_unknown
    yes            | declined      | no                   || child_assent_unknown
    yes            | declined      | yes                  || child_assent_unknown
    yes            |               | no                   || child_not_asked
    yes            |               | yes                  ||
    no             | yes           | no                   || guardian_missing
    no             |               | no                   || guardian_missing child_not_asked
"""


@pytest.mark.parametrize("line", CHILD.strip().splitlines()[1:])
def test_a_guardian_consents_and_the_child_was_asked_and_agrees(line):
    """Silence and not knowing are no agreement; a reason stands for a child who could not be asked, never against an answer."""
    told, expected = line.split("||")
    guardian, assent, why = (part.strip() for part in told.split("|"))
    answer = answered(
        is_treated_as_child=True,
        giver=Giver.GUARDIAN if guardian == "yes" else Giver.PERSON,
        assent=assent,
        says_why_child_was_not_asked=why == "yes",
    )
    assert [found.reason for found in rules.missing(answer, today=DAY)] == expected.split()


NOBODY_YET = """
    purpose    | who decided | why | refused because
    assistance | yes         | yes ||
    interview  | yes         | yes ||
    referral   | yes         | yes ||
    assistance | no          | yes || interests_by_missing
    assistance | yes         | no  || interests_why_missing
    assistance | no          | no  || interests_by_missing interests_why_missing
    statistics | yes         | yes || publication_needs_guardian
    research   | yes         | yes || publication_needs_guardian
"""


@pytest.mark.parametrize("child", [True, False])
@pytest.mark.parametrize("line", NOBODY_YET.strip().splitlines()[1:])
def test_where_there_is_no_guardian_a_named_person_decides_with_a_reason(line, child):
    """Help does not wait for a guardian; what is published does. Whoever may be a child or is one makes no difference."""
    told, expected = line.split("||")
    purpose, who, why = (part.strip() for part in told.split("|"))
    answer = answered(
        purpose=Purpose(purpose),
        recipient="Harbour Clinic",
        giver=Giver.INTERESTS,
        assent="yes",
        is_treated_as_child=child,
        says_who_decided=who == "yes",
        says_why_so_decided=why == "yes",
    )
    assert [found.reason for found in rules.missing(answer, today=DAY)] == expected.split()


def test_a_guardian_without_a_name_consents_to_nothing():
    for child in (True, False):
        answer = answered(giver=Giver.GUARDIAN, assent="yes", is_treated_as_child=child, says_who_guardian_is=False)
        assert [found.reason for found in rules.missing(answer, today=DAY)] == ["guardian_name_missing"]


def test_whoever_is_of_age_answers_themselves_also_where_nobody_was_there():
    answer = answered(
        giver=Giver.INTERESTS, purpose=Purpose.INTERVIEW, is_of_age=True, says_who_decided=True, says_why_so_decided=True
    )
    assert "of_age_answers" in [found.reason for found in rules.missing(answer, today=DAY)]


def test_an_adults_consent_asks_nothing_of_a_child():
    for assent in ("", "no", "unknown"):
        assert rules.missing(answered(assent=assent), today=DAY) == ()


def test_everything_that_is_missing_is_said_at_once():
    told = {"purpose": Purpose.RESEARCH, "data": frozenset(), "was_explained": False, "told_of_publication": False}
    found = {one.reason for one in rules.missing(answered(**told), today=DAY)}
    assert found == {"not_explained", "data_missing", "publication_not_told"}


def test_a_withdrawal_of_which_nobody_knows_the_day_holds_on_every_day():
    assert reason(fact(State.WITHDRAWN, withdrawn=None)) == "consent_withdrawn"


def test_the_last_word_of_a_row_is_of_the_day_on_which_it_was_said():
    taken_back = fact(State.WITHDRAWN, withdrawn=DAY + timedelta(5))
    said = [rules.spoken_on(taken_back, on=DAY + timedelta(days)) for days in (4, 5)]
    assert said == [DAY, DAY + timedelta(5)]
    assert rules.spoken_on(fact(State.REFUSED), on=DAY) == DAY
    assert rules.spoken_on(fact(State.ASKED), on=DAY) is None


def test_where_nobody_is_named_a_recipient_makes_no_other_question():
    yes, refused = fact(State.GIVEN, recipient="Institute", order=1), fact(State.REFUSED, order=2)
    assert reason(yes, refused, recipient="Institute") == reason(yes, refused) == "consent_refused"


def test_an_excerpt_goes_to_the_body_that_the_consent_names_and_to_no_other():
    assert rules.may_carry("Police of  BELMORA", "police of Belmora")
    assert rules.may_carry("Police of Belmora", "Harbour Clinic").reason == "consent_names_another"


@pytest.mark.parametrize("sign", sorted(rules.UNSEEN))
def test_characters_that_nobody_sees_make_no_other_name(sign):
    assert rules.named(f"Port{sign} lawyers") == rules.named("Port lawyers") == "port lawyers"


def test_a_question_waits_until_it_is_answered_or_everybody_is_refused():
    def word(state, order, to="A", purpose=Purpose.REFERRAL):
        return fact(state, recipient=to, purpose=purpose, order=order, withdrawn=DAY if state is State.WITHDRAWN else None)

    asked = word(State.ASKED, 5)
    settles = [word(State.GIVEN, 6), word(State.REFUSED, 6, "a"), word(State.REFUSED, 6, ""), word(State.WITHDRAWN, 6, "")]
    leaves = [
        *(word(State.GIVEN, 5), word(State.REFUSED, 4), word(State.ASKED, 6), word(State.GIVEN, 6, "B"), word(State.GIVEN, 6, "")),
        *(word(State.REFUSED, 6, "", Purpose.RESEARCH), word(State.REFUSED, 6, "B")),
    ]
    assert [rules.waits(asked, [one]) for one in settles] == [False] * len(settles)
    assert [rules.waits(asked, [asked, one]) for one in leaves] == [True] * len(leaves)
    assert rules.waits(fact(State.ASKED, order=5), [fact(State.REFUSED, order=4)])
    assert not rules.waits(fact(State.ASKED, order=5), [fact(State.REFUSED, order=6)])


def word(state, on, *, purpose=Purpose.REFERRAL, to="A", order=0, back=None, **more):
    return ConsentFacts(purpose, to, frozenset({"contact"}), state, on, back, None, order, **more)


def test_a_no_to_everybody_of_an_earlier_day_stops_what_was_allowed_since():
    """It holds for each yes, earlier and later: on the day on which it was said nothing was allowed yet, and today something is."""
    yes, no = word(State.GIVEN, DAY + timedelta(4)), word(State.REFUSED, DAY, to="", order=9)
    assert rules.stops([yes], no, on=DAY + timedelta(9))
    assert not rules.stops([yes], word(State.REFUSED, DAY, order=9), on=DAY + timedelta(9)), "the later yes stands"
    despite = word(State.GIVEN, DAY + timedelta(4), despite_no=True)
    assert not rules.stops([despite], no, on=DAY + timedelta(9))
    ended = word(State.GIVEN, DAY - timedelta(1), order=1)
    assert rules.stops([ended], word(State.REFUSED, DAY, order=9), on=DAY + timedelta(9)), "allowed until that day"
    assert not rules.stops([], no, on=DAY)


def test_whoever_takes_back_a_yes_that_named_nobody_says_no_to_everybody():
    """Who takes back what they agreed to for research, whoever does it, is not heard as if one of them were meant."""
    asked = {"on": DAY + timedelta(9), "data": ["contact"]}
    to_one = word(State.GIVEN, DAY, purpose=Purpose.RESEARCH)
    to_all = word(State.WITHDRAWN, DAY, purpose=Purpose.RESEARCH, to="", order=3, back=DAY + timedelta(5))
    verdict = rules.covers([to_one, to_all], Purpose.RESEARCH, recipient="A", **asked)
    assert verdict.reason == "consent_refused_to_all"
    assert rules.covers([to_one, to_all], Purpose.RESEARCH, recipient="A", **asked | {"on": DAY + timedelta(4)}), "from its day on"
    despite = word(State.GIVEN, DAY + timedelta(6), purpose=Purpose.RESEARCH, despite_no=True, order=4)
    assert rules.covers([despite, to_all], Purpose.RESEARCH, recipient="A", **asked)


def test_a_child_who_answered_alone_needs_a_guardian_however_gladly_they_agreed():
    asked = {"on": DAY, "recipient": "A", "child": Finding.YES}
    alone, heard = (word(State.GIVEN, DAY, giver=giver, child_agreed=True) for giver in (Giver.PERSON, Giver.GUARDIAN))
    assert rules.covers([alone], Purpose.REFERRAL, **asked).reason == "consent_needs_guardian"
    assert rules.covers([heard], Purpose.REFERRAL, **asked)


def test_a_no_in_another_case_holds_though_it_was_undone_there():
    own = word(State.GIVEN, DAY)
    no, yes = word(State.REFUSED, DAY + timedelta(1), order=1), word(State.GIVEN, DAY + timedelta(2), order=2)
    asked = {"on": DAY + timedelta(9), "recipient": "A"}
    assert rules.covers_joined([own], [no, yes], Purpose.REFERRAL, **asked).reason == "consent_refused"
    assert rules.covers_joined([own], [yes], Purpose.REFERRAL, **asked)
    later = word(State.GIVEN, DAY + timedelta(3), order=3)
    assert rules.covers_joined([later], [no], Purpose.REFERRAL, **asked)


def test_a_no_of_this_case_is_not_told_as_one_of_another():
    own = word(State.REFUSED, DAY + timedelta(5), order=5)
    others = [word(State.REFUSED, DAY, order=1), word(State.GIVEN, DAY + timedelta(1), order=2), word(State.ASKED, None, order=9)]
    on = DAY + timedelta(9)
    assert rules.stopped_elsewhere([own], others, on=on) == ()
    assert rules.stopped_elsewhere([], others[:1], on=on) == (others[0],)
    assert rules.stopped_elsewhere([], others, on=on) == ()


@pytest.mark.parametrize(
    ("comes", "ends"),
    [(date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 11, 30), date(2026, 12, 1)), (date(2026, 12, 31), date(2027, 1, 1))],
)
def test_a_guardian_answers_until_the_month_after_coming_of_age(comes, ends):
    assert rules.guardian_ends(comes) == ends


def test_asked_anew_is_what_the_age_ended_and_nobody_asked_about_since():
    alone = word(State.GIVEN, DAY, order=5)
    later = [word(State.ASKED, None, order=6), word(State.GIVEN, DAY, order=6, giver=Giver.GUARDIAN, child_agreed=True)]
    leaves = [word(State.ASKED, None, order=4), word(State.ASKED, None, order=6, to="B"), word(State.REFUSED, DAY, order=4)]
    asked = {"on": DAY, "child": Finding.YES}
    assert rules.asked_anew([alone], **asked) == (alone,)
    assert [rules.asked_anew([alone, one], **asked) for one in later] == [(), ()]
    assert [rules.asked_anew([alone, one], **asked) for one in leaves] == [(alone,)] * 3
    assert rules.asked_anew([alone], [word(State.REFUSED, DAY, order=6)], **asked) == ()
    assert rules.asked_anew([alone], [word(State.GIVEN, DAY, order=6)], **asked) == (alone,)
    assert rules.asked_anew([alone], on=DAY, child=Finding.NO) == ()


def test_a_guardian_is_asked_about_what_was_decided_without_one_and_holds():
    decided = word(State.GIVEN, DAY, order=5, giver=Giver.INTERESTS, child_agreed=True)
    by_guardian = word(State.GIVEN, DAY, order=5, giver=Giver.GUARDIAN, child_agreed=True)
    asked = {"on": DAY, "child": Finding.YES}
    assert rules.decided_for_a_child([decided], [], **asked) == (decided,)
    assert rules.decided_for_a_child([by_guardian], [], **asked) == ()
    assert rules.decided_for_a_child([decided, word(State.ASKED, None, order=6)], [], **asked) == ()
    assert rules.decided_for_a_child([decided], [word(State.REFUSED, DAY, order=6)], **asked) == ()
