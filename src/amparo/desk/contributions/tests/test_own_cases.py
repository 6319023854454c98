"""Own cases go only where consent covers them, without identity, and leave when it ends."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.access.models import Organisation
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case
from amparo.desk.consent import actions as consents
from amparo.desk.consent.rules import Purpose
from amparo.desk.contributions import actions, pool, rejected, withdrawals
from amparo.desk.contributions.models import Contribution, PoolFile, PoolVersion, Tombstone
from amparo.desk.contributions.states import State
from amparo.desk.core.ids import uuid7
from amparo.desk.core.partial_dates import PartialDate

pytestmark = pytest.mark.django_db

DAY = date(2025, 6, 1)
YES = {"state": "given", "asked_on": DAY, "decided_on": DAY, "was_explained": True, "told_of_publication": True}
NAME = "Marisol Quintanarroyo"


@pytest.fixture
def open_case(her_caseworker):
    def make(*, agrees=True, status="ActualVictimOfTrafficking", until=None, **facts):
        person = {
            "family_name": NAME,
            "phone": "+999 555 0100",
            "birth_date": PartialDate.parse("1994-05-03"),
            "gender": "Feminine",
            "citizenship": ["UA"],
        }
        case = cases.open_case(by=her_caseworker, opened_on=DAY, person=person)
        case.refresh_from_db()
        values = {"trafficking_status": status, "exploitation": {"ForcedLabour": "yes"}, "means": {"Threats": "declined"}} | facts
        cases.change_case(case=case, by=her_caseworker, values=values, version=case.version)
        consent = None
        if agrees:
            consent = consents.record(
                case=case, by=her_caseworker, purpose=Purpose.STATISTICS, values=YES | ({"valid_until": until} if until else {})
            )
        return case, consent

    return make


def test_only_covered_victims_go_and_nothing_says_who(open_case, shelter):
    open_case()
    open_case(agrees=False)
    open_case(status="NotAVictimOfTrafficking")
    open_case(status="")
    made = actions.contribute_own_cases(organisation=shelter)
    assert (made.state, made.rows_in, made.rows_added) == (State.DONE, 1, 1)
    row = pool.read().row(0, named=True)
    assert row["gender"] == "Feminine"
    assert row["age_band"] == "30--38"
    assert row["exploitation_forced_labour"] == "yes"
    assert row["means_threats"] is None, "declined is not recorded in the pool"
    assert row["registration_year"] == "2025"
    keys = {"person_key", "record_key", "contributor"}
    digests = [row[name].replace("-", "") for name in keys]
    assert all(len(one) == 32 and int(one, 16) for one in digests), "digests and ids, which may hold any digits"
    told = str({name: value for name, value in row.items() if name not in keys})
    assert not any(word in told for word in ("Marisol", "Quintanarroyo", "555", "1994"))
    assert len(made.sha256) == 64


def test_a_second_time_adds_nothing_and_a_changed_fact_replaces_the_row(open_case, shelter, her_caseworker):
    case, _ = open_case()
    actions.contribute_own_cases(organisation=shelter)
    before = pool.current().number
    again = actions.contribute_own_cases(organisation=shelter)
    assert (again.rows_added, again.rows_known) == (0, 1)
    assert pool.current().number == before, "nothing new makes no new version"
    case.refresh_from_db()
    cases.change_case(case=case, by=her_caseworker, values={"exploitation_country": "PL"}, version=case.version)
    changed = actions.contribute_own_cases(organisation=shelter)
    assert (changed.rows_added, changed.rows_changed, changed.rows_known) == (0, 1, 0)
    assert pool.read()["exploitation_country"].to_list() == ["PL"]
    assert pool.read(before)["exploitation_country"].to_list() == [None], "the older version stays as it was"


def test_a_withdrawn_consent_takes_the_row_out_of_every_version(open_case, shelter, her_caseworker):
    _, consent = open_case()
    open_case()
    actions.contribute_own_cases(organisation=shelter)
    assert pool.read().height == 2
    old_file = PoolFile.objects.get()
    consents.withdraw(consent=consent, by=her_caseworker)
    assert withdrawals.follow() == 1
    assert pool.read().height == 1
    assert pool.read(1).height == 1, "the old version too"
    assert not pool.is_whole(1)
    old_file.refresh_from_db()
    assert old_file.removed_at
    assert not old_file.wrapped_key, "its key is forgotten"
    stone = Tombstone.objects.get()
    assert stone.done_at
    assert Event.objects.filter(action="pool.person_removed").count() == 1
    assert withdrawals.follow() == 0
    assert PoolVersion.objects.count() == 2
    assert pool.verify() == []


def test_a_tombstone_works_before_the_files_are_rewritten(open_case, shelter, her_caseworker, monkeypatch):
    _, consent = open_case()
    actions.contribute_own_cases(organisation=shelter)
    consents.withdraw(consent=consent, by=her_caseworker)
    monkeypatch.setattr(pool, "forget", lambda organisation_id: 0)
    withdrawals.follow()
    assert pool.read().height == 0
    monkeypatch.undo()
    withdrawals.follow()
    assert Tombstone.objects.get().done_at, "the next round finishes what the last began"


def test_who_agrees_anew_comes_in_again(open_case, shelter, her_caseworker):
    case, consent = open_case()
    actions.contribute_own_cases(organisation=shelter)
    consents.withdraw(consent=consent, by=her_caseworker)
    withdrawals.follow()
    assert actions.contribute_own_cases(organisation=shelter).rows_added == 0
    consents.record(case=case, by=her_caseworker, purpose=Purpose.STATISTICS, values=YES | {"decided_on": timezone.localdate()})
    actions.contribute_own_cases(organisation=shelter)
    assert pool.read().height == 1


def test_a_withdrawal_taken_back_before_it_is_followed_changes_nothing(open_case, shelter, her_caseworker):
    case, consent = open_case()
    actions.contribute_own_cases(organisation=shelter)
    consents.withdraw(consent=consent, by=her_caseworker)
    consents.record(case=case, by=her_caseworker, purpose=Purpose.STATISTICS, values=YES | {"decided_on": timezone.localdate()})
    withdrawals.follow()
    assert pool.read().height == 1


def test_a_consent_that_runs_out_ends_by_itself(open_case, shelter):
    today = timezone.localdate()
    open_case(until=today)
    actions.contribute_own_cases(organisation=shelter)
    assert withdrawals.end_lapsed(shelter, on=today) == 0
    assert withdrawals.end_lapsed(shelter, on=today + timedelta(days=1)) == 1
    assert pool.read().height == 0


def test_an_answer_that_only_the_country_knows_is_left_out(open_case, shelter):
    case, _ = open_case()
    Case.objects.filter(pk=case.pk).update(exploitation={"ForcedLabour": "yes", "OnlyThisCountry": "yes"})
    made = actions.contribute_own_cases(organisation=shelter)
    assert (made.rows_rejected, made.rows_added) == (0, 1)


def test_a_case_with_a_code_that_no_list_knows_is_rejected_and_told(open_case, shelter):
    case, _ = open_case()
    Case.objects.filter(pk=case.pk).update(months_trafficked="always")
    made = actions.contribute_own_cases(organisation=shelter)
    assert (made.rows_in, made.rows_rejected, made.rows_added) == (1, 1, 0)
    assert rejected.cells(made)["column"].to_list() == ["months_trafficked"]


def test_the_page_counts_names_nobody_and_queues_once(open_case, shelter, sign_in, her_steward, work):
    open_case()
    client = sign_in(her_steward)
    page = client.get(reverse("contribution_own"))
    assert "Marisol" not in page.text
    row_id = page.context["form"]["row_id"].value()
    first = client.post(reverse("contribution_own"), {"row_id": row_id})
    second = client.post(reverse("contribution_own"), {"row_id": row_id})
    assert first.url == second.url
    assert Contribution.objects.count() == 1
    assert work() == 1
    assert Contribution.objects.get().state == State.DONE
    assert pool.read().height == 1


def test_own_cases_under_way_have_no_file_to_look_at(shelter, her_steward, sign_in):
    made = actions._own_contribution(shelter, her_steward, uuid7())
    client = sign_in(her_steward)
    page = reverse("contribution", args=[made.pk])
    assert client.get(page).status_code == 200
    assert client.get(reverse("contribution_check", args=[made.pk])).url == page


def test_only_the_own_steward_may(shelter, their_steward, her_caseworker):
    for member in (their_steward, her_caseworker):
        with pytest.raises(Denied):
            actions.contribute_own_cases(organisation=shelter, by=member)
        with pytest.raises(Denied):
            actions.enqueue_own_cases(organisation=shelter, by=member, contribution_id=uuid7())
    assert not Contribution.objects.exists()


def test_the_command_contributes_and_says_what(open_case, shelter, capsys):
    open_case()
    call_command("contribute_own_cases", organisation="lantern house")
    assert "New in the pool: 1" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("contribute_own_cases", organisation="Nobody")


def test_a_partner_is_added_once(db, capsys):
    for _ in range(2):
        call_command("add_partner", "Far Office", country="xb")
    assert len(set(capsys.readouterr().out.split())) == 1
    assert Organisation.objects.get(name="Far Office").is_partner_only
