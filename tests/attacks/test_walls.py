"""The browser's own walls: headers on every answer, forged forms, foreign hosts, frames."""

import re

import pytest
from django.conf import settings
from django.templatetags.static import static
from django.test import Client
from django.urls import reverse

from amparo.desk.access.roles import Role

from ..walks.test_addresses import addresses, example

STRICT = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "frame-ancestors": {"'none'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'"},
}


def policy(answer):
    header = answer["Content-Security-Policy"]
    return {words[0]: set(words[1:]) for part in header.split(";") if (words := part.split())}


def answers(sign_in, member):
    """Return one answer of each kind: a visitor's, a page, a refusal, nothing there, a file."""
    client = sign_in(member)
    return {
        "sign-in": Client().get(reverse("account_login")),
        "page": client.get("/"),
        "refusal": client.get(reverse("members")),
        "not found": client.get("/nowhere/"),
        "not found by id": client.get("/cases/XC-2026-99999/"),
        "forged": Client(enforce_csrf_checks=True).post(reverse("account_login"), {}),
        "style": Client().get(static("desk/base.css")),
        "picture": Client().get(static("desk/emblem.svg")),
        "nothing read": Client().head(reverse("healthz")),
        "bad host": Client().get("/", headers={"host": "evil.example"}),
    }


@pytest.mark.django_db
def test_every_answer_carries_the_walls(sign_in, her_caseworker):
    for name, answer in answers(sign_in, her_caseworker).items():
        for device in ("camera", "microphone", "geolocation", "display-capture"):
            assert f"{device}=()" in answer["Permissions-Policy"], name
        assert "publickey-credentials-get=(self)" in answer["Permissions-Policy"], name
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin", name
        if name == "bad host":
            assert answer.status_code == 400
            assert b"evil.example" not in answer.content
            continue
        given = policy(answer)
        for directive, wanted in STRICT.items():
            assert given.get(directive) == wanted, f"{name}: {directive}"
        assert "unsafe" not in answer["Content-Security-Policy"], name
        assert answer["X-Content-Type-Options"] == "nosniff", name
        assert answer["X-Frame-Options"] == "DENY", name
        assert answer["Referrer-Policy"] == "same-origin", name
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", name
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin", name
        assert "camera=()" in answer["Permissions-Policy"], name


@pytest.mark.django_db
def test_pages_hold_no_script_or_style_of_their_own(sign_in, her_caseworker):
    for name, answer in answers(sign_in, her_caseworker).items():
        html = b"".join(answer).decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", html), name
        assert "<style" not in html, name
        assert not re.search(r"<[^>]*\s(?:style|on\w+)=[\"']", html), name
        assert "javascript:" not in html, name


@pytest.mark.django_db
def test_the_sign_in_librarys_pages_keep_the_policy_too(settings, sign_in, her_caseworker):
    """Its own templates bring inline scripts and images as data, which the policy would block: a code nobody can scan."""
    from allauth.mfa.totp.internal.auth import TOTP

    settings.SECOND_FACTOR_REQUIRED = True
    client = sign_in(her_caseworker)
    names = ["mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn", "account_reauthenticate"]
    pages = {name: client.get(reverse(name)) for name in names}
    settings.SECOND_FACTOR_REQUIRED = False
    TOTP.activate(her_caseworker.user, "JBSWY3DPEHPK3PXP")
    later = [
        "account_change_password",
        "account_logout",
        "mfa_generate_recovery_codes",
        "mfa_reauthenticate",
        "mfa_deactivate_totp",
        "mfa_index",
    ]
    pages |= {f"{name} later": client.get(reverse(name), follow=True) for name in later}
    pages |= {
        "account_login": Client().get(reverse("account_login")),
        "account_reset_password": Client().get(reverse("account_reset_password")),
    }
    for name, answer in pages.items():
        html = answer.content.decode()
        assert answer.status_code == 200, name
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=.application/json)[^>]*>", html), name
        assert "<style" not in html, name
        assert not re.search(r"<[^>]*\s(?:style|on\w+)=[\"']", html), name
        assert not re.search(r"src=[\"']data:", html), f"{name}: an image the policy blocks"


@pytest.mark.django_db
def test_pages_about_people_are_kept_by_no_browser(sign_in, her_caseworker):
    assert "no-store" in sign_in(her_caseworker).get("/")["Cache-Control"]


WITHOUT_TOKEN = {"leave": "leaving in a hurry must work from an old page too; a forged one only signs somebody out"}
"""Addresses that take a form without the page's own token, each with the reason."""


@pytest.mark.django_db
@pytest.mark.parametrize("role", [None, Role.CASEWORKER, Role.ADMINISTRATOR, Role.DATA_STEWARD])
def test_a_forged_form_changes_nothing_anywhere(role, make_member, shelter):
    """Every address refuses a form without the page's own token, whoever is signed in."""
    client, wrong = Client(enforce_csrf_checks=True), []
    if role is not None:
        client.force_login(make_member(shelter, role).user)
    for name, route, _view in addresses():
        answer = client.post(example(name, route), {"x": "1"}) if name not in WITHOUT_TOKEN else None
        if answer is not None and answer.status_code not in (403, 404, 405):
            wrong.append(f"{route} ({name}): {answer.status_code}")
    assert not wrong, wrong
    assert role is None or client.get(reverse("help")).status_code == 200, "still signed in"
    assert set(WITHOUT_TOKEN) <= {name for name, _, _ in addresses()}


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:8000"])
def test_another_host_name_is_not_served(host):
    assert Client().get(reverse("account_login"), headers={"host": host}).status_code == 400
    answer = Client().get(reverse("account_login"), headers={"x-forwarded-host": host})
    assert host not in answer.content.decode()


def test_cookies_are_the_browsers_alone():
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY
    assert settings.LANGUAGE_COOKIE_HTTPONLY
    assert {settings.SESSION_COOKIE_SAMESITE, settings.CSRF_COOKIE_SAMESITE} <= {"Lax", "Strict"}
    assert settings.DEBUG is False
