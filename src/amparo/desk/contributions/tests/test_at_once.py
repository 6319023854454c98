"""Two at the same moment: whoever comes second sees the first, no row outlives its tombstone, no form fails."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection, connections

from amparo.desk.cases import actions as cases
from amparo.desk.consent import actions as consents
from amparo.desk.consent.rules import Purpose
from amparo.desk.contributions import actions, pool, tasks, withdrawals
from amparo.desk.contributions.choices import Choices
from amparo.desk.contributions.models import Contribution, PoolFile, Tombstone
from amparo.desk.contributions.states import Relation
from amparo.desk.contributions.tests import making
from amparo.desk.core import keys
from amparo.desk.core.ids import uuid7
from amparo.desk.files.models import StoredFile
from amparo.standard.reasons import Refused

DAY = date(2025, 6, 1)
YES = {"state": "given", "asked_on": DAY, "decided_on": DAY, "was_explained": True, "told_of_publication": True}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_consent_withdrawn_while_an_import_commits_leaves_no_row_in_any_file(her_caseworker, shelter, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: SQLite has one writer")
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person={"gender": "Feminine"})
    cases.change_case(case=case, by=her_caseworker, values={"trafficking_status": "ActualVictimOfTrafficking"}, version=1)
    consent = consents.record(case=case, by=her_caseworker, purpose=Purpose.STATISTICS, values=YES)
    last_step, withdrawing = pool._publish, threading.Event()

    def withdraw():
        keys.forget_opened()
        try:
            consents.withdraw(consent=consent, by=her_caseworker)
            withdrawing.set()
            withdrawals.follow()
        finally:
            connections.close_all()

    other = threading.Thread(target=withdraw)

    def meanwhile(*given):
        if not withdrawing.is_set():
            other.start()
            withdrawing.wait(20)
            other.join(2)
        return last_step(*given)

    monkeypatch.setattr(pool, "_publish", meanwhile)
    actions.contribute_own_cases(organisation=shelter)
    other.join(20)
    withdrawals.follow()
    assert pool.read().height == 0
    assert all(stone.done_at for stone in Tombstone.objects.all())
    assert sum(pool._read_file(file).height for file in PoolFile.objects.filter(removed_at=None)) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_same", [True, False])
def test_a_form_sent_twice_at_once_brings_one_file(is_same, her_steward, shelter, monkeypatch):
    contribution_id, looked = uuid7(), []

    def bring(count):
        content = making.table(count=count).write_csv().encode()
        given = {"organisation": shelter, "schema": "ctdc-kanon", "by": her_steward, "contribution_id": contribution_id}
        return actions.bring(name="partner.csv", pieces=[content], **given)

    look = actions.looking.look

    def meanwhile(*given):
        if not looked:
            looked.append(1)
            bring(5)
        return look(*given)

    monkeypatch.setattr(actions.looking, "look", meanwhile)
    if is_same:
        assert bring(5).pk == contribution_id
    else:
        with pytest.raises(Refused):
            bring(6)
    assert Contribution.objects.get().preview["rows"] == 5
    assert StoredFile.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_own_cases_sent_six_times_at_once_go_once(her_steward, shelter):
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: SQLite has one writer")
    keys.organisation_key(shelter.id)
    contribution_id = uuid7()

    def post(_time):
        keys.forget_opened()
        try:
            return actions.enqueue_own_cases(organisation=shelter, by=her_steward, contribution_id=contribution_id).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(post, range(6))) == {contribution_id}
    assert Contribution.objects.count() == 1
    assert len(tasks.waiting()) == 1


@pytest.mark.django_db
def test_choices_made_between_the_look_and_the_import_are_told(her_steward, shelter):
    content = making.table(count=5).write_csv().encode()
    made = actions.bring(organisation=shelter, schema="ctdc-kanon", name="a.csv", pieces=[content], by=her_steward)
    seen, late = Contribution.objects.get(pk=made.pk), Contribution.objects.get(pk=made.pk)
    actions.choose(contribution=made, choices=Choices(relation=Relation.NEW), by=her_steward)
    for act in (lambda: actions.enqueue(contribution=seen, by=her_steward), lambda: choose_again(late, her_steward)):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.reasons[0].code == "chosen_meanwhile"
    actions.enqueue(contribution=made, by=her_steward)
    with pytest.raises(Refused):
        choose_again(made, her_steward)
    assert Choices.from_json(Contribution.objects.get().choices).relation is Relation.NEW


def choose_again(contribution, member):
    contribution.state = "uploaded"  # as it was read before the other request committed
    return actions.choose(contribution=contribution, choices=Choices(), by=member)
