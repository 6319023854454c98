"""A person is not a case: several cases over a life, how each ends, goes on and changes hands."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from amparo.desk.access.guard import Denied
from amparo.desk.audit import chain
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, checklist, courses, queries, staffing
from amparo.desk.cases.life_choices import Ending, NewCaseReason, OfferState, ReopeningReason
from amparo.desk.cases.models import Case, Closing, Person, Reopening, Transfer
from amparo.desk.cases.stages import Stage
from amparo.desk.core import keys
from amparo.desk.core.ids import uuid7
from amparo.desk.core.locking import Stale

DAY = date(2026, 3, 2)
LATER = date(2026, 9, 1)


@pytest.fixture
def a_case(her_caseworker):
    person = {"given_names": "Amarena", "safe_contact_rule": "Never call after six.", "stated_age": 24}
    return actions.open_case(by=her_caseworker, opened_on=DAY, person=person, case={"exploitation": {"ForcedLabour": "yes"}})


@pytest.fixture
def the_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Uper")


@pytest.fixture
def ended(a_case, the_supervisor):
    return actions.move(case=a_case, by=the_supervisor, to=Stage.CLOSED, on=DAY + timedelta(60), reason="Settled")


def again(earlier, by, **more):
    said = {"why": NewCaseReason.TRAFFICKED_AGAIN, "opened_on": LATER, "what_changed": "The same agency found her."} | more
    return courses.open_again(earlier=earlier, by=by, **said)


def answers(case, ending, **changed):
    held = {line.code: {"state": "done", "why": ""} for line in courses.lines_for(case, ending)}
    return held | changed


def prepare(case, by, ending=Ending.SETTLED, **more):
    said = {"ending": ending, "ended_on": LATER, "words": "She has a home and work.", "answers": answers(case, ending)} | more
    return courses.prepare_closing(case=case, by=by, **said)


def test_trafficked_again_is_a_new_case_of_the_same_person_with_facts_of_its_own(ended, her_caseworker):
    made = again(ended, her_caseworker)
    assert made.person_id == ended.person_id
    assert Person.objects.count() == 1
    assert made.key_id == ended.key_id
    assert made.person.given_names == "Amarena"
    assert (made.number, made.pseudonym) != (ended.number, ended.pseudonym)
    assert made.pseudonym != ended.pseudonym
    assert made.exploitation == {}
    assert made.stage == Stage.FIRST_CONTACT
    assert not made.consents.exists()
    sequel = courses.sequel_of(made)
    assert sequel.earlier == ended
    assert sequel.what_changed == "The same agency found her."
    ended.refresh_from_db()
    assert ended.is_closed
    assert ended.exploitation == {"ForcedLabour": "yes"}


def test_no_two_cases_of_one_person_ever_bear_one_pseudonym(ended, her_caseworker, monkeypatch):
    words = iter([ended.pseudonym, "Whimbrel", "Basalt", "Juniper"])
    monkeypatch.setattr(courses.actions.pseudonyms, "draw", lambda taken, number: next(word for word in words if word not in taken))
    assert again(ended, her_caseworker).pseudonym != ended.pseudonym


def test_a_new_case_posted_twice_is_one_and_with_other_words_is_refused(ended, her_caseworker):
    row_id = uuid7()
    first = again(ended, her_caseworker, row_id=row_id)
    assert again(ended, her_caseworker, row_id=row_id) == first
    assert Case.objects.count() == 2
    with pytest.raises(Denied, match="posted_otherwise"):
        again(ended, her_caseworker, row_id=row_id, what_changed="Something else")


def test_no_second_case_while_one_is_open_and_none_before_the_earlier_ended(a_case, her_caseworker, the_supervisor):
    with pytest.raises(Denied, match="case_still_open"):
        again(a_case, her_caseworker)
    ended = actions.move(case=a_case, by=the_supervisor, to=Stage.CLOSED, on=DAY + timedelta(60), reason="Settled")
    with pytest.raises(Denied, match="before_it_ended"):
        again(ended, her_caseworker, opened_on=DAY + timedelta(59))
    again(ended, her_caseworker)
    with pytest.raises(Denied, match="another_case_open"):
        again(ended, her_caseworker)
    said = {"why": ReopeningReason.RETURNED, "reason": "She came back", "on": LATER}
    with pytest.raises(Denied, match="another_case_open"):
        courses.reopen(case=ended, by=the_supervisor, to=Stage.PRESUMED, **said)


def test_who_works_on_the_new_case_alone_reads_nothing_of_the_earlier(ended, the_supervisor, make_member, shelter, sign_in):
    made = again(ended, the_supervisor)
    fresh = make_member(shelter, "caseworker", name="F. Resh")
    actions.join_team(case=made, by=the_supervisor, member=fresh, role="case_manager", since=LATER)
    found = queries.other_cases(fresh, made)
    assert (found.cases, found.hidden) == ((), 1)
    client = sign_in(fresh)
    page = client.get(made.address).content.decode()
    assert "1 more case that you do not work on" in page
    assert ended.number not in page
    assert client.get(ended.address).status_code == 404
    assert [case.number for case in queries.other_cases(the_supervisor, made).cases] == [ended.number]


def test_nobody_off_the_earlier_case_opens_a_new_one(ended, make_member, shelter, the_partner, the_outsider):
    for member in (make_member(shelter, "caseworker"), the_partner, the_outsider, make_member(shelter, "lawyer")):
        with pytest.raises(Denied):
            again(ended, member)


def test_the_pages_lead_from_the_earlier_case_to_the_new(ended, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    assert reverse("case_open_again", args=[ended.number]) in client.get(ended.address).content.decode()
    address = reverse("case_open_again", args=[ended.number])
    assert client.post(address, {"why": "", "opened_on_day": "1"}).status_code == 422
    told = {"why": "trafficked_again", "opened_on_day": "1", "opened_on_month": "9", "opened_on_year": "2026"}
    answer = client.post(address, told | {"what_changed": "Found by the same agency"})
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "Trafficked again" in page
    assert "Found by the same agency" in page
    assert ended.number in page
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("ending", list(Ending))
def test_every_ending_has_a_checklist_and_each_line_a_word_in_three_languages(ending):
    lines = checklist.lines(ending=ending, stages=[Stage.PRESUMED], is_child=True)
    assert lines
    assert all(line.words[language].strip() for line in lines for language in ("en", "fr", "es"))
    assert {code for line in checklist.every() for code in line.endings} <= set(Ending.values)


def test_the_lines_follow_the_case_and_the_ending():
    def codes(**more):
        return {
            line.code for line in checklist.lines(**({"ending": "settled", "stages": [Stage.SIGNAL], "is_child": False} | more))
        }

    assert "guardian" in codes(is_child=True) - codes()
    assert "safety_plan" in codes(stages=[Stage.REFLECTION]) - codes()
    assert "wishes" in codes(ending="deceased")
    assert "person_told" not in codes(ending="deceased")
    assert codes(ending="error") == {"nobody_else"}


def test_a_closing_needs_every_line_and_a_reason_for_what_stays_open(a_case, her_caseworker):
    half = answers(a_case, Ending.SETTLED)
    half.pop("papers")
    with pytest.raises(Denied, match="checklist_incomplete"):
        prepare(a_case, her_caseworker, answers=half)
    with pytest.raises(Denied, match="line_needs_reason"):
        prepare(a_case, her_caseworker, answers=answers(a_case, Ending.SETTLED, papers={"state": "open", "why": " "}))
    kept = {"state": "open", "why": "The embassy sends the passport to the lawyer."}
    assert prepare(a_case, her_caseworker, answers=answers(a_case, Ending.SETTLED, papers=kept)).checklist["papers"] == kept


def test_a_prepared_end_changes_nothing_until_a_supervisor_closes(a_case, her_caseworker, the_supervisor):
    row = prepare(a_case, her_caseworker)
    a_case.refresh_from_db()
    assert not a_case.is_closed
    with pytest.raises(Denied, match="supervisor_decides"):
        courses.decide_closing(closing=row, by=her_caseworker, closes=True, version=row.version)
    with pytest.raises(Stale):
        courses.decide_closing(closing=row, by=the_supervisor, closes=True, version=row.version + 1)
    courses.decide_closing(closing=row, by=the_supervisor, closes=True, version=row.version)
    a_case.refresh_from_db()
    assert (a_case.stage, a_case.closed_on, a_case.status) == ("closed", LATER, "Closed")
    [note] = queries.notes_of(a_case)
    assert (note.text, note.written_by) == ("She has a home and work.", her_caseworker), "the supervisor only agreed to it"
    with pytest.raises(Denied, match="case_closed"):
        prepare(a_case, her_caseworker)


def test_handed_over_is_closed_after_a_referral(a_case, her_caseworker, the_supervisor):
    row = prepare(a_case, her_caseworker, ending=Ending.HANDED_OVER)
    courses.decide_closing(closing=row, by=the_supervisor, closes=True, version=row.version)
    a_case.refresh_from_db()
    assert a_case.status == "ClosedReferred"


def test_a_supervisor_sends_back_with_words_and_what_was_prepared_comes_again(a_case, her_caseworker, the_supervisor, sign_in):
    row = prepare(a_case, her_caseworker, words="All is well")
    with pytest.raises(Denied, match="say_what_is_to_do"):
        courses.decide_closing(closing=row, by=the_supervisor, closes=False, words=" ", version=row.version)
    courses.decide_closing(closing=row, by=the_supervisor, closes=False, words="Give the papers back first", version=row.version)
    page = sign_in(her_caseworker).get(reverse("case_closing", args=[a_case.number]) + "?ending=settled")
    assert "Give the papers back first" in page.content.decode()
    assert "All is well" in page.content.decode()
    assert courses.waiting_closing(a_case) is None
    again = prepare(a_case, her_caseworker)
    with pytest.raises(Stale):
        prepare(a_case, her_caseworker, version=0)
    assert prepare(a_case, her_caseworker, version=again.version).pk == again.pk


def closing_form(page, **changed):
    held = {name: page.context["form"][name].value() for name in page.context["form"].fields}
    day = held.pop("ended_on")
    held |= {"ended_on_day": day.day, "ended_on_month": day.month, "ended_on_year": day.year}
    held |= {name: "done" for name in held if name.startswith("state_")}
    return {name: "" if value is None else value for name, value in (held | changed).items()}


def test_the_closing_page_goes_from_the_reason_to_the_checklist_to_the_decision(a_case, her_caseworker, the_supervisor, sign_in):
    address = reverse("case_closing", args=[a_case.number])
    client = sign_in(her_caseworker)
    assert "Why does the case end?" in client.get(address).content.decode()
    unsaid = client.get(address, {"why": "1"})
    assert unsaid.status_code == 422, "nobody goes on without an answer, and it is said why"
    assert "An answer is needed here" in unsaid.content.decode()
    assert 'name="typist"' not in unsaid.content.decode(), "a form that is read into the address carries no signed name"
    page = client.get(address, {"ending": "moved"})
    refused = client.post(address, {"ending": "moved", "version": 0, "words": "She moved to her sister"})
    assert refused.status_code == 422
    assert "She moved to her sister" in refused.content.decode()
    sent = closing_form(page, ending="moved", words="She moved to her sister", state_papers="open", why_papers="With the lawyer")
    assert client.post(address, sent).status_code == 302
    chief = sign_in(the_supervisor)
    assert address in chief.get("/").content.decode()
    shown = chief.get(address)
    assert "With the lawyer" in shown.content.decode()
    assert "Your decision" in shown.content.decode()
    assert chief.post(address, {"verdict": "back", "words": "", "version": 1}).status_code == 422
    assert chief.post(address, {"verdict": "close", "version": 1}).status_code == 302
    a_case.refresh_from_db()
    assert a_case.is_closed
    assert Closing.objects.get().decided_by == the_supervisor


def test_the_closing_page_tells_what_stays_open(a_case, her_caseworker, sign_in):
    actions.change_case(case=a_case, by=her_caseworker, values={"next_step": "Call the lawyer"}, version=a_case.version)
    page = sign_in(her_caseworker).get(reverse("case_closing", args=[a_case.number])).content.decode()
    assert "A next step is written down" in page


def test_whoever_works_on_it_takes_a_prepared_end_back(a_case, her_caseworker, sign_in):
    row = prepare(a_case, her_caseworker)
    client = sign_in(her_caseworker)
    assert client.post(reverse("case_closing_back", args=[a_case.number, row.pk])).status_code == 302
    assert courses.waiting_closing(a_case) is None


def test_the_end_cannot_lie_before_the_beginning_or_ahead(a_case, her_caseworker):
    with pytest.raises(Denied, match="ended_before_it_began"):
        prepare(a_case, her_caseworker, ended_on=DAY - timedelta(1))
    with pytest.raises(Denied, match="day_in_the_future"):
        prepare(a_case, her_caseworker, ended_on=date(2999, 1, 1))


def test_a_case_goes_on_again_with_a_reason_that_is_counted(ended, the_supervisor, her_caseworker, sign_in):
    address = reverse("case_move", args=[ended.number])
    page = sign_in(the_supervisor).get(address)
    assert "Trafficked again?" in page.content.decode()
    sent = {"to": "presumed", "on_day": 1, "on_month": 9, "on_year": 2026, "version": ended.version, "reason": "She came back"}
    client = sign_in(the_supervisor)
    assert client.post(address, sent).status_code == 422
    assert client.post(address, sent | {"why": "returned"}).status_code == 302
    ended.refresh_from_db()
    assert not ended.is_closed
    assert Reopening.objects.get().why == "returned"


def test_an_offered_case_changes_hands_only_when_it_is_taken(a_case, her_caseworker, make_member, shelter, sign_in):
    taker = make_member(shelter, "caseworker", name="T. Aker")
    courses.offer(case=a_case, by=her_caseworker, taker=taker, words="She trusts women only")
    client = sign_in(taker)
    assert a_case.pseudonym in client.get("/").content.decode()
    offered = Transfer.objects.get()
    page = client.get(reverse("offer", args=[offered.pk])).content.decode()
    assert "She trusts women only" not in page
    assert a_case.number not in page
    assert "Amarena" not in page
    assert client.get(a_case.address).status_code == 404
    assert client.post(reverse("offer", args=[offered.pk]), {"take": "1"}).status_code == 302
    assert client.get(a_case.address).status_code == 200
    assert "She trusts women only" in client.get(reverse("case_team", args=[a_case.number])).content.decode()
    assert sign_in(her_caseworker).get(a_case.address).status_code == 404
    fresh = Case.objects.get(pk=a_case.pk)
    assert courses.manager_of(fresh) == taker
    assert client.get(reverse("offer", args=[offered.pk])).status_code == 404


def test_an_offer_can_be_declined_or_taken_back_and_nobody_else_answers(
    a_case, her_caseworker, make_member, shelter, the_supervisor
):
    taker, other = make_member(shelter, "caseworker"), make_member(shelter, "caseworker")
    row = courses.offer(case=a_case, by=her_caseworker, taker=taker)
    with pytest.raises(Denied, match="offer_waits"):
        courses.offer(case=a_case, by=her_caseworker, taker=other)
    with pytest.raises(Denied, match="not_yours_to_answer"):
        courses.accept(offer=row, by=other)
    courses.decline(offer=row, by=taker, words="I have twelve already")
    with pytest.raises(Denied, match="already_answered"):
        courses.accept(offer=row, by=taker)
    assert courses.transfers_of(a_case)[0].answer_words == "I have twelve already"
    second = courses.offer(case=a_case, by=her_caseworker, taker=other)
    courses.take_back(offer=second, by=the_supervisor)
    second.refresh_from_db()
    assert second.state == OfferState.TAKEN_BACK
    assert courses.offers_to(other) == []


def test_no_case_is_offered_to_whom_a_relation_shuts_out(a_case, her_caseworker, make_member, shelter, the_supervisor, the_partner):
    cousin = make_member(shelter, "caseworker")
    row = courses.offer(case=a_case, by=her_caseworker, taker=cousin)
    staffing.declare_conflict(case=a_case, by=the_supervisor, member=cousin, kind="related", reason="Cousin")
    assert courses.offers_to(cousin) == []
    with pytest.raises(Denied, match="not_yours_to_answer"):
        courses.accept(offer=row, by=cousin)
    courses.take_back(offer=row, by=her_caseworker)
    for taker, why in ((cousin, "role_has_no_cases"), (the_partner, "other_organisation"), (her_caseworker, "not_yourself")):
        with pytest.raises(Denied, match=why):
            courses.offer(case=Case.objects.get(pk=a_case.pk), by=her_caseworker, taker=taker)


def test_every_act_is_told_in_the_record_of_events_without_a_word_of_the_person(a_case, her_caseworker, the_supervisor, sign_in):
    row = prepare(a_case, her_caseworker)
    courses.decide_closing(closing=row, by=the_supervisor, closes=True, version=row.version)
    a_case.refresh_from_db()
    made = again(a_case, her_caseworker)
    told = list(Event.objects.filter(action__in=["closing.prepared", "closing.confirmed", "case.opened_again"]))
    assert len(told) == 3
    assert not any(re.search("agency|home", str(event.details)) for event in told)
    page = sign_in(the_supervisor).get(reverse("record_history", args=[made.number])).content.decode()
    assert "New case opened for a person who is known: Trafficked again" in page


def test_what_the_course_of_a_case_says_goes_with_the_person(ended, her_caseworker, the_supervisor):
    made = again(ended, her_caseworker)
    keys.destroy(made.key_id)
    keys.forget_opened()
    assert courses.sequel_of(Case.objects.get(pk=made.pk)).what_changed == ""


def test_the_history_of_a_case_tells_what_was_done_in_it_and_to_the_person(ended, her_caseworker, the_supervisor, sign_in):
    second = again(ended, her_caseworker)
    actions.write_note(case=second, by=her_caseworker, kind="interview", happened_on=LATER, text="She called", row_id=uuid7())
    actions.change_person(case=second, by=her_caseworker, values={"given_names": "Amarena Two"}, version=second.person.version)
    client = sign_in(the_supervisor)
    earlier, later = (client.get(reverse("record_history", args=[one.number])).text for one in (ended, second))
    assert "Facts about the person changed" in earlier
    assert "Facts about the person changed" in later
    assert "Note written: Interview" not in earlier
    assert "Note written: Interview" in later
    assert "New case opened for a person who is known" not in earlier
    assert "Stage changed" in earlier
    assert "Stage changed" not in later
    read = chain.of_part(second).filter(action="case.read")
    assert read.count() == 1, "the reading of the other case is none of this one"
    assert chain.of_subject(second).filter(action="case.read").count() == 2


def test_events_of_before_there_were_marks_stay_in_every_history_and_the_mark_tells_nobody_the_case(ended, her_caseworker):
    second = again(ended, her_caseworker)
    [event] = chain.of_part(second).filter(action="case.opened_again")
    assert event.kind == f"cases.case/{chain.part_of(second)}"
    assert chain.part_of(second) != chain.part_of(ended)
    assert str(second.pk) not in event.kind
    old = chain.record("case.changed", second.person, by=her_caseworker)
    assert old.kind == "cases.person"
    for case in (ended, second):
        assert old in chain.of_part(case)
    assert chain.verify()[1] == []
    keys.destroy(second.key_id)
    assert list(chain.of_part(second)) == []


def test_the_overview_of_an_ended_case_leads_a_supervisor_to_opening_it_again(ended, her_caseworker, the_supervisor, sign_in):
    leads = reverse("case_move", args=[ended.number])
    for member, offered in ((the_supervisor, True), (her_caseworker, False)):
        page = sign_in(member).get(ended.address).content.decode()
        assert "Nothing is due any more" in page
        assert "Agree on one with the person" not in page
        assert (leads in page) is offered


def test_nobody_opens_a_case_again_beside_another_open_one(ended, her_caseworker, the_supervisor):
    assert courses.may_go_on(the_supervisor, ended)
    again(ended, her_caseworker)
    assert not courses.may_go_on(the_supervisor, Case.objects.get(pk=ended.pk))
