"""A withdrawal and an import at the same moment: whoever comes second sees the first, and no row outlives its tombstone."""

import threading
from datetime import date

import pytest
from django.db import connection, connections

from amparo.desk.cases import actions as cases
from amparo.desk.consent import actions as consents
from amparo.desk.consent.rules import Purpose
from amparo.desk.contributions import actions, pool, withdrawals
from amparo.desk.contributions.models import PoolFile, Tombstone
from amparo.desk.core import keys

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
