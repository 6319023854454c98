"""A whole day at the desk, with everything going wrong: no line of the logs names a person, a case, an office or an address."""

import json
import logging
from datetime import date

import pytest
from django.db import OperationalError
from django.test import Client

from amparo.desk.access.roles import Role
from amparo.desk.cases import actions
from amparo.desk.config.telling import PlacesOnly
from amparo.desk.workbench.views import today

from .filling import CANARY, walk

DAY = date(2026, 3, 2)


class Kept(logging.Handler):
    """Keeps what the desk's own handler would write, as text and as JSON, of every logger at every level."""

    def __init__(self, fmt):
        super().__init__(logging.DEBUG)
        self.lines, self.names = [], set()
        self.formatters = [PlacesOnly(fmt), PlacesOnly(fmt, as_json=True)]

    def emit(self, record):
        if record.name.startswith("django.db.backends"):
            return  # statements are kept by tests only: Django tells them in DEBUG, which the desk has not
        self.names.add(record.name)
        self.lines += [formatter.format(record) for formatter in self.formatters]


@pytest.fixture
def kept(settings):
    handler = Kept(settings.LOGGING["formatters"]["plain"]["fmt"])
    root, quiet = logging.getLogger(), ("django.request", "django.security", "django.server")
    levels = {name: logging.getLogger(name).level for name in quiet} | {"": root.level}
    for name in levels:
        logging.getLogger(name or None).setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name or None).setLevel(level)


def go_wrong(client, case, monkeypatch):
    """Meet every kind of failure: nothing there, forbidden, forged, unreadable, broken, and a database that quotes a value."""
    client.raise_request_exception = False
    client.get(f"/cases/{case.number}x/")
    client.get(f"/{CANARY}/?q={CANARY}")
    client.get("/audit/")
    client.get("/people/\0")
    client.post(f"/cases/{case.number}/next/", {"next_step": CANARY})
    Client(enforce_csrf_checks=True).post("/account/login/", {"login": f"{CANARY}@example.org", "password": CANARY})
    Client(HTTP_HOST=f"{CANARY}.example.org").get("/")
    for _attempt in range(10):
        Client().post("/account/login/", {"login": f"{CANARY}@example.org", "password": CANARY})

    def fail(*_given, **_more):
        raise OperationalError(f"duplicate key value: (name)=({CANARY})")

    monkeypatch.setattr(today, "render", fail)
    assert client.get("/").status_code == 500


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_no_line_of_a_whole_day_names_anybody(role, kept, her_caseworker, make_member, shelter, sign_in, monkeypatch):
    case = actions.open_case(
        by=her_caseworker, opened_on=DAY, person={"family_name": f"{CANARY}9001", "given_names": f"{CANARY}9002"}
    )
    member = her_caseworker if role is Role.CASEWORKER else make_member(shelter, role)
    client = sign_in(member)
    walked = walk(client, most=60)
    assert len(walked.pages) > 3
    go_wrong(client, case, monkeypatch)
    assert "django.request" in kept.names
    assert len(kept.lines) > 10
    secret = (CANARY, case.number, case.pseudonym, shelter.name, her_caseworker.user.name, "@example.org", "/cases/", "?q=")
    told = [line for line in kept.lines for word in (*secret, str(case.pk), str(case.person_id)) if word.lower() in line.lower()]
    assert not told, told[:3]


def test_a_line_of_json_is_one_object_with_the_places_of_a_failure():
    formatter = PlacesOnly("%(message)s", as_json=True)
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        record = logging.LogRecord(
            "amparo.x", logging.ERROR, __file__, 1, "round %s failed", ("fit_all",), (ValueError, error, error.__traceback__)
        )
    line = formatter.format(record)
    told = json.loads(line)
    assert "\n" not in line
    assert (told["message"], told["level"], told["logger"]) == ("round fit_all failed", "ERROR", "amparo.x")
    assert "test_logs.py" in told["failure"]
    assert CANARY not in line


@pytest.mark.parametrize("name", ["waitress", "django.db.backends", "allauth"])
def test_what_a_library_would_fill_in_stays_out(name):
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, "Exception while serving %s", (f"/cases/{CANARY}/",), None)
    assert PlacesOnly("%(message)s").format(record) == "Exception while serving %s"
