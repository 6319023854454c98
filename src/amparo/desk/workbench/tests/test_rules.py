"""What is missing on a record, how near a day is, and events in words."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import translation

from amparo.desk.audit.wording import say as sentence
from amparo.desk.workbench import rules
from amparo.desk.workbench.events import PLAIN, SPECIAL
from amparo.desk.workbench.rules import Due, Gap, Known

TODAY = date(2026, 11, 22)
EVERYTHING = Known(
    has_safe_contact=True,
    risk_assessed_on=TODAY,
    has_next_step=True,
    has_language=True,
    has_age=True,
    has_gender=True,
    has_citizenship=True,
    has_screening=True,
    has_undecided_screening=False,
    has_exploitation=True,
    has_legs=True,
    was_asked_assistance=True,
    was_asked_statistics=True,
)


def test_a_full_record_lacks_nothing():
    assert rules.missing(EVERYTHING, today=TODAY) == ()


@pytest.mark.parametrize(
    ("known", "gap"),
    [
        ({"has_safe_contact": False}, Gap.SAFE_CONTACT),
        ({"risk_assessed_on": None}, Gap.RISK),
        ({"risk_assessed_on": TODAY - timedelta(days=91)}, Gap.RISK_OLD),
        ({"has_next_step": False}, Gap.NEXT_STEP),
        ({"has_language": False}, Gap.LANGUAGE),
        ({"has_age": False}, Gap.AGE),
        ({"has_gender": False}, Gap.GENDER),
        ({"has_citizenship": False}, Gap.CITIZENSHIP),
        ({"has_undecided_screening": True}, Gap.DECISION),
        ({"has_exploitation": False}, Gap.EXPLOITATION),
        ({"has_legs": False}, Gap.JOURNEY),
        ({"was_asked_statistics": False}, Gap.STATISTICS_CONSENT),
    ],
)
def test_each_question_left_open_is_named_alone(known, gap):
    assert rules.missing(replace(EVERYTHING, **known), today=TODAY) == (gap,)


def test_what_follows_from_a_screening_is_not_asked_before_it():
    known = replace(EVERYTHING, has_screening=False, has_exploitation=False, has_legs=False)
    assert rules.missing(known, today=TODAY) == (Gap.SCREENING,)


def test_statistics_are_not_asked_before_help():
    known = replace(EVERYTHING, was_asked_assistance=False, was_asked_statistics=False)
    assert rules.missing(known, today=TODAY) == (Gap.ASSISTANCE_CONSENT,)


def test_safety_comes_first_and_a_closed_case_asks_for_nothing():
    nothing = replace(
        EVERYTHING, **{name: False for name in Known.__slots__ if name.startswith(("has_", "was_"))}, risk_assessed_on=None
    )
    gaps = rules.missing(nothing, today=TODAY)
    assert gaps[:2] == (Gap.SAFE_CONTACT, Gap.RISK)
    assert rules.missing(replace(nothing, is_closed=True), today=TODAY) == ()


@pytest.mark.parametrize(("days", "due"), [(-1, Due.LATE), (0, Due.SOON), (2, Due.SOON), (3, Due.CALM)])
def test_a_day_is_late_soon_or_calm(days, due):
    assert rules.due(TODAY + timedelta(days=days), today=TODAY) is due


@pytest.mark.parametrize(
    ("action", "details", "words"),
    [
        ("note.written", {"kind": "risk"}, "Note written: Risk"),
        ("consent.withdrawn", {"purpose": "research"}, "Consent withdrawn: Research, without name"),
        ("team.joined", {"role": "lawyer", "member": "7"}, "T. Oriel joined the team: Lawyer"),
        ("case.moved", {"from": "presumed", "to": "identified"}, "Stage changed from “Presumed victim” to “Identified victim”"),
        ("case.risk_assessed", {"from": 2, "to": 2}, "Risk assessed again: stays “Medium”"),
        ("leg.added", {"position": 3}, "Leg of the journey added: 3"),
        ("something.new", {}, "Recorded: something.new"),
    ],
)
def test_an_event_is_a_sentence(action, details, words):
    with translation.override("en"):
        assert sentence(action, details, {"7": "T. Oriel"}) == words


@pytest.mark.parametrize("action", sorted({*PLAIN, *SPECIAL}))
def test_an_event_with_details_that_nobody_expected_is_still_told(action):
    assert sentence(action, {"from": "?", "to": "?", "kind": "?", "role": "?", "part": "?"}, {})
