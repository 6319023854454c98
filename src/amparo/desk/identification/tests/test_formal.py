"""The formal track: clocks from dated steps and the law of the country that decides; and help that none of it can close."""

import ast
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.access.guard import Denied
from amparo.desk.cases import actions as cases
from amparo.desk.cases import stages
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_change, may_note
from amparo.desk.cases.stages import ASSISTED, BEFORE_ASSISTANCE, Stage
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.files.models import StoredFile
from amparo.desk.identification import formal, formal_actions, formal_queries, help_actions
from amparo.desk.identification.formal import FormalState, Rule, Step, StepKind
from amparo.desk.identification.models import FormalStep, OtherHelp

DAY = date(2026, 6, 1)
RULE = Rule(reflection_days=45, review_on_day=30, extension_grounds=frozenset({"health"}), reconsideration_days=60)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)
"""The smallest picture there is: one grey point."""


def at(after, kind, **more):
    return Step(kind, DAY + timedelta(days=after), **more)


def test_the_clocks_follow_from_the_steps():
    steps = [at(0, StepKind.REFLECTION), at(30, StepKind.REVIEWED), at(40, StepKind.EXTENDED, days=15, ground="health")]
    now = formal.standing(steps, RULE)
    assert (now.reflection_until, now.review_on, now.is_reviewed) == (date(2026, 7, 31), date(2026, 7, 1), True)
    assert now.runs_on(date(2026, 7, 31))
    assert not now.runs_on(date(2026, 8, 1))
    no = formal.standing([at(50, StepKind.NOT_IDENTIFIED)], RULE)
    assert (no.state, no.reconsider_until) == (FormalState.NOT_IDENTIFIED, DAY + timedelta(days=110))
    late = formal.standing([at(50, StepKind.NOT_IDENTIFIED), at(111, StepKind.ASKED_AGAIN)], RULE)
    assert late.asked_too_late
    assert not formal.standing([at(50, StepKind.NOT_IDENTIFIED), at(110, StepKind.ASKED_AGAIN)], RULE).asked_too_late


DATED = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(list(StepKind))), max_size=12)


@given(DATED, st.randoms())
def test_the_order_of_reading_does_not_matter(dated, random):
    steps = [at(day, kind, recorded=number) for number, (day, kind) in enumerate(dated)]
    shuffled = list(steps)
    random.shuffle(shuffled)
    assert formal.standing(steps, RULE) == formal.standing(shuffled, RULE)


@given(DATED)
def test_no_step_that_is_taken_is_swallowed(dated):
    taken = []
    for number, (day, kind) in enumerate(dated):
        step = at(day, kind, days=3, ground="health", recorded=number)
        if formal.may_follow(step, formal.standing(taken, RULE), RULE, notified_on=DAY, reasons="As the body says"):
            before = formal.standing(taken, RULE)
            taken.append(step)
            now = formal.standing(taken, RULE)
            assert now.state is formal.LEADS_TO.get(kind, before.state)
            assert now.decided_on == (step.on if kind in formal.DECIDES else before.decided_on)


AGAIN = [at(0, StepKind.NOT_IDENTIFIED), at(10, StepKind.ASKED_AGAIN), at(20, StepKind.STAYS_NOT_IDENTIFIED)]


def test_a_second_request_to_reconsider_counts_from_the_last_answer():
    stands = formal.standing(AGAIN, RULE)
    assert (stands.state, stands.decided_on) == (FormalState.NOT_IDENTIFIED, DAY + timedelta(days=20))
    assert (stands.reconsider_until, stands.asked_again_on) == (DAY + timedelta(days=80), None)
    for day in (10, 15, 19):
        refused = formal.may_follow(at(day, StepKind.ASKED_AGAIN), stands, RULE, notified_on=DAY, reasons="")
        assert refused.reason == "step_before_decision"
    for day, late in ((20, False), (80, False), (81, True)):
        more = at(day, StepKind.ASKED_AGAIN)
        assert formal.may_follow(more, stands, RULE, notified_on=DAY, reasons="")
        again = formal.standing([*AGAIN, more], RULE)
        assert (again.state, again.asked_again_on, again.asked_too_late) == (FormalState.RECONSIDERED, more.on, late)
        assert again.reconsider_until == stands.reconsider_until


@given(st.lists(st.sampled_from(list(FormalState)), max_size=5))
def test_one_body_that_identified_is_enough_wherever_it_sits(states):
    said = formal.overall(states)
    assert (said is FormalState.IDENTIFIED) is (FormalState.IDENTIFIED in states)
    assert (said is None) is (not states)
    assert said is None or said in states


WRONG = [
    ([], at(-1, StepKind.REFLECTION), "step_before_notice"),
    ([], at(1, StepKind.EXTENDED, days=5, ground="health"), "no_such_formal_step"),
    ([], at(1, StepKind.ASKED_AGAIN), "no_such_formal_step"),
    ([], at(1, StepKind.NOT_IDENTIFIED), "reasons_missing"),
    ([at(1, StepKind.IDENTIFIED)], at(2, StepKind.NOT_IDENTIFIED), "no_such_formal_step"),
    ([at(5, StepKind.REFLECTION)], at(6, StepKind.EXTENDED, days=0, ground="health"), "extension_without_days"),
    ([at(5, StepKind.REFLECTION)], at(6, StepKind.EXTENDED, days=9, ground="pregnancy"), "ground_not_in_law"),
    ([at(5, StepKind.REFLECTION)], at(4, StepKind.REVIEWED), "step_before_reflection"),
    ([at(5, StepKind.NOT_IDENTIFIED)], at(4, StepKind.ASKED_AGAIN), "step_before_decision"),
    ([at(5, StepKind.NOT_IDENTIFIED), at(9, StepKind.ASKED_AGAIN)], at(8, StepKind.THEN_IDENTIFIED), "step_before_decision"),
]


@pytest.mark.parametrize(("before", "step", "reason"), WRONG)
def test_a_step_that_does_not_follow_is_refused_with_the_reason(before, step, reason):
    now = formal.standing(before, RULE)
    assert formal.may_follow(step, now, RULE, notified_on=DAY, reasons="").reason == reason


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": PartialDate.parse("1990")})


def ask(case, by, body="costaverde-mechanism", country="XC", on=DAY):
    values = {"country": country, "body": body, "other_body": "", "notified_on": on, "reference": ""}
    return formal_actions.notify(case=case, by=by, values=values)


def then(procedure, by, kind, on, **more):
    return formal_actions.add_step(procedure=procedure, by=by, values={"kind": kind.value, "happened_on": on, **more})


def fresh(case):
    return Case.objects.select_related("person", "organisation").get(pk=case.pk)


def test_a_child_has_the_days_of_a_child(her_caseworker):
    child = cases.open_case(by=her_caseworker, opened_on=DAY, person={"stated_age": 16, "age_stated_on": DAY})
    assert formal_queries.rule_of(ask(child, her_caseworker, "arvania-commission", "XA")).reflection_days == 70
    adult = cases.open_case(by=her_caseworker, opened_on=DAY, person={"stated_age": 40, "age_stated_on": DAY})
    assert formal_queries.rule_of(ask(adult, her_caseworker, "arvania-commission", "XA")).reflection_days == 30


def test_two_bodies_in_two_countries_decide_side_by_side(a_case, her_caseworker):
    here, there = ask(a_case, her_caseworker), ask(a_case, her_caseworker, "arvania-commission", "XA")
    then(here, her_caseworker, StepKind.NOT_IDENTIFIED, date(2026, 7, 1), reasons="Not enough")
    case = fresh(a_case)
    assert case.trafficking_status == "", "another body has not decided yet"
    then(there, her_caseworker, StepKind.IDENTIFIED, date(2026, 7, 5))
    case = fresh(a_case)
    assert (case.trafficking_status, case.status_decided_on) == ("ActualVictimOfTrafficking", date(2026, 7, 5))
    assert case.stage == Stage.PRESUMED, "who is identified is helped"


def test_a_reconsideration_opens_the_status_again_and_a_slip_is_struck_out(a_case, her_caseworker):
    procedure = ask(a_case, her_caseworker)
    then(procedure, her_caseworker, StepKind.NOT_IDENTIFIED, date(2026, 7, 1), reasons="Not enough")
    assert fresh(a_case).trafficking_status == "NotAVictimOfTrafficking"
    then(procedure, her_caseworker, StepKind.ASKED_AGAIN, date(2026, 7, 9))
    assert fresh(a_case).trafficking_status == "PossibleVictimOfTrafficking"
    slip = then(procedure, her_caseworker, StepKind.STAYS_NOT_IDENTIFIED, date(2026, 7, 20), reasons="As before")
    formal_actions.strike(step=slip, by=her_caseworker)
    assert formal_queries.track_of(procedure).standing.state is FormalState.RECONSIDERED
    then(procedure, her_caseworker, StepKind.THEN_IDENTIFIED, date(2026, 7, 21))
    assert fresh(a_case).trafficking_status == "ActualVictimOfTrafficking"


def test_what_a_body_did_before_the_case_counts_and_nothing_before_the_birth(a_case, her_caseworker):
    procedure = ask(a_case, her_caseworker, on=date(2026, 3, 1))
    then(procedure, her_caseworker, StepKind.IDENTIFIED, date(2026, 4, 1))
    assert (fresh(a_case).stage, fresh(a_case).presumed_on) == (Stage.PRESUMED, date(2026, 4, 1))
    young = cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": PartialDate.parse("2009")})
    with pytest.raises(Denied, match="before_birth"):
        ask(young, her_caseworker, on=date(2008, 12, 31))


def test_other_help_is_offered_after_the_office_heard_of_the_person(a_case, her_caseworker):
    with pytest.raises(Denied, match="before_the_case"):
        help_actions.offer(case=a_case, by=her_caseworker, values={"kind": "legal", "offered_on": date(2026, 5, 31)})


def test_a_late_identification_has_the_day_of_the_yes(a_case, her_caseworker):
    procedure = ask(a_case, her_caseworker)
    then(procedure, her_caseworker, StepKind.NOT_IDENTIFIED, date(2026, 7, 1), reasons="Not enough")
    then(procedure, her_caseworker, StepKind.ASKED_AGAIN, date(2026, 7, 9))
    then(procedure, her_caseworker, StepKind.STAYS_NOT_IDENTIFIED, date(2026, 7, 20), reasons="As before")
    case = fresh(a_case)
    assert (case.trafficking_status, case.status_decided_on) == ("NotAVictimOfTrafficking", date(2026, 7, 20))
    then(procedure, her_caseworker, StepKind.ASKED_AGAIN, date(2026, 7, 20))
    assert formal_queries.track_of(procedure).standing.state is FormalState.RECONSIDERED
    assert fresh(a_case).trafficking_status == "PossibleVictimOfTrafficking"
    then(procedure, her_caseworker, StepKind.THEN_IDENTIFIED, date(2026, 7, 30))
    case, yes = fresh(a_case), date(2026, 7, 30)
    assert (case.trafficking_status, case.status_decided_on) == ("ActualVictimOfTrafficking", yes)
    assert (case.stage, case.presumed_on) == (Stage.PRESUMED, yes)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.CLOSED])
@pytest.mark.parametrize("kind", [StepKind.NOT_IDENTIFIED, StepKind.WITHDRAWN, StepKind.IDENTIFIED])
def test_no_decision_closes_or_narrows_help(stage, kind, a_case, her_caseworker):
    Case.objects.filter(pk=a_case.pk).update(stage=stage.value, presumed_on=DAY if stage in ASSISTED else None)
    procedure = ask(fresh(a_case), her_caseworker)
    before = fresh(a_case)
    verdicts = bool(may_change(her_caseworker.facts, before.facts)), bool(may_note(her_caseworker.facts, before.facts))
    then(procedure, her_caseworker, kind, date(2026, 7, 1), reasons="As the body says")
    after = fresh(a_case)
    assert (bool(may_change(her_caseworker.facts, after.facts)), bool(may_note(her_caseworker.facts, after.facts))) == verdicts
    assert stage not in ASSISTED or Stage(after.stage) in ASSISTED
    assert not (stage in BEFORE_ASSISTANCE and kind is StepKind.IDENTIFIED) or Stage(after.stage) in ASSISTED
    if kind is not StepKind.IDENTIFIED:
        assert (after.stage, after.presumed_on, after.closed_on) == (before.stage, before.presumed_on, None)


def test_no_stage_leads_from_help_back_to_before_it():
    for step in stages.STEPS:
        if step.origin in ASSISTED:
            assert step.target in (*ASSISTED, Stage.LOST_CONTACT, Stage.CLOSED)
    beginning = {Stage.NOT_IDENTIFIED, Stage.PRESUMED, Stage.REFLECTION, Stage.CRISIS_SUPPORT}
    for stage in set(ASSISTED) - beginning:
        assert stages.can_reach(Stage.NOT_IDENTIFIED, stage)


def test_no_policy_outside_this_room_knows_the_formal_track():
    """What may be done for a person is decided by policies: none reads a decision, a status, a permit or a cooperation."""
    desk = Path(formal.__file__).parents[1]
    told = []
    asked = {"trafficking_status", "status_decided_by", "status_decided_on", "formal", "procedures", "cooperation", "residence"}
    for path in [*desk.rglob("policies.py"), *desk.rglob("stages.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node, "attr", None) or getattr(node, "id", None) or getattr(node, "arg", None)
            if name in asked:
                told.append((path.name, name))
    assert not told


def test_no_field_asks_for_cooperation():
    for model in apps.get_models():
        names = {field.name for field in model._meta.concrete_fields}
        assert not {name for name in names if "cooperat" in name or "testif" in name}


def test_from_the_notice_to_other_help_with_its_letter(a_case, her_caseworker, sign_in):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = sign_in(her_caseworker)
    address = reverse("formal_new", args=[a_case.number])
    answer = client.post(address, posted(client.get(address), body="XC/costaverde-mechanism"))
    assert answer.status_code == 302
    procedure = a_case.procedures.get()
    step = reverse("formal_step", args=[a_case.number, procedure.pk])
    today = {"kind": "not_identified"}
    refused = client.post(step, posted(client.get(step), **today) | {"letter": SimpleUploadedFile("l.txt", b"plain words")})
    assert refused.status_code == 422
    assert "no PDF, PNG or JPEG" in refused.content.decode()
    refused = client.post(step, posted(client.get(step), **today) | {"letter": SimpleUploadedFile("l.png", PNG)})
    assert "Give the reasons as the body gave them" in refused.content.decode()
    assert not StoredFile.objects.exists(), "what was refused leaves nothing"
    data = posted(client.get(step), **today, reasons="Purpose not shown") | {"letter": SimpleUploadedFile("l.png", PNG)}
    answer = client.post(step, data)
    assert answer["Location"] == reverse("other_help_new", args=[a_case.number])
    row = FormalStep.objects.get()
    letter = client.get(reverse("formal_letter", args=[a_case.number, row.pk]))
    assert b"".join(letter.streaming_content) == PNG
    assert letter["Content-Disposition"].startswith("attachment")
    page = client.get(reverse("formal", args=[a_case.number, procedure.pk])).content.decode()
    assert "Not identified closes nothing" in page
    help_page = reverse("other_help_new", args=[a_case.number])
    assert client.post(help_page, posted(client.get(help_page), kind="labour", wanted="yes", led_to="The union")).status_code == 302
    offered = OtherHelp.objects.get()
    follow = reverse("other_help", args=[a_case.number, offered.pk])
    assert client.post(follow, posted(client.get(follow), came_of_it="The wages were paid")).status_code == 302
    both = client.get(reverse("identification", args=[a_case.number])).content.decode()
    for words in ("not identified", "The wages were paid", "Ask to reconsider until", "Labour rights"):
        assert words in both


def test_a_body_that_no_profile_names_has_a_name_and_a_country(a_case, her_caseworker, sign_in):
    client, address = sign_in(her_caseworker), reverse("formal_new", args=[a_case.number])
    page = client.post(address, posted(client.get(address), body="other"))
    assert page.status_code == 422
    data = posted(client.get(address), body="other", country="FR", other_body="Prefecture")
    assert client.post(address, data).status_code == 302
    procedure = a_case.procedures.get()
    assert formal_queries.body_name(procedure, "fr") == "Prefecture"
    assert formal_queries.rule_of(procedure).reconsideration_days is None


def test_posted_twice_it_is_once(a_case, her_caseworker, sign_in):
    client, address = sign_in(her_caseworker), reverse("formal_new", args=[a_case.number])
    data = posted(client.get(address), body="XC/costaverde-mechanism")
    for _time in range(2):
        assert client.post(address, data).status_code == 302
    step = reverse("formal_step", args=[a_case.number, a_case.procedures.get().pk])
    data = posted(client.get(step), kind="reflection")
    for _time in range(2):
        assert client.post(step, data).status_code == 302
    assert FormalStep.objects.count() == 1


@pytest.mark.parametrize("name", ["formal_new", "age_new", "other_help_new"])
def test_who_may_open_the_pages(name, sign_in, a_case, her_caseworker, the_partner, the_outsider, make_member, shelter):
    address = reverse(name, args=[a_case.number])
    assert sign_in(her_caseworker).get(address).status_code == 200
    assert sign_in(her_caseworker).delete(address).status_code == 405
    assert sign_in(the_partner).get(address).status_code == 404
    for member in (the_outsider, make_member(shelter, "labour_inspection"), make_member(shelter, "data_steward")):
        assert sign_in(member).get(address).status_code == 403


def test_a_closed_case_takes_nothing(a_case, her_caseworker):
    procedure = ask(a_case, her_caseworker)
    Case.objects.filter(pk=a_case.pk).update(stage="closed", closed_on=DAY)
    with pytest.raises(Denied, match="case_closed"):
        then(procedure, her_caseworker, StepKind.REFLECTION, DAY)
