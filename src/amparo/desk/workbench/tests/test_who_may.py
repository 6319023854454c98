"""Who may do what with a case, its screenings, its consents and its excerpts: one table for people, one for what is done.

A line of the first table is an act with everything else as it should be; a column is a person; a cell is yes or the reason.
"""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest

from amparo.desk.access.policies import Facts
from amparo.desk.access.roles import Role
from amparo.desk.cases import policies as cases
from amparo.desk.cases.policies import (
    CaseDays,
    CaseFacts,
    Cover,
    EmergencyFacts,
    HoldFacts,
    OfferFacts,
    RecordFacts,
    SamenessFacts,
    SameState,
)
from amparo.desk.cases.stages import Stage
from amparo.desk.consent import policies as consents
from amparo.desk.consent.rules import DisclosureFacts, Ground, State
from amparo.desk.identification import policies as screenings

TODAY = date(2026, 6, 1)
HERE, THERE = uuid.uuid4(), uuid.uuid4()


def somebody(*roles, house=HERE):
    return Facts(uuid.uuid4(), house, frozenset(roles))


PEOPLE = {
    "worker": somebody(Role.CASEWORKER),
    "lawyer": somebody(Role.LAWYER),
    "shelter": somebody(Role.SHELTER_STAFF),
    "leader": somebody(Role.SUPERVISOR),
    "stands in": somebody(Role.CASEWORKER),
    "emergency": somebody(Role.CASEWORKER),
    "other": somebody(Role.CASEWORKER),
    "shut out": somebody(Role.SUPERVISOR),
    "elsewhere": somebody(Role.SUPERVISOR, house=THERE),
    "border": somebody(Role.IMMIGRATION_ENFORCEMENT),
}
"""`leader` is a supervisor, `other` a caseworker off the team; who is elsewhere, or of border control, is on it by mistake."""
COLLEAGUE, SUPERVISOR = somebody(Role.CASEWORKER), somebody(Role.SUPERVISOR)
WORKING = frozenset(PEOPLE[name].member_id for name in ("worker", "lawyer", "shelter", "elsewhere", "border"))
CASE = CaseFacts(
    HERE,
    WORKING | {PEOPLE["shut out"].member_id},
    Stage.PRESUMED,
    covering=frozenset({PEOPLE["stands in"].member_id}),
    emergency=frozenset({PEOPLE["emergency"].member_id, PEOPLE["border"].member_id}),
    shut_out=frozenset({PEOPLE["shut out"].member_id}),
)
CLOSED = replace(CASE, stage=Stage.CLOSED)
EXCERPT = DisclosureFacts(uuid.uuid4(), Ground.LEGAL_BASIS, frozenset(), TODAY, TODAY, uuid.uuid4())
COVER = Cover(COLLEAGUE, SUPERVISOR, TODAY, TODAY)
TAKEN, HOLD = EmergencyFacts(uuid.uuid4(), False), HoldFacts(uuid.uuid4(), False)
PROPOSED = SamenessFacts(uuid.uuid4(), SameState.PROPOSED)
JOINED = replace(PROPOSED, state=SameState.JOINED)
WORDS = {"reason": "because"}

ACTS = {
    "list": cases.may_list,
    "open a case": cases.may_open_case,
    "bring a caseload": cases.may_bring_caseload,
    "search names": cases.may_search_names,
    "read": lambda who: cases.may_read(who, CASE),
    "note, closed": lambda who: cases.may_note(who, CLOSED),
    "see the name": lambda who: cases.may_see_name(who, CASE),
    "change": lambda who: cases.may_change(who, CASE),
    "change, closed": lambda who: cases.may_change(who, CLOSED),
    "file": lambda who: cases.may_file(who, CLOSED),
    "remove a file": lambda who: cases.may_unfile(who, CLOSED, **WORDS),
    "move on": lambda who: cases.may_move(who, CASE, Stage.CRISIS_SUPPORT, reason=""),
    "close": lambda who: cases.may_move(who, CASE, Stage.CLOSED, **WORDS),
    "reopen": lambda who: cases.may_reopen(who, CLOSED, Stage.PRESUMED, **WORDS, another_is_open=False),
    "open again": lambda who: cases.may_open_again(who, CLOSED, another_is_open=False),
    "take in again": lambda who: cases.may_take_in_again(who, CLOSED, another_is_open=False),
    "prepare the end": lambda who: cases.may_prepare_closing(who, CASE, lacks=(), lacks_why=()),
    "decide the end": lambda who: cases.may_decide_closing(who, CASE, closes=True, words=""),
    "staff": lambda who: cases.may_staff(who, CASE),
    "lead": cases.may_lead,
    "cover": lambda who: cases.may_cover(who, COVER, today=TODAY),
    "shut oneself out": lambda who: cases.may_declare_conflict(who, who, CASE),
    "shut out": lambda who: cases.may_declare_conflict(who, COLLEAGUE, CASE),
    "let in again": lambda who: cases.may_lift_conflict(who, COLLEAGUE.member_id, CASE),
    "break the glass": lambda who: cases.may_break_glass(who, CASE, **WORDS, told=1, held=0),
    "review it": lambda who: cases.may_review(who, CASE, TAKEN),
    "hold": lambda who: cases.may_hold(who, CASE, authority="A court", **WORDS),
    "lift a hold": lambda who: cases.may_lift_hold(who, CASE, HOLD, **WORDS),
    "ask to erase": lambda who: cases.may_erase(who, SUPERVISOR, HERE, is_held=False),
    "confirm erasing": lambda who: cases.may_erase(SUPERVISOR, who, HERE, is_held=False),
    "offer": lambda who: cases.may_offer(who, CASE, COLLEAGUE),
    "take over": lambda who: cases.may_answer_offer(who, CASE, OfferFacts(uuid.uuid4(), who.member_id, True)),
    "take it back": lambda who: cases.may_take_back_offer(who, CASE, OfferFacts(uuid.uuid4(), uuid.uuid4(), True)),
    "propose same": lambda who: cases.may_propose_same(who, CASE, CASE, **WORDS),
    "tell apart": lambda who: cases.may_tell_apart(who, CASE, CLOSED),
    "decide same": lambda who: cases.may_decide_same(who, CASE, CASE, PROPOSED, **WORDS),
    "part": lambda who: cases.may_part(who, CASE, CASE, JOINED, **WORDS),
    "screen": lambda who: screenings.may_screen(who, CASE),
    "read answers": lambda who: screenings.may_read_answers(who, CASE),
    "answer": lambda who: screenings.may_answer(who, CASE, is_decided=False),
    "decide": lambda who: screenings.may_decide(who, CASE, is_decided=False, reasons="because"),
    "record consent": lambda who: consents.may_record(who, CASE),
    "consent, closed": lambda who: consents.may_record(who, CLOSED),
    "take down a no": lambda who: consents.may_refuse(who, CASE),
    "a no, closed": lambda who: consents.may_refuse(who, CLOSED),
    "answer for": lambda who: consents.may_answer(who, CASE, State.ASKED),
    "withdraw": lambda who: consents.may_withdraw(who, CASE, State.GIVEN),
    "open an excerpt": lambda who: consents.may_disclose(who, CLOSED),
    "confirm it": lambda who: consents.may_confirm(who, CASE, EXCERPT),
    "end it": lambda who: consents.may_end(who, CLOSED),
    "read excerpts": consents.may_read_excerpts,
}

TABLE = """
who              | worker | lawyer | shelter | leader   | stands in | emergency | other  | shut out  | elsewhere | border
list             | yes    | yes    | yes     | yes      | yes       | yes       | yes    | yes       | yes       | outside
open a case      | yes    | role   | role    | yes      | yes       | yes       | yes    | yes       | yes       | outside
bring a caseload | leader | leader | leader  | yes      | leader    | leader    | leader | yes       | yes       | outside
search names     | yes    | yes    | name    | yes      | yes       | yes       | yes    | yes       | yes       | outside
read             | yes    | yes    | yes     | yes      | yes       | yes       | team   | shut out  | office    | outside
note, closed     | yes    | yes    | yes     | yes      | yes       | yes       | team   | shut out  | office    | outside
see the name     | yes    | yes    | name    | yes      | yes       | yes       | team   | shut out  | office    | outside
change           | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
change, closed   | closed | role   | role    | closed   | closed    | reads     | team   | shut out  | office    | outside
file             | yes    | yes    | yes     | yes      | yes       | reads     | team   | shut out  | office    | outside
remove a file    | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
move on          | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
close            | leader | role   | role    | yes      | leader    | reads     | team   | shut out  | office    | outside
reopen           | leader | role   | role    | yes      | leader    | reads     | team   | shut out  | office    | outside
open again       | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
take in again    | yes    | yes    | yes     | yes      | yes       | yes       | team   | shut out  | office    | outside
prepare the end  | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
decide the end   | leader | leader | leader  | yes      | leader    | leader    | team   | shut out  | office    | outside
staff            | leader | leader | leader  | yes      | leader    | leader    | team   | shut out  | office    | outside
lead             | leader | leader | leader  | yes      | leader    | leader    | leader | yes       | yes       | outside
cover            | leader | leader | leader  | yes      | leader    | leader    | leader | yes       | office    | outside
shut oneself out | yes    | yes    | yes     | yes      | yes       | yes       | team   | shut out  | office    | outside
shut out         | leader | leader | leader  | yes      | leader    | leader    | team   | shut out  | office    | outside
let in again     | leader | leader | leader  | yes      | leader    | leader    | team   | shut out  | office    | outside
break the glass  | open   | open   | open    | open     | open      | open      | yes    | nothing   | nothing   | outside
review it        | leader | leader | leader  | yes      | leader    | leader    | team   | shut out  | office    | outside
hold             | leader | leader | leader  | yes      | leader    | leader    | team   | shut out  | office    | outside
lift a hold      | leader | leader | leader  | yes      | leader    | leader    | team   | shut out  | office    | outside
ask to erase     | yes    | role   | role    | yes      | yes       | yes       | yes    | yes       | office    | outside
confirm erasing  | yes    | role   | role    | yes      | yes       | yes       | yes    | yes       | office    | outside
offer            | yes    | role   | role    | no place | no place  | reads     | team   | shut out  | office    | outside
take over        | yes    | yes    | yes     | yes      | yes       | yes       | yes    | not their | not their | outside
take it back     | offer  | offer  | offer   | yes      | offer     | offer     | team   | shut out  | office    | outside
propose same     | yes    | role   | name    | yes      | yes       | yes       | team   | shut out  | office    | outside
tell apart       | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
decide same      | leader | leader | leader  | yes      | leader    | leader    | team   | shut out  | office    | outside
part             | leader | leader | leader  | yes      | leader    | leader    | team   | shut out  | office    | outside
screen           | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
read answers     | yes    | yes    | answers | yes      | yes       | yes       | team   | shut out  | office    | outside
answer           | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
decide           | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
record consent   | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
consent, closed  | closed | role   | role    | closed   | closed    | reads     | team   | shut out  | office    | outside
take down a no   | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
a no, closed     | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
answer for       | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
withdraw         | yes    | yes    | yes     | yes      | yes       | yes       | team   | shut out  | office    | outside
open an excerpt  | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
confirm it       | yes    | role   | role    | yes      | yes       | reads     | team   | shut out  | office    | outside
end it           | yes    | yes    | yes     | yes      | yes       | reads     | team   | shut out  | office    | outside
read excerpts    | role   | role   | role    | role     | role      | role      | role   | role      | role      | outside
"""
REASONS = {
    "yes": "",
    "leader": "supervisor_decides",
    "role": "not_your_role",
    "reads": "emergency_only_reads",
    "team": "not_on_the_team",
    "shut out": "shut_out",
    "office": "other_organisation",
    "outside": "outside_body",
    "name": "name_hidden_for_role",
    "closed": "case_closed",
    "answers": "answers_hidden_for_role",
    "open": "already_open_to_you",
    "nothing": "nothing_opens_here",
    "no place": "no_place_to_give",
    "offer": "not_your_offer",
    "not their": "not_yours_to_answer",
}
HEAD, *LINES = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]


def test_the_table_tells_of_every_act_and_everybody():
    assert HEAD[1:] == list(PEOPLE)
    assert [line[0] for line in LINES] == list(ACTS)


@pytest.mark.parametrize(("act", "cells"), [(line[0], line[1:]) for line in LINES], ids=[line[0] for line in LINES])
def test_who_may_do_what(act, cells):
    said = {name: REASONS[cell] for name, cell in zip(PEOPLE, cells, strict=True)}
    assert {name: ACTS[act](who).reason for name, who in PEOPLE.items()} == said


WORKER, LEADER, OUT = (PEOPLE[name] for name in ("worker", "leader", "other"))
AT_ONCE = {"told": 1, "held": 0}
LATE = timedelta(days=1)
BORN = CaseDays(TODAY, born=date(2001, 5, 1))
HELD = {"authority": "A court", "reason": "because"}
LEFT = Facts(uuid.uuid4(), HERE, frozenset({Role.CASEWORKER}), is_active=False)
ALONE = RecordFacts(None, has_joined=False, is_erased=False)


def offered(waits=True, giver=None, taker=None):
    return OfferFacts(giver or uuid.uuid4(), taker or COLLEAGUE.member_id, waits)


def covered(absent=COLLEAGUE, covering=SUPERVISOR, since=TODAY, until=TODAY):
    return cases.may_cover(LEADER, Cover(absent, covering, since, until), today=TODAY)


def erased(asking, confirming, **more):
    return cases.may_erase(asking, confirming, HERE, **{"is_held": False} | more)


def broken(case=CASE, who=OUT, reason="because", **more):
    return cases.may_break_glass(who, case, reason=reason, **AT_ONCE | more)


def stepped(to, on, elsewhere=False, **days):
    return cases.may_step_on(to, on, replace(BORN, **days), elsewhere=elsewhere)


def fits(answer, source=""):
    return screenings.answers_fit({"A-1": {"answer": answer, "source": source}})


def ends(closes=False, words="", case=CASE):
    return cases.may_decide_closing(LEADER, case, closes=closes, words=words)


CONDITIONS = [
    # what is recorded has happened, in the person's life and in the case's
    (lambda: cases.may_be_day(TODAY, today=TODAY), ""),
    (lambda: cases.may_be_day(TODAY + LATE, today=TODAY), "day_in_the_future"),
    (lambda: cases.may_be_day(date(1990, 1, 1), today=TODAY), ""),
    (lambda: cases.may_be_day(date(1989, 12, 31), today=TODAY), "day_too_early"),
    (lambda: cases.may_lie_on(TODAY, BORN), ""),
    (lambda: cases.may_lie_on(TODAY - LATE, BORN), "before_the_case"),
    (lambda: cases.may_be_lived(date(2001, 5, 1), date(2001, 5, 1)), ""),
    (lambda: cases.may_be_lived(date(2001, 4, 30), date(2001, 5, 1)), "before_birth"),
    (lambda: cases.may_be_lived(TODAY, None), ""),
    (lambda: screenings.may_hold(TODAY, "yes", BORN, today=TODAY), ""),
    *((lambda said=said: screenings.may_hold(TODAY, said, BORN, today=TODAY), "no_consent_to_interview") for said in ("", "no")),
    (lambda: screenings.may_hold(TODAY - LATE, "yes", BORN, today=TODAY), "before_the_case"),
    (lambda: screenings.may_hold(TODAY + LATE, "yes", BORN, today=TODAY), "day_in_the_future"),
    (lambda: screenings.may_be_dated(TODAY - LATE, BORN, today=TODAY), ""),
    (lambda: screenings.may_be_dated(TODAY + LATE, BORN, today=TODAY), "day_in_the_future"),
    (lambda: screenings.may_be_dated(date(2001, 4, 30), BORN, today=TODAY), "before_birth"),
    (lambda: stepped(Stage.PRESUMED, TODAY, opened_on=TODAY), ""),
    (lambda: stepped(Stage.PRESUMED, TODAY - LATE), "earlier_elsewhere"),
    (lambda: stepped(Stage.PRESUMED, TODAY - LATE, elsewhere=True), ""),
    (lambda: stepped(Stage.PRESUMED, TODAY, closed_on=TODAY), ""),
    (lambda: stepped(Stage.PRESUMED, TODAY, closed_on=TODAY + LATE), "before_it_ended"),
    (lambda: stepped(Stage.CLOSED, TODAY, presumed_on=TODAY + LATE), "ended_before_presumed"),
    (lambda: stepped(Stage.CLOSED, TODAY, presumed_on=TODAY), ""),
    (lambda: stepped(Stage.CLOSED, TODAY), ""),
    (lambda: stepped(Stage.CLOSED, TODAY - LATE, elsewhere=True), "ended_before_it_began"),
    (lambda: stepped(Stage.REFLECTION, TODAY, opened_on=TODAY + LATE, elsewhere=True), ""),
    (lambda: stepped(Stage.FIRST_CONTACT, TODAY - LATE, elsewhere=True), "before_the_case"),
    (lambda: stepped(Stage.PRESUMED, date(2001, 4, 30), elsewhere=True), "before_birth"),
    (lambda: stepped(Stage.REFLECTION, TODAY, presumed_on=TODAY + LATE), ""),
    # steps
    (lambda: cases.may_move(LEADER, CASE, Stage.SIGNAL, reason="because"), "no_such_step"),
    (lambda: cases.may_move(WORKER, CASE, Stage.LOST_CONTACT, reason=" "), "reason_missing"),
    (lambda: cases.may_move(WORKER, CASE, Stage.LOST_CONTACT, reason="because"), ""),
    (lambda: cases.may_move(LEADER, CASE, Stage.CLOSED, reason=""), "reason_missing"),
    (lambda: cases.may_reopen(LEADER, CLOSED, Stage.PRESUMED, reason="because", another_is_open=True), "another_case_open"),
    (lambda: cases.may_open_again(WORKER, CASE, another_is_open=False), "case_still_open"),
    (lambda: cases.may_open_again(WORKER, CLOSED, another_is_open=True), "another_case_open"),
    (lambda: cases.may_take_in_again(WORKER, CLOSED, another_is_open=True), "another_case_open"),
    (lambda: cases.may_prepare_closing(WORKER, CASE, lacks=("housing",), lacks_why=()), "checklist_incomplete"),
    (lambda: cases.may_prepare_closing(WORKER, CASE, lacks=(), lacks_why=("housing",)), "line_needs_reason"),
    (ends, "say_what_is_to_do"),
    (lambda: ends(words="Call the clinic"), ""),
    (lambda: ends(closes=True, case=CLOSED), "case_closed"),
    # leave covers
    (covered, ""),
    (lambda: covered(absent=PEOPLE["elsewhere"]), "other_organisation"),
    (lambda: covered(covering=PEOPLE["elsewhere"]), "other_organisation"),
    (lambda: covered(covering=somebody(Role.ADMINISTRATOR)), "role_has_no_cases"),
    (lambda: covered(covering=LEFT), "role_has_no_cases"),
    (lambda: covered(covering=COLLEAGUE), "covers_themselves"),
    (lambda: covered(since=TODAY + LATE), "cover_is_over"),
    (lambda: covered(since=TODAY - 2 * LATE, until=TODAY - LATE), "cover_is_over"),
    (lambda: covered(until=TODAY + timedelta(days=92)), ""),
    (lambda: covered(until=TODAY + timedelta(days=93)), "cover_too_long"),
    # relation to the person
    (lambda: cases.may_declare_conflict(LEADER, PEOPLE["elsewhere"], CASE), "other_organisation"),
    (lambda: cases.may_lift_conflict(LEADER, LEADER.member_id, CASE), "not_yourself"),
    # emergencies
    (lambda: broken(reason=" "), "emergency_reason_missing"),
    (lambda: broken(held=2), ""),
    (lambda: broken(held=3), "too_many_emergencies"),
    (lambda: broken(told=0), "nobody_to_tell"),
    (lambda: broken(who=somebody(Role.LAWYER)), ""),
    (lambda: broken(who=somebody(Role.COORDINATOR)), "not_your_role"),
    (lambda: broken(who=somebody(Role.CASEWORKER, house=THERE)), "nothing_opens_here"),
    (lambda: cases.may_try_emergency(OUT, reason="because", held=0), ""),
    (lambda: cases.may_try_emergency(somebody(Role.POLICE), reason="because", held=0), "outside_body"),
    (lambda: cases.may_review(LEADER, CASE, replace(TAKEN, taken_by=LEADER.member_id)), "not_your_own_emergency"),
    (lambda: cases.may_review(LEADER, CASE, replace(TAKEN, is_reviewed=True)), "already_reviewed"),
    # holds and erasing
    *((lambda lacks=lacks: cases.may_hold(LEADER, CASE, **HELD | {lacks: " "}), "hold_incomplete") for lacks in HELD),
    (lambda: cases.may_lift_hold(LEADER, CASE, replace(HOLD, is_lifted=True), reason="because"), "hold_is_lifted"),
    (lambda: cases.may_lift_hold(LEADER, CASE, replace(HOLD, placed_by=LEADER.member_id), reason="because"), "lifted_by_another"),
    (lambda: cases.may_lift_hold(LEADER, CASE, HOLD, reason=" "), "reason_missing"),
    (lambda: erased(COLLEAGUE, SUPERVISOR), ""),
    (lambda: erased(SUPERVISOR, COLLEAGUE), ""),
    (lambda: erased(SUPERVISOR, SUPERVISOR), "not_yourself"),
    (lambda: erased(COLLEAGUE, WORKER), "not_your_role"),
    (lambda: erased(COLLEAGUE, SUPERVISOR, is_held=True), "legal_hold"),
    # offers of a place
    (lambda: cases.may_offer(WORKER, CASE, PEOPLE["elsewhere"]), "other_organisation"),
    (lambda: cases.may_offer(WORKER, CASE, WORKER), "not_yourself"),
    (lambda: cases.may_offer(WORKER, CASE, somebody(Role.ADMINISTRATOR)), "role_has_no_cases"),
    (lambda: cases.may_offer(WORKER, CASE, PEOPLE["shut out"]), "role_has_no_cases"),
    (lambda: cases.may_offer(WORKER, CASE, LEFT), "role_has_no_cases"),
    (lambda: cases.may_answer_offer(COLLEAGUE, CASE, offered(taker=WORKER.member_id)), "not_yours_to_answer"),
    (lambda: cases.may_answer_offer(COLLEAGUE, CASE, offered(waits=False)), "already_answered"),
    (lambda: cases.may_answer_offer(COLLEAGUE, CLOSED, offered()), "case_closed"),
    (lambda: cases.may_take_back_offer(WORKER, CASE, offered(giver=WORKER.member_id)), ""),
    (lambda: cases.may_take_back_offer(WORKER, CASE, offered(giver=WORKER.member_id, waits=False)), "already_answered"),
    # one person in two records
    (lambda: cases.may_propose_same(WORKER, CASE, CASE, reason=" "), "reason_missing"),
    (lambda: cases.may_propose_same(WORKER, CASE, replace(CASE, team=frozenset()), reason="because"), "not_on_the_team"),
    (lambda: cases.may_unfile(WORKER, CASE, reason=" "), "reason_missing"),
    (lambda: cases.may_be_joined(ALONE, ALONE), ""),
    (lambda: cases.may_be_joined(replace(ALONE, is_erased=True), ALONE), "same_erased"),
    (lambda: cases.may_be_joined(ALONE, replace(ALONE, is_erased=True)), "same_erased"),
    (lambda: cases.may_be_joined(replace(ALONE, leads_to=HERE), ALONE), "same_leads_on"),
    (lambda: cases.may_be_joined(ALONE, replace(ALONE, leads_to=HERE)), "same_remaining_leads_on"),
    (lambda: cases.may_be_joined(replace(ALONE, has_joined=True), ALONE), "same_has_joined"),
    (lambda: cases.may_be_joined(ALONE, replace(ALONE, has_joined=True)), ""),
    (
        lambda: cases.may_decide_same(LEADER, CASE, CASE, replace(PROPOSED, proposed_by=LEADER.member_id), reason="because"),
        "not_your_own_proposal",
    ),
    (lambda: cases.may_decide_same(LEADER, CASE, CASE, JOINED, reason="because"), "same_is_decided"),
    (lambda: cases.may_decide_same(LEADER, CASE, CASE, PROPOSED, reason=" "), "reason_missing"),
    (lambda: cases.may_part(LEADER, CASE, CASE, PROPOSED, reason="because"), "same_not_joined"),
    (lambda: cases.may_part(LEADER, CASE, CASE, JOINED, reason=" "), "reason_missing"),
    # screenings
    (lambda: screenings.may_answer(WORKER, CASE, is_decided=True), "already_decided"),
    (lambda: screenings.may_decide(WORKER, CASE, is_decided=True, reasons="because"), "already_decided"),
    (lambda: screenings.may_decide(WORKER, CASE, is_decided=False, reasons=" "), "reasons_missing"),
    (lambda: screenings.may_ask("new", ["new"], has_answers=False, before="old"), ""),
    (lambda: screenings.may_ask("new", [], has_answers=False, before="old"), "set_not_offered"),
    (lambda: screenings.may_ask("new", ["new"], has_answers=True, before="old"), "set_has_answers"),
    (lambda: screenings.may_ask("old", [], has_answers=True, before="old"), ""),
    *((lambda said=said: fits(said, "observation"), "") for said in ("", "yes", "no", "unknown", "declined")),
    *((lambda said=said: fits(said), "") for said in ("", "unknown", "declined")),
    *((lambda said=said: fits(said), "source_missing") for said in ("yes", "no")),
    (lambda: fits("perhaps", "observation"), "answer_not_offered"),
    (lambda: fits("yes", "rumour"), "answer_not_offered"),
    # consents and excerpts
    *((lambda at=at: consents.may_answer(WORKER, CASE, at), "already_answered") for at in State if at is not State.ASKED),
    *((lambda at=at: consents.may_withdraw(WORKER, CASE, at), "nothing_to_withdraw") for at in State if at is not State.GIVEN),
    (lambda: consents.may_withdraw(WORKER, CLOSED, State.GIVEN), ""),
    (lambda: consents.may_confirm(WORKER, CASE, replace(EXCERPT, entered_by=WORKER.member_id)), "confirmed_by_another"),
    (lambda: consents.may_confirm(WORKER, CASE, replace(EXCERPT, is_confirmed=True)), "disclosure_settled"),
    (lambda: consents.may_confirm(WORKER, CASE, replace(EXCERPT, is_ended=True)), "disclosure_settled"),
    (lambda: consents.may_last(TODAY, TODAY, today=TODAY), ""),
    (lambda: consents.may_last(TODAY + LATE, TODAY, today=TODAY), "disclosure_is_over"),
    (lambda: consents.may_last(TODAY - 2 * LATE, TODAY - LATE, today=TODAY), "disclosure_is_over"),
    (lambda: consents.may_last(TODAY, TODAY + timedelta(days=183), today=TODAY), ""),
    (lambda: consents.may_last(TODAY, TODAY + timedelta(days=184), today=TODAY), "disclosure_too_long"),
    (lambda: consents.may_read_excerpts(somebody(Role.POLICE)), ""),
    (lambda: consents.may_read_excerpts(somebody(Role.LABOUR_INSPECTION)), "outside_body"),
]


@pytest.mark.parametrize(("verdict", "reason"), CONDITIONS)
def test_under_which_conditions(verdict, reason):
    assert verdict().reason == reason


def test_who_works_on_a_case():
    working = {name for name, who in PEOPLE.items() if cases.works_on(who, CASE)}
    assert working == {"worker", "lawyer", "shelter", "leader", "stands in"}
    assert {name for name, who in PEOPLE.items() if cases.reads_every_case(who)} == {"leader", "shut out", "elsewhere"}
    both = somebody(Role.SUPERVISOR, Role.IMMIGRATION_ENFORCEMENT)
    assert not cases.reads_every_case(both)
    assert not cases.works_on(both, replace(CASE, team=frozenset({both.member_id})))


def test_who_may_have_cases_at_all():
    having = {role for role in Role if cases.may_have_cases(somebody(role))}
    assert having == {Role.CASEWORKER, Role.SUPERVISOR, Role.SHELTER_STAFF, Role.HEALTH, Role.LAWYER}
    assert not cases.may_have_cases(LEFT)
    assert not cases.may_have_cases(somebody(Role.CASEWORKER, Role.IMMIGRATION_ENFORCEMENT))


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR, Role.DATA_STEWARD, Role.REVIEWER])
def test_who_has_no_casework_reads_nothing_wherever_they_stand(role):
    who = somebody(role)
    at = replace(CASE, team=frozenset({who.member_id}), emergency=frozenset({who.member_id}))
    assert not cases.works_on(who, at)
    assert cases.may_read(who, at).reason == "not_your_role"
