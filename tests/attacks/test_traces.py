"""What somebody types leaves no readable trace: not in the database, the files, the sessions, the logs or the addresses.

A visitor follows every link of the desk and fills in every form with canaries. Then an attacker
gets everything that lies on the disk, and the logs.
"""

import base64
import logging
import zlib
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps as registry
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import connection

from amparo.desk.access.roles import Role
from amparo.desk.audit import chain
from amparo.desk.cases import actions
from amparo.desk.core import keys
from amparo.desk.core.fields import SealedTextField, is_erased
from amparo.desk.core.partial_dates import PartialDate

from .filling import CANARY, walk

DAY = date(2026, 3, 2)


@pytest.fixture
def her_case(her_caseworker):
    return actions.open_case(
        by=her_caseworker,
        opened_on=DAY,
        person={
            "family_name": f"{CANARY}9001",
            "given_names": f"{CANARY}9002",
            "birth_date": PartialDate.parse("1995-04"),
            "phone": f"{CANARY}9003",
            "address": f"{CANARY}9004",
        },
    )


def readable_cells():
    """Yield (table.column, bytes) of everything in the database, as somebody with a copy reads it."""
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column.name if hasattr(column, "name") else column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, cell in zip(names, row, strict=True):
                    yield f"{table}.{name}", bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.SUPERVISOR])
def test_nothing_typed_is_readable_anywhere(
    role, her_case, her_caseworker, make_member, shelter, sign_in, caplog, settings, tmp_path
):
    member = her_caseworker if role is Role.CASEWORKER else make_member(shelter, role)
    caplog.set_level(logging.DEBUG)
    walked = walk(sign_in(member))
    assert len(walked.pages) > 10, sorted(walked.pages)
    assert len(walked.posted) > 8, [address for address, _ in walked.posted]
    failed = {place: status for place, status in walked.statuses.items() if status >= 500}
    assert not failed, failed
    word = CANARY.lower().encode()

    found = {place for place, cell in readable_cells() if word in cell.lower()}
    assert not found, f"readable in the database: {sorted(found)}"

    for row in Session.objects.all():
        assert CANARY not in str(row.get_decoded())

    for file in Path(settings.SITE_FOLDER).rglob("*"):
        assert not file.is_file() or word not in file.read_bytes().lower(), file

    logged = [record for record in caplog.records if CANARY in record.getMessage() and not record.name.startswith("django.db")]
    assert not logged, [(record.name, record.getMessage()) for record in logged]

    told = [place for place in [*walked.pages, *walked.locations] if CANARY in place]
    assert not told, f"in addresses: {told}"

    outside = {
        link for page in walked.pages.values() if page for _, link in page.outside if not link.startswith(settings.PORTAL_ADDRESS)
    }
    assert not outside, f"pages ask others: {outside}"


@pytest.mark.django_db
def test_sessions_and_cookies_name_nobody_and_hold_no_link(her_case, make_member, shelter, client):
    supervisor = make_member(shelter, "supervisor", "administrator", name="Kanarya Uper")
    supervisor.user.email = "kanarya@example.org"
    supervisor.user.set_password("lantern above the harbour")
    supervisor.user.save()
    client.post("/account/login/", {"login": supervisor.user.email, "password": "lantern above the harbour"})
    invited = {"name": "Kanarya Ewcomer", "email": "kanarya2@example.org", "language": "en", "roles": ["caseworker"]}
    client.post("/members/new/", invited)
    link = client.session["new_member_link"]["address"]
    nurse = make_member(shelter, "health", name="Kanarya Urse")
    client.post(f"/cases/{her_case.number}/team/", {"member": str(nurse.id), "role": "health"})
    stored = [row.session_data for row in Session.objects.all()]
    assert stored
    for data in stored:
        body = data.split(":")[0]
        raw = base64.urlsafe_b64decode(body.lstrip(".") + "==")
        raw = zlib.decompress(raw) if body.startswith(".") else raw
        assert not [word for word in (b"anarya", link.encode()[-20:], b"_auth_user_id") if word in raw]
    assert not [name for name, cookie in client.cookies.items() if "anarya" in cookie.value or name == "messages"]
    shown = client.get("/members/").text
    assert link in shown
    assert "Kanarya Urse works on the case now" in shown


@pytest.mark.django_db
def test_a_session_of_another_key_or_unsealed_is_an_empty_one(her_caseworker, sign_in, monkeypatch):
    client = sign_in(her_caseworker)
    assert client.get("/people/").status_code == 200
    row = Session.objects.get()
    keys.unlock(b"\x08" * 32)
    assert row.get_decoded() == {}
    keys.unlock(b"\x07" * 32)
    row.session_data = signing.dumps(row.get_decoded(), salt="django.contrib.sessions.SessionStore")
    assert row.get_decoded() == {}


@pytest.mark.django_db
def test_a_failing_page_logs_the_place_and_not_the_words(her_caseworker, sign_in, monkeypatch, settings):
    import io

    from amparo.desk.config.telling import PlacesOnly
    from amparo.desk.workbench.views import today

    def fail(*_args, **_more):
        raise ValueError(f"invalid literal: {CANARY}")

    monkeypatch.setattr(today, "render", fail)
    client = sign_in(her_caseworker)
    client.raise_request_exception = False
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(PlacesOnly(settings.LOGGING["formatters"]["plain"]["fmt"]))
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        answer = client.get("/")
    finally:
        logger.removeHandler(handler)
    assert answer.status_code == 500
    assert CANARY not in answer.content.decode()
    assert "ValueError" in written.getvalue()
    assert "test_traces.py" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_every_handler_of_the_desks_logs_leaves_words_out(settings):
    for handler in settings.LOGGING["handlers"].values():
        assert handler["formatter"] == "plain"
    assert settings.LOGGING["formatters"]["plain"]["()"].endswith("PlacesOnly")


@pytest.mark.django_db
def test_once_her_key_is_destroyed_no_page_and_no_version_tells_of_her(her_case, her_caseworker, sign_in):
    """Every form of her case is filled in first; afterwards the pages still stand, and are empty of her."""
    client = sign_in(her_caseworker)
    walk(client)
    rows = [
        row
        for model in registry.get_models()
        if any(isinstance(field, SealedTextField) for field in model._meta.concrete_fields)
        for row in model._default_manager.filter(key_id=her_case.key_id)
    ]
    assert len({type(row) for row in rows}) > 6

    keys.destroy(her_case.key_id)
    keys.forget_opened()
    opened = 0
    for row in rows:
        fresh = type(row)._base_manager.get(pk=row.pk)
        for field in fresh._meta.concrete_fields:
            if isinstance(field, SealedTextField):
                value = getattr(fresh, field.attname)
                opened += 1
                assert is_erased(value) or value in field.empty_values, f"{fresh._meta.label}.{field.name}"
    assert opened > 20

    after = walk(client, f"/cases/{her_case.number}/", most=25)
    failed = {place: status for place, status in after.statuses.items() if status >= 500}
    assert not failed, failed
    for path in (
        f"/cases/{her_case.number}/",
        f"/cases/{her_case.number}/notes/",
        f"/cases/{her_case.number}/history/",
        "/people/",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert f"{CANARY}9" not in answer.content.decode(), path
    assert chain.verify()[1] == []
