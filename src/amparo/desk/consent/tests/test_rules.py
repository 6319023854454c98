"""What a consent covers: the last answer decides, silence is no, a withdrawal works from its own day."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.cases.rules import Finding
from amparo.desk.consent import rules
from amparo.desk.consent.rules import ConsentFacts, Giver, Purpose, State

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


def test_a_no_that_is_written_down_late_stops_what_was_allowed_on_its_day_though_it_has_ended_since():
    ended, no = word(State.GIVEN, DAY, order=1), word(State.REFUSED, DAY + timedelta(1), order=9)
    ended = replace(ended, valid_until=DAY + timedelta(3))
    assert rules.stops([ended], no, on=DAY + timedelta(9))
    assert not rules.stops([ended], word(State.REFUSED, DAY + timedelta(5), order=9), on=DAY + timedelta(9))
    for another in (replace(no, recipient="B"), replace(no, purpose=Purpose.RESEARCH)):
        assert not rules.stops([ended], another, on=DAY + timedelta(9))


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


OPENED = rules.DisclosureFacts(
    body_id=uuid.uuid4(),
    ground=rules.Ground.CONSENT,
    data=frozenset({"contact", "story"}),
    since=DAY,
    until=DAY + timedelta(10),
    entered_by=uuid.uuid4(),
    recipient="A",
)
ON_LEGAL_BASIS = replace(OPENED, ground=rules.Ground.LEGAL_BASIS, is_confirmed=True)
BOTH = word(State.GIVEN, DAY)
BOTH = replace(BOTH, data=frozenset({"contact", "story", "health"}))


def shown(disclosure, own=(BOTH,), others=(), on=DAY + timedelta(4), **more):
    return sorted(rules.disclosed(disclosure, own, others, on=on, **more))


@pytest.mark.parametrize("opened", [OPENED, ON_LEGAL_BASIS], ids=lambda one: one.ground.value)
def test_an_excerpt_is_open_from_its_first_day_to_its_last_and_never_once_it_is_ended(opened):
    days = {-1: [], 0: ["contact", "story"], 10: ["contact", "story"], 11: []}
    assert {day: shown(opened, on=DAY + timedelta(day)) for day in days} == days
    assert shown(replace(opened, is_ended=True)) == []


def test_an_excerpt_shows_each_kind_of_data_that_the_consent_covers_that_day_and_no_other():
    assert shown(OPENED, [word(State.GIVEN, DAY)]) == ["contact"]
    no = word(State.REFUSED, DAY + timedelta(5), order=9)
    for said_where in ({"own": [BOTH, no]}, {"others": [no]}):
        assert shown(OPENED, **said_where) == ["contact", "story"]
        assert shown(OPENED, **said_where, on=DAY + timedelta(5)) == []
    assert shown(OPENED, []) == shown(OPENED, [replace(BOTH, recipient="B")]) == shown(OPENED, child=Finding.YES) == []


def test_a_basis_in_law_shows_nothing_until_a_second_person_confirmed_it_and_asks_no_consent_then():
    assert shown(replace(ON_LEGAL_BASIS, is_confirmed=False)) == []
    assert shown(ON_LEGAL_BASIS, []) == ["contact", "story"]
