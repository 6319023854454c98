"""Is it still you? The second proof is asked again before data leave, keys move, persons merge or somebody may come in."""

import ast
import html
import inspect
import re
import textwrap
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from tests.walks.house import apps
from tests.walks.test_addresses import declared, ours

from amparo.desk.access import actions, entrance, fresh, guard
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Role
from amparo.desk.core.models import Draft

PASSWORD = "lantern above the harbour"
SECRET = "JBSWY3DPEHPK3PXP"
MINUTES = 60


def code_of(secret=SECRET, at=None):
    return totp.format_hotp_value(totp.hotp_value(secret, int((at or time.time()) / 30)))


@pytest.fixture
def strict(settings, db):
    settings.SECOND_FACTOR_REQUIRED = True
    cache.clear()


@pytest.fixture
def administrator(make_member, shelter, strict):
    member = make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")
    member.user.set_password(PASSWORD)
    member.user.save()
    totp.TOTP.activate(member.user, SECRET)
    return member


@pytest.fixture
def clock(monkeypatch):
    """Return a function that moves the clock of every session."""
    begun = time.time()
    moved = {"by": 0}
    monkeypatch.setattr(time, "time", lambda: begun + moved["by"])

    def move(seconds):
        moved["by"] += seconds

    return move


@pytest.fixture
def signed_in(client, administrator, clock):
    client.post(reverse("account_login"), {"login": administrator.user.email, "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": code_of()})
    assert client.get(reverse("members")).status_code == 200
    return client


def prove(client, answer):
    """Show the device's code where an answer leads; return where that leads."""
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("mfa_reauthenticate"))
    page = client.get(answer["Location"])
    back = html.unescape(re.findall(r'name="next" value="([^"]*)"', page.content.decode())[-1])
    done = client.post(reverse("mfa_reauthenticate"), {"code": code_of(), "next": back})
    assert done.status_code == 302, done.content.decode()
    return done["Location"]


def test_a_fresh_proof_opens_and_an_old_one_asks_again_and_comes_back(signed_in, clock):
    page = reverse("invite_member")
    assert signed_in.get(page).status_code == 200
    clock(6 * MINUTES)
    answer = signed_in.get(page + "?from=list")
    assert prove(signed_in, answer) == page + "?from=list"
    assert signed_in.get(page).status_code == 200


def test_a_wrong_code_does_not_open_and_keeps_the_way_back(signed_in, clock):
    clock(6 * MINUTES)
    answer = signed_in.get(reverse("invite_member"))
    refused = signed_in.post(reverse("mfa_reauthenticate"), {"code": "000000", "next": reverse("invite_member")})
    assert refused.status_code == 200
    assert f'name="next" value="{reverse("invite_member")}"' in refused.content.decode()
    assert signed_in.get(reverse("invite_member")).status_code == 302
    assert prove(signed_in, answer) == reverse("invite_member")


def test_the_code_that_opened_the_session_proves_nothing_again(signed_in, clock):
    used = code_of()
    clock(29)
    signed_in.post(reverse("mfa_reauthenticate"), {"code": used, "next": "/"})
    clock(5 * MINUTES - 15)
    assert signed_in.get(reverse("invite_member")).status_code == 302


def test_the_password_alone_is_no_fresh_proof(signed_in, clock):
    clock(6 * MINUTES)
    signed_in.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": "/"})
    assert signed_in.get(reverse("invite_member")).status_code == 302


def test_what_was_typed_is_kept_not_sent_and_back_in_the_form(signed_in, administrator, clock):
    page = reverse("invite_member")
    typist = re.search(r'name="typist" value="([^"]*)"', signed_in.get(page).content.decode())[1]
    clock(6 * MINUTES)
    typed = {"typist": typist, "name": "N. Ovice", "email": "novice@example.org", "language": "fr", "roles": ["caseworker"]}
    answer = signed_in.post(page, typed)
    assert Member.objects.count() == 1, "nothing was done"
    assert prove(signed_in, answer) == page
    assert Member.objects.count() == 1, "nothing was replayed either"
    shown = signed_in.get(page).content.decode()
    assert 'value="N. Ovice"' in shown
    assert "novice@example.org" in shown
    assert "send it again" in shown
    signed_in.post(page, typed)
    assert Member.objects.count() == 2
    assert not Draft.objects.filter(form=page).exists()


def test_a_button_pressed_too_late_does_nothing_and_leads_back_to_its_page(signed_in, administrator, make_member, shelter, clock):
    leaver = make_member(shelter, Role.CASEWORKER)
    page = reverse("member", args=[leaver.pk])
    clock(6 * MINUTES)
    answer = signed_in.post(reverse("member_left", args=[leaver.pk]), headers={"referer": f"http://testserver{page}"})
    assert prove(signed_in, answer) == page
    leaver.refresh_from_db()
    assert leaver.left_at is None


@pytest.mark.parametrize("referer", ["https://evil.example/x", "//evil.example", "javascript:alert(1)", ""])
def test_the_way_back_leads_nowhere_else(signed_in, make_member, shelter, clock, referer):
    leaver = make_member(shelter, Role.CASEWORKER)
    clock(6 * MINUTES)
    answer = signed_in.post(reverse("member_left", args=[leaver.pk]), headers={"referer": referer})
    assert prove(signed_in, answer) == "/"


def test_a_page_asked_after_a_form_that_was_given_up_speaks_of_no_form(signed_in, clock):
    clock(6 * MINUTES)
    signed_in.post(reverse("invite_member"), {"name": "given up"})
    assert prove(signed_in, signed_in.get(reverse("invite_member"))) == reverse("invite_member")
    assert "send it again" not in signed_in.get(reverse("invite_member")).content.decode()


def test_another_persons_form_is_not_kept_as_ones_own(signed_in, make_member, shelter, administrator, clock):
    other = make_member(shelter, Role.ADMINISTRATOR, name="S. Econd")
    totp.TOTP.activate(other.user, SECRET)
    theirs = Client()
    theirs.force_login(other.user)
    session = theirs.session
    session[fresh.ENROLLED] = time.time()
    session.save()
    typist = re.search(r'name="typist" value="([^"]*)"', theirs.get(reverse("invite_member")).content.decode())[1]
    clock(6 * MINUTES)
    signed_in.post(reverse("invite_member"), {"typist": typist, "name": "Planted"})
    assert not Draft.objects.exists()


def test_an_action_refuses_an_old_proof_even_behind_an_open_view(signed_in, administrator):
    """The second line: a view that forgot to declare it."""
    administrator.is_fresh = False
    for change in (
        lambda: actions.invite(email="x@example.org", name="X", roles=[Role.CASEWORKER], language="en", by=administrator),
        lambda: guard.require_fresh(administrator),
    ):
        with pytest.raises(guard.ProofIsOld):
            change()


def test_a_forgotten_declaration_still_asks(signed_in, administrator, monkeypatch, clock, make_member, shelter):
    from amparo.desk.access import views

    leaver = make_member(shelter, Role.CASEWORKER)
    clock(6 * MINUTES)
    monkeypatch.setattr(guard.proofs, "is_fresh", lambda request: inspect.stack()[1].function != "member_of")
    answer = signed_in.post(reverse("member_left", args=[leaver.pk]))
    assert answer["Location"].startswith(reverse("mfa_reauthenticate"))
    leaver.refresh_from_db()
    assert leaver.left_at is None
    assert declared(views.leave).fresh


@pytest.mark.parametrize("page", sorted(entrance.OWN_KEYS - {"mfa_remove_webauthn", "mfa_edit_webauthn"}))
def test_ones_own_keys_ask_for_the_factor_not_the_password(signed_in, administrator, clock, page):
    clock(6 * MINUTES)
    for method in (signed_in.get, signed_in.post):
        answer = method(reverse(page))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("mfa_reauthenticate")), page
    assert Authenticator.objects.filter(type="totp").exists()


def test_showing_the_factor_again_renews_the_sessions_key(signed_in, clock):
    before = signed_in.cookies["amparo_session"].value
    clock(6 * MINUTES)
    prove(signed_in, signed_in.get(reverse("invite_member")))
    assert signed_in.cookies["amparo_session"].value != before


GRAVE = re.compile(r"export|download|copy|(?<!e)merge|key|erase|shred|rejected_rows")
NOT_GRAVE: dict[str, str] = {
    "case_document": "opens one paper of a case at work, as a note is read: by who works on it, each opening recorded",
    "country_form_workbook": "a form with its questions; nobody's answer is in it",
}
"""Addresses that look grave and are not, each with the reason."""
SENDS = {"download", "FileResponse", "StreamingHttpResponse", "Content-Disposition"}


def _calls(function):
    """Return the names that a function calls and the texts it holds."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    named = {getattr(node.func, "attr", getattr(node.func, "id", "")) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return named | {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _grave_actions():
    """Return the names of every action that asks for a fresh proof itself, in every room."""
    from importlib import import_module
    from importlib.util import find_spec

    found = {}
    for app in apps():
        if find_spec(f"amparo.desk.{app}.actions"):
            module = import_module(f"amparo.desk.{app}.actions")
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == module.__name__ and "require_fresh" in _calls(function):
                    found[name] = app
    return found


def test_every_view_that_sends_data_out_touches_keys_or_merges_asks_for_a_fresh_proof():
    grave, wrong, seen = _grave_actions(), [], 0
    assert {"invite", "change_roles", "mark_left", "make_link"} <= set(grave)
    for name, route, view in ours():
        calls = _calls(view)
        app = inspect.unwrap(view).__module__.split(".")[2]
        is_grave = bool(SENDS & calls or GRAVE.search(name) or any(grave.get(call) == app for call in calls))
        seen += is_grave
        if is_grave and name not in NOT_GRAVE and not declared(view).fresh:
            wrong.append(f"{route} ({name})")
    assert not wrong, "put fresh=True into @needs of:\n" + "\n".join(wrong)
    assert seen >= 5
