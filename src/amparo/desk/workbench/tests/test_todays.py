"""Today and the team: what waits for whom, what is counted and what is not; as many queries for two hundred cases as for ten."""

import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.audit import chain
from amparo.desk.cases import actions, staffing
from amparo.desk.cases.choices import Risk, TeamRole
from amparo.desk.cases.models import Case, TeamMember
from amparo.desk.consent import actions as consents
from amparo.desk.consent.models import Consent
from amparo.desk.consent.rules import Purpose
from amparo.desk.core import drafts
from amparo.desk.core.pagination import MOST_SIFTED, SIFTED_AT_ONCE
from amparo.desk.identification import indicators
from amparo.desk.identification.models import Screening
from amparo.desk.workbench import load, queries, rules, todays
from amparo.desk.workbench.drafted import all_described
from amparo.desk.workbench.filters import PeopleFilter
from amparo.desk.workbench.team import QUIET, team_of

TODAY = timezone.localdate()


@given(st.lists(st.tuples(st.integers(), st.integers(0, 60)), max_size=9))
def test_sharing_anew_never_turns_the_load_around(loads):
    found = rules.balance(loads)
    numbers = [number for _who, number in loads]
    if not loads or max(numbers) - min(numbers) < rules.WORTH_SHARING:
        assert found is None
    else:
        assert found.cases >= 1
        assert max(numbers) - found.cases >= min(numbers) + found.cases


def ask(case, by):
    values = {"state": "asked", "asked_on": TODAY - timedelta(3), "giver": "person", "language": "eng", "was_explained": True}
    return consents.record(case=case, by=by, purpose=Purpose.ASSISTANCE, values=values)


def shown():
    """Return answers that show each element: one direct sign of each."""
    signs = {one.element: one.code for one in indicators.get(indicators.GENERAL).indicators.values() if one.strength == "direct"}
    return {code: {"answer": "yes", "source": "statement"} for code in signs.values()}


def screen(case, by, **more):
    held = {"held_on": TODAY - timedelta(2), "interviewer": by, "consent_to_interview": "yes"} | more
    return Screening.objects.create(organisation=case.organisation, key_id=case.key_id, case=case, **held)


@pytest.mark.django_db
def test_what_is_not_answered_and_what_waits_for_a_decision_leads_to_where_it_is_settled(
    sign_in, her_caseworker, the_case, more_cases
):
    other, third = more_cases(2)
    consent, begun, held = (
        ask(the_case, her_caseworker),
        screen(other, her_caseworker),
        screen(third, her_caseworker, answers=shown()),
    )
    page = sign_in(her_caseworker).get(reverse("today")).content.decode()
    for case, view, row in ((the_case, "consent_answer", consent), (other, "screening", begun), (third, "screening", held)):
        assert reverse(view, args=[case.number, row.pk]) in page
    assert [line.called for line in todays.decisions(her_caseworker).lines] == [third.pseudonym]
    assert "The system proposes: Presumed victim" in page
    assert [line.called for line in todays.unanswered(her_caseworker).lines] == [the_case.pseudonym, other.pseudonym]


@pytest.mark.django_db
def test_what_was_decided_waits_for_nobody(her_caseworker, the_case):
    decided = {"outcome": "presumed", "reasons": "Debt.", "decided_by": her_caseworker, "decided_on": TODAY}
    screen(the_case, her_caseworker, answers=shown(), **decided)
    screen(the_case, her_caseworker, **decided)
    assert (todays.decisions(her_caseworker).number, todays.unanswered(her_caseworker).number) == (0, 0)


@pytest.mark.django_db
def test_what_waits_is_of_own_cases_and_for_who_settles_it(her_caseworker, the_case, make_member, shelter, the_partner):
    ask(the_case, her_caseworker)
    lawyer, stranger = make_member(shelter, "lawyer"), make_member(shelter, "caseworker", name="N. Other")
    supervisor = make_member(shelter, "supervisor")
    actions.join_team(case=the_case, by=supervisor, member=lawyer, role="lawyer", since=TODAY)
    for member in (lawyer, stranger, supervisor, the_partner):
        assert todays.unanswered(member).number == 0
    staffing.cover(by=supervisor, absent=her_caseworker, covering=stranger, since=TODAY, until=TODAY)
    assert todays.unanswered(stranger).number == 1


@pytest.mark.django_db
def test_colleagues_changes_since_the_last_visit_are_told_and_ones_own_are_not(her_caseworker, the_case, make_member, shelter):
    colleague = make_member(shelter, "caseworker", "supervisor", name="C. Olleague")
    assert todays.news(her_caseworker) == todays.News()
    chain.record("session.ended", by=her_caseworker)
    actions.assess_risk(case=the_case, by=colleague, risk=Risk.HIGH, on=TODAY)
    chain.record("session.began", by=her_caseworker)
    actions.write_note(case=Case.objects.get(), by=her_caseworker, kind="contact", happened_on=TODAY, text="Own.")
    found = todays.news(her_caseworker)
    assert [(case.pk, told.actor) for case, told in found.lines] == [(the_case.pk, "C. Olleague")]
    assert todays.news(colleague) == todays.News()


@pytest.mark.django_db
def test_a_note_on_health_is_no_news_for_who_may_not_know_of_it(her_caseworker, the_case, make_member, shelter):
    supervisor, lawyer = make_member(shelter, "supervisor"), make_member(shelter, "lawyer")
    actions.join_team(case=the_case, by=supervisor, member=lawyer, role="lawyer", since=TODAY)
    chain.record("session.ended", by=lawyer)
    actions.write_note(case=the_case, by=her_caseworker, kind="health", happened_on=TODAY, text="The clinic.")
    chain.record("session.began", by=lawyer)
    assert todays.news(lawyer).lines == ()


@pytest.mark.django_db
def test_a_quiet_day_says_so(sign_in, her_caseworker):
    assert "Nothing waits for you" in sign_in(her_caseworker).get(reverse("today")).content.decode()


@pytest.fixture
def supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Visor")


@pytest.mark.django_db
def test_the_team_page_counts_what_each_has_and_what_waits(sign_in, her_caseworker, make_member, shelter, supervisor):
    idle = make_member(shelter, "caseworker", name="A. Vacant")
    old = TODAY - QUIET - timedelta(5)
    values = {"next_step": "x", "next_step_on": TODAY - timedelta(1)}
    high = actions.open_case(by=her_caseworker, person={}, opened_on=old, case=values)
    actions.assess_risk(case=high, by=her_caseworker, risk=Risk.HIGH, on=TODAY)
    for _ in range(4):
        actions.open_case(by=her_caseworker, person={}, opened_on=TODAY)
    actions.join_team(case=high, by=supervisor, member=supervisor, role=TeamRole.SUPERVISOR.value, since=TODAY)
    staffing.cover(by=supervisor, absent=her_caseworker, covering=idle, since=TODAY, until=TODAY + timedelta(3))
    found = team_of(supervisor)
    loads = {load.member.pk: load for load in found.loads}
    hers = loads[her_caseworker.pk]
    assert (hers.open, hers.high, hers.late, hers.quiet, hers.without_step, hers.not_assessed) == (5, 1, 1, 1, 4, 4)
    assert hers.away_until == TODAY + timedelta(3)
    assert (loads[idle.pk].open, loads[idle.pk].covers) == (0, ("I. Maro",))
    assert supervisor.pk not in loads, "a supervisor's place meets nobody"
    assert [load.member.user.name for load in found.loads] == ["I. Maro", "A. Vacant"], "where help is needed first"
    assert found.suggestion is None, "who is away hands nothing over"
    page = sign_in(supervisor).get(reverse("team")).content.decode()
    assert f"{reverse('people')}?member={her_caseworker.pk}&amp;late=1" in page
    assert reverse("hand_over", args=[her_caseworker.pk]) in page
    assert "never pages opened" in page


@pytest.mark.django_db
def test_today_the_list_the_team_and_the_staffing_page_agree_on_whose_cases_are_whose(
    sign_in, her_caseworker, the_case, more_cases, supervisor
):
    supervised = [the_case, *more_cases(3)]
    for case in supervised:
        actions.join_team(case=case, by=supervisor, member=supervisor, role=TeamRole.SUPERVISOR.value, since=TODAY)
    actions.open_case(by=supervisor, person={}, opened_on=TODAY)
    own = supervised[0]
    actions.join_team(case=own, by=supervisor, member=supervisor, role=TeamRole.CASE_MANAGER.value, since=TODAY)
    closed = Case.objects.get(pk=supervised[3].pk)
    Case.objects.filter(pk=closed.pk).update(closed_on=TODAY, stage="closed")
    loads = {load.member.pk: load.open for load in team_of(supervisor).loads}
    staffed = {row.member.pk: (row.own, row.supervised) for row in staffing.workloads(supervisor)}
    assert staffed[supervisor.pk] == (2, 2), "a case that somebody has and supervises is their own"
    for member in (supervisor, her_caseworker):
        of_today = queries.today(member).counts["open"]
        mine = PeopleFilter.from_query({"mine": "1"}).of(member).count()
        of_member = PeopleFilter.from_query({"member": str(member.pk)}).of(supervisor).count()
        assert {of_today, mine, of_member, loads[member.pk], staffed[member.pk][0]} == {loads[member.pk]}
    page = sign_in(supervisor).get(reverse("staffing")).content.decode()
    assert "Supervised besides" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "held", [{"until": TODAY}, {"since": TODAY - timedelta(9), "until": TODAY - timedelta(2)}, {"since": TODAY + timedelta(2)}]
)
def test_a_place_that_ended_or_begins_later_is_nobodys_load(the_case, more_cases, her_caseworker, supervisor, held):
    more_cases(1)
    TeamMember.objects.filter(case=the_case).update(**held)
    assert [(one.member, one.open) for one in team_of(supervisor).loads] == [(her_caseworker, 1)]
    assert [(one.member, one.own, one.supervised) for one in staffing.workloads(supervisor)] == [(her_caseworker, 1, 0)]
    TeamMember.objects.update(since=TODAY - timedelta(9), until=TODAY)
    assert not staffing.workloads(supervisor)


@pytest.mark.django_db
def test_what_is_only_supervised_waits_on_today_for_a_decision_and_is_no_case_of_ones_own(her_caseworker, the_case, supervisor):
    actions.join_team(case=the_case, by=supervisor, member=supervisor, role=TeamRole.SUPERVISOR.value, since=TODAY)
    screen(the_case, her_caseworker, answers=shown())
    screen(the_case, her_caseworker)
    ask(the_case, her_caseworker)
    assert todays.unanswered(her_caseworker).number == 2
    found = queries.today(supervisor)
    assert (found.counts["open"], found.unanswered.number, found.decisions.number, found.cases) == (0, 0, 1, [])


@pytest.mark.django_db
def test_what_nobody_has_is_counted_and_leads_on(sign_in, her_caseworker, the_case, supervisor):
    TeamMember.objects.update(until=TODAY)
    found = team_of(supervisor)
    assert (found.nobody, found.open) == (1, 1)
    page = sign_in(supervisor).get(f"{reverse('people')}?nobody=1").content.decode()
    assert the_case.pseudonym in page


@pytest.mark.django_db
def test_a_case_that_shuts_a_supervisor_out_is_not_counted_for_them(her_caseworker, the_case, supervisor):
    assert team_of(supervisor).open == 1
    staffing.declare_conflict(case=the_case, by=supervisor, member=supervisor, kind="known", reason="")
    found = team_of(supervisor)
    assert (found.open, sum(load.open for load in found.loads)) == (0, 0)


@pytest.mark.django_db
def test_team_and_staffing_are_paged_where_help_is_needed_first(sign_in, make_member, shelter, supervisor):
    """Of thirty colleagues a page shows twenty-five, each stands on one page, and a page asks no more for more of them."""
    for number in range(30):
        one = make_member(shelter, "caseworker", name=f"C. {number:02d}")
        for at in range(1 + number % 3):
            step = {"next_step": "x", "next_step_on": TODAY - timedelta(1)} if number in (8, 28) else {}
            actions.open_case(by=one, person={}, opened_on=TODAY - timedelta(at), case=step)
    client = sign_in(supervisor)
    for name in ("team", "staffing"):
        page, seen, asked = client.get(reverse(name)), [], []
        while True:
            text = page.content.decode()
            seen.append([f"C. {number:02d}" for number in range(30) if f'rowheader">C. {number:02d}' in text])
            following = page.context["page"].following
            if not following:
                break
            with CaptureQueriesContext(connection) as queries_:
                page = client.get(reverse(name) + following)
            asked.append(len(queries_))
        assert [len(some) for some in seen] == [25, 5]
        assert len({*seen[0], *seen[1]}) == 30, "nobody twice, nobody left out"
        assert asked[0] <= asked_for(client, reverse(name)), "no query more for another page"
    found = team_of(supervisor).loads
    assert [load.member.user.name for load in found[:2]] == ["C. 08", "C. 28"], "late steps first, then the number of cases"
    assert [load.open for load in found[2:]] == sorted((load.open for load in found[2:]), reverse=True)
    assert [load.late for load in found[:3]] == [3, 2, 0]
    assert "C. 28" in client.get(reverse("team")).content.decode()


@pytest.mark.django_db
def test_the_team_is_the_supervisors_page(sign_in, her_caseworker, make_member, shelter, the_partner):
    for member in (her_caseworker, make_member(shelter, "coordinator"), the_partner):
        assert sign_in(member).get(reverse("team")).status_code == 403


def many(member, number):
    """Make many cases of one person's record, each with somebody, with what a list can show and Today can tell."""
    first = actions.open_case(by=member, person={"languages": ["fra"]}, opened_on=TODAY)
    about = {"organisation_id": first.organisation_id, "key_id": first.key_id}
    rows = [
        Case(
            **about,
            person=first.person,
            number=f"XC-{2000 + number}-{at:05d}",
            pseudonym=f"Word {number} {at}",
            stage="presumed",
            opened_on=TODAY - timedelta(at % 90),
            year_of_registration=2020,
            risk=at % 4,
            next_step_on=TODAY - timedelta(at % 3),
        )
        for at in range(number)
    ]
    Case.objects.bulk_create(rows)
    places = [
        TeamMember(organisation_id=row.organisation_id, case=row, member=member, role="case_manager", since=TODAY) for row in rows
    ]
    TeamMember.objects.bulk_create(places)
    asked = [Consent(**about, case=row, purpose="assistance", state="asked", asked_on=TODAY, recorded_by=member) for row in rows]
    Consent.objects.bulk_create(asked)


PAGES = [
    "/",
    "/team/",
    "/staffing/",
    "/people/",
    "/people/?columns=age-risk-language-citizenship-country-exploitation-status-team",
    "/people/?late=1&order=due&language=fra",
    "/people/?consent=waiting&screening=undecided",
    "/people/?nobody=1",
    "/people/export/?risk=3",
    "/people/filters/",
]


def asked_for(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(queries)


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_a_page_asks_as_often_for_two_hundred_cases_as_for_ten(sign_in, her_caseworker, make_member, shelter, address):
    both = make_member(shelter, "caseworker", "supervisor", name="B. Oth")
    client, counts = sign_in(both), []
    for number in (10, 190):
        many(both, number)
        counts.append(asked_for(client, address))
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_a_list_that_opens_records_opens_no_more_than_a_bounded_number(sign_in, make_member, shelter):
    both = make_member(shelter, "caseworker", "supervisor", name="B. Oth")
    many(both, 10)
    few = asked_for(sign_in(both), "/people/?child=yes")
    many(both, 250)
    assert asked_for(sign_in(both), "/people/?child=yes") - few <= MOST_SIFTED // SIFTED_AT_ONCE


def test_pages_of_lists_are_light(db, sign_in, make_member, shelter):
    """HTML with every style sheet, compressed, is under 60 kB: the longest table, every column, the longest form."""
    both = make_member(shelter, "caseworker", "supervisor", name="B. Oth")
    many(both, 60)
    client = sign_in(both)
    for address in PAGES:
        page = client.get(address).content
        sheets = re.findall(rb'<link rel="stylesheet" href="/static/([^"]+)"', page)
        styles = b"".join(Path(finders.find(sheet.decode())).read_bytes() for sheet in sheets)
        assert sheets
        assert len(gzip.compress(page)) + len(gzip.compress(styles)) < 60_000, address


@pytest.mark.django_db
def test_a_draft_says_which_form_and_of_whom(sign_in, her_caseworker, the_case, the_partner):
    for name in ("leg_new", "case_person"):
        drafts.save(her_caseworker.user_id, reverse(name, args=[the_case.number]), QueryDict("x=y"))
    drafts.save(her_caseworker.user_id, reverse("batch_new"), QueryDict("x=y"))
    lines = all_described(drafts.waiting(her_caseworker.user_id), her_caseworker)
    assert {(line.words, line.called) for line in lines} == {
        ("A leg of the journey", the_case.pseudonym),
        ("What is known of the person", the_case.pseudonym),
        ("Register many people", ""),
    }
    assert f"A leg of the journey, {the_case.pseudonym}" in sign_in(her_caseworker).get(reverse("today")).content.decode()
    away = all_described(drafts.waiting(her_caseworker.user_id), the_partner)
    assert {line.called for line in away} == {""}, "whoever reads the case no more is told no pseudonym"


@pytest.mark.django_db
def test_where_no_step_is_written_down_one_is_set(sign_in, her_caseworker):
    client, step = sign_in(her_caseworker), {"next_step": "Call her", "next_step_on": TODAY}
    bare, with_step = (actions.open_case(by=her_caseworker, person={}, opened_on=TODAY, case=case) for case in ({}, step))
    for case, words in ((bare, "Set a next step"), (with_step, "Change the next step")):
        assert words in client.get(case.address).content.decode()


@pytest.mark.django_db
def test_the_search_page_says_how_numbers_are_found(sign_in, her_caseworker):
    assert "A telephone number whole" in sign_in(her_caseworker).get(reverse("search")).content.decode()


def rail(client, path="/"):
    """What stands beside the rooms of the rail."""
    found = re.findall(r'<li><a href="([^"]+)"[^>]*>[^<]+<span class="n">(\d+)<', client.get(path).content.decode())
    return {address: int(number) for address, number in found}


@pytest.mark.django_db
def test_the_rail_counts_own_open_cases_and_steps_due_and_nobody_elses(
    sign_in, her_caseworker, the_case, more_cases, make_member, shelter, the_partner, supervisor
):
    late, later = more_cases(2)
    Case.objects.filter(pk=late.pk).update(next_step_on=TODAY)
    assert rail(sign_in(her_caseworker)) == rail(sign_in(her_caseworker), reverse("help")) == {"/": 2, "/people/": 3}
    Case.objects.filter(pk=later.pk).update(closed_on=TODAY, stage="closed")
    assert rail(sign_in(her_caseworker)) == {"/": 1, "/people/": 2}
    staffing.declare_conflict(case=late, by=supervisor, member=her_caseworker, kind="relation", reason="Her uncle")
    assert rail(sign_in(her_caseworker)) == {"/people/": 1}
    for nobody in (
        supervisor,
        the_partner,
        make_member(shelter, "caseworker", name="N. Other"),
        make_member(shelter, "data_steward"),
    ):
        assert rail(sign_in(nobody)) == {}


@pytest.mark.django_db
def test_the_rail_costs_one_query_for_ten_cases_as_for_one(her_caseworker, the_case, more_cases):
    made = []
    for more in (0, 9):
        more_cases(more)
        with CaptureQueriesContext(connection) as queries_:
            assert load.counts(her_caseworker).own == more + 1
        made.append(len(queries_))
    assert made[0] == made[1]


@pytest.mark.django_db
def test_a_contact_is_noted_from_today_in_two_steps(sign_in, her_caseworker, the_case, more_cases, make_member, shelter):
    client, address = sign_in(her_caseworker), reverse("contact_whom")
    assert f'href="{address}"' in client.get("/").content.decode()
    page = client.get(address).content.decode()
    assert the_case.pseudonym in page
    notes = f"{reverse('case_notes', args=[the_case.number])}?kind=contact"
    assert notes in page
    form = client.get(notes).content.decode()
    assert "Show these questions" not in form, "what is asked of a contact stands open"
    assert "Show these questions" in client.get(reverse("case_notes", args=[the_case.number])).content.decode()
    colleague = sign_in(make_member(shelter, "caseworker", name="N. Other"))
    assert f'href="{address}"' not in colleague.get("/").content.decode()
    assert the_case.number not in colleague.get(address).content.decode()
    assert "You have no open case" in colleague.get(address).content.decode()
    assert sign_in(make_member(shelter, "data_steward")).get(address).status_code == 403


@pytest.mark.django_db
def test_names_stand_there_for_who_may_see_them(sign_in, her_caseworker, the_case, make_member, shelter, supervisor):
    keeper = make_member(shelter, "shelter_staff")
    actions.join_team(case=the_case, by=supervisor, member=keeper, role=TeamRole.CASE_MANAGER, since=TODAY)
    name = Case.objects.select_related("person").get(pk=the_case.pk).person.full_name
    assert name in sign_in(her_caseworker).get(reverse("contact_whom")).content.decode()
    page = sign_in(keeper).get(reverse("contact_whom")).content.decode()
    assert the_case.pseudonym in page
    assert name not in page


@pytest.mark.django_db
def test_what_must_be_done_stands_before_the_cases_and_the_load_comes_last(sign_in, her_caseworker, the_case):
    ask(the_case, her_caseworker)
    screen(the_case, her_caseworker, answers=shown())
    step = {"next_step": "See her", "next_step_on": timezone.localdate()}
    actions.change_case(case=the_case, by=her_caseworker, values=step, version=Case.objects.get(pk=the_case.pk).version)
    page = sign_in(her_caseworker).get("/").content.decode()
    places = [page.index(f'id="{part}-h"') for part in ("steps", "decisions", "unanswered", "mine", "load")]
    assert places == sorted(places)
    assert page.index('id="unanswered-h"') < page.index('class="stackv context"'), "beside the cases it would be last at 360 px"


def test_own_load_is_told_week_by_week(sign_in, her_caseworker, the_case, more_cases):
    TeamMember.objects.update(since=TODAY - timedelta(200))
    gone, *_rest = more_cases(2)
    TeamMember.objects.exclude(case=the_case).update(since=TODAY - timedelta(100))
    Case.objects.filter(pk=gone.pk).update(stage="closed", status="Closed", closed_on=TODAY - timedelta(3))
    found = load.load(her_caseworker)
    assert [week.cases for week in found.weeks] == [3] * 12 + [2]
    assert (found.now, found.more, found.fewer) == (2, -1, 1)
    page = sign_in(her_caseworker).get("/").content.decode()
    assert "2 open cases are yours as case manager." in page
    assert "1 fewer than twelve weeks ago." in page


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-99, 9), st.none() | st.integers(-99, 9), st.none() | st.integers(-99, 9)))
)
def test_nobody_carries_one_case_twice_or_one_that_is_over(rows):
    days = [None if day is None else TODAY + timedelta(day) for row in rows for day in row[1:]]
    places = [rules.Place(row[0], *days[3 * at : 3 * at + 3]) for at, row in enumerate(rows)]
    weeks = rules.carried(places, today=TODAY, weeks=13)
    assert (weeks[0].day, weeks[-1].day) == (TODAY - timedelta(84), TODAY)
    for week in weeks:
        assert week.cases == sum(
            any(
                p.case_id == case and p.since <= week.day < min(p.until or week.day.max, p.closed_on or week.day.max)
                for p in places
            )
            for case in range(4)
        )
