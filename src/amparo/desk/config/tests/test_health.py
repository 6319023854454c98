"""A supervisor learns whether the desk is ready, and nobody learns anything else."""

import os
import re
import time
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from amparo.desk.cases import actions
from amparo.desk.config import health, metrics, migrating, worker
from amparo.desk.core import keys

DAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch):
    monkeypatch.setattr(health, "_held", None)


@pytest.fixture
def ready(db, monkeypatch):
    """A desk at which nothing is amiss."""
    health.beat()
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 1)


def told():
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


def test_the_process_answers_without_asking_the_database(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_a_ready_desk_says_so(ready):
    assert told() == (200, {"ready": True, "failing": []})


def no_keys(monkeypatch, settings):
    monkeypatch.setattr(keys, "_master", None)


def no_database(monkeypatch, settings):
    def fail(*_given):
        raise OSError("the server at 10.0.0.7 says no")

    monkeypatch.setattr(connection, "cursor", fail)


def old_worker(monkeypatch, settings):
    long_ago = time.time() - 2 * health.BEAT_SECONDS
    os.utime(settings.SITE_FOLDER / health.BEAT, (long_ago, long_ago))


def no_worker(monkeypatch, settings):
    (settings.SITE_FOLDER / health.BEAT).unlink()


def full_disk(monkeypatch, settings):
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 2**62)


def missing_migration(monkeypatch, settings):
    monkeypatch.setattr(migrating, "_known", lambda: ({("cases", "9999_later")} | migrating_known(), set()))


def newer_migration(monkeypatch, settings):
    monkeypatch.setattr(migrating, "_known", lambda: (migrating_known() - {("cases", "0001_initial")}, set()))


def migrating_known(known=migrating._known):
    return set(known()[0])


AMISS = {
    "keys": [no_keys],
    "worker": [old_worker, no_worker],
    "disk": [full_disk],
    "migrations": [missing_migration, newer_migration],
}


@pytest.mark.parametrize(("code", "act"), [(code, act) for code, acts in AMISS.items() for act in acts])
def test_what_is_amiss_is_told_by_its_code_alone(ready, code, act, monkeypatch, settings):
    act(monkeypatch, settings)
    assert told() == (503, {"ready": False, "failing": [code]})


def test_a_database_that_is_away_is_told_without_its_address(ready, monkeypatch, settings):
    with monkeypatch.context() as patched:
        no_database(patched, settings)
        status, answer = told()
    assert (status, answer["ready"]) == (503, False)
    assert {"database", "migrations"} == set(answer["failing"])
    assert "10.0.0.7" not in str(answer)


class Once:
    """Lets one round happen."""

    count = 0

    def wait(self, _seconds):
        self.count += 1
        return self.count > 1


def test_the_worker_gives_a_sign_of_life_also_while_a_round_takes_long(db):
    busy = worker.Pulse()
    busy.at -= 10 * health.BEAT_SECONDS
    assert health.worker_age() is None
    worker.keep_alive(Once(), busy)
    assert health.worker_age() < health.BEAT_SECONDS


def test_a_worker_whose_round_hangs_gives_none(db):
    hung = worker.Pulse()
    hung.at -= worker.HUNG_SECONDS + 1
    worker.keep_alive(Once(), hung)
    assert health.worker_age() is None


def test_the_rounds_move_the_pulse(db, monkeypatch):
    old = worker.Pulse()
    old.at -= 100
    before, seen = old.at, []
    monkeypatch.setattr(worker, "rounds", lambda: [(5.0, lambda: seen.append(old.at))])
    worker.keep_rounds(Once(), old)
    assert before < seen[0] < old.at


def scraped(**more):
    answer = Client().get("/metrics", **more)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    return answer.content.decode()


def test_metrics_are_openmetrics_and_count_by_route(her_caseworker, sign_in):
    case = actions.open_case(by=her_caseworker, opened_on=DAY, person={"family_name": "Kanarya"})
    client = sign_in(her_caseworker)
    for address in (f"/cases/{case.number}/", "/people/?q=Kanarya", "/kanarya-nowhere/"):
        client.get(address)
    text = scraped()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families.keys() >= {"amparo_requests", "amparo_request_seconds", "amparo_queue_oldest_seconds", "amparo_disk_free_bytes"}
    counted = {sample.labels["route"] for sample in families["amparo_requests"].samples}
    assert counted >= {"record", "people", "none"}
    for word in ("kanarya", case.number.lower(), "lantern", "maro", str(case.pk), "/cases", "example.org"):
        assert word not in text.lower(), word
    labels = {name for family in families.values() for sample in family.samples for name in sample.labels}
    assert labels <= {"route", "method", "status", "le", "state"}


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", ""])
def test_metrics_do_not_exist_for_others(db, address):
    assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 404


def test_behind_a_proxy_everybody_seems_to_be_this_computer_so_only_the_token_opens(db, settings, monkeypatch):
    settings.BEHIND_TLS = True
    assert Client().get("/metrics").status_code == 404
    monkeypatch.setenv("AMPARO_METRICS_TOKEN", "a long word")
    assert Client().get("/metrics").status_code == 404
    for wrong in ("Bearer a long wor", "Bearer ", "a long word2", "Bearer a long wörd"):
        assert Client().get("/metrics", headers={"Authorization": wrong}).status_code == 404
    assert "amparo_requests" in scraped(headers={"Authorization": "Bearer a long word"})


def test_an_invented_method_makes_no_new_series(db):
    for number in range(30):
        Client().generic(f"KANARYA{number}", "/healthz")
    assert not re.search("KANARYA", scraped())
    assert metrics.requests.labels("healthz", "other", "405")._value.get() >= 30
