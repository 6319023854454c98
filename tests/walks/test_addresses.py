"""Every address says who may come and for what purpose; outside bodies come to none, visitors to the sign-in."""

import inspect
import re
import uuid

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver, reverse

from amparo.desk.access import entrance
from amparo.desk.access.guard import Declared
from amparo.desk.access.roles import EVERYBODY, OUTSIDE, PURPOSES, Purpose, Role

LIBRARY = {
    "account_login": "signing in",
    "account_logout": "signing out",
    "account_inactive": "says that an account is closed",
    "account_reauthenticate": "gives the password again",
    "account_change_password": "one's own password",
    "account_reset_password_from_key": "sets the first password with a link from the administrator",
    "account_reset_password_from_key_done": "says that it was set",
    "account_reset_password": "says whom to ask, and does nothing (entrance.gate)",
    "mfa_index": "one's own second factors",
    "mfa_authenticate": "gives the second factor",
    "mfa_reauthenticate": "gives the second factor again",
    "mfa_login_webauthn": "signs in with a passkey alone",
    "mfa_activate_totp": "sets one up",
    "mfa_deactivate_totp": "takes one away",
    "mfa_view_recovery_codes": "one's own codes",
    "mfa_generate_recovery_codes": "one's own codes",
    "mfa_list_webauthn": "one's own passkeys",
    "mfa_add_webauthn": "one's own passkeys",
    "mfa_reauthenticate_webauthn": "one's own passkeys",
    "mfa_remove_webauthn": "one's own passkeys",
    "mfa_edit_webauthn": "one's own passkeys",
}
"""Pages of the sign-in library, each with what it is for; they show nothing but one's own account."""


def addresses():
    """Return (name, route, view) of every address of the desk."""
    found = []

    def walk(patterns, before, space):
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, route, f"{space}{pattern.namespace}:" if pattern.namespace else space)
            else:
                found.append((space + pattern.name if pattern.name else None, route, pattern.callback))

    walk(get_resolver().url_patterns, "", "")
    return found


def declared(view):
    """Return what a view declares, wherever a decorator has put it."""
    while view is not None:
        if isinstance(getattr(view, "declared", None), Declared):
            return view.declared
        view = getattr(view, "__wrapped__", None)
    return None


def ours():
    return [(name, route, view) for name, route, view in addresses() if name not in LIBRARY and name not in entrance.CLOSED]


def test_every_address_declares_its_purpose_and_rule():
    wrong = [f"{route} ({name})" for name, route, view in ours() if declared(view) is None]
    assert not wrong, "put @needs(Purpose…) or @open_to_all(why) on:\n" + "\n".join(wrong)


def test_what_is_open_to_all_says_why():
    for name, route, view in ours():
        told = declared(view)
        if told is not None and told.purpose is Purpose.SIGN_IN:
            assert len(told.open_because) > 10, f"{route} ({name})"


def test_the_librarys_addresses_are_all_known():
    library = {
        name for name, _, view in addresses() if inspect.getmodule(getattr(view, "view_class", view)).__name__.startswith("allauth")
    }
    assert library == (set(LIBRARY) | entrance.CLOSED) & {name for name, _, _ in addresses()}
    assert {name for name, _, _ in addresses()} >= entrance.CLOSED


def test_every_address_has_a_name_of_its_own():
    named = {(name, route) for name, route, _ in addresses()}
    names = [name for name, _ in named]  # a page of the library's that the desk replaces stands twice at one route
    assert None not in names
    assert len(names) == len(set(names))


SAMPLES = {"uuid": uuid.UUID(int=7 << 76 | 2 << 62), "int": 1, "str": "XC-2026-00001", "slug": "overview", "path": "x"}
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


def example(name, route):
    """Return an address with made-up parameters."""
    given = {}
    for kind, parameter, group in PARAMETER.findall(route):
        given[parameter or group] = SAMPLES.get(kind or "str", "1")
    try:
        return reverse(name, kwargs=given)
    except Exception as error:
        pytest.fail(f"give {route} a sample: {error}")


OUTSIDE_PAGES = {"signal_hand_in", "signal_received", "excerpts", "excerpt"}
"""All that any outside body ever comes to."""
GUARDED = [(name, route) for name, route, view in ours() if (told := declared(view)) is not None and told.purpose not in EVERYBODY]


def test_most_addresses_are_guarded():
    assert len(GUARDED) > 5


@pytest.mark.django_db
def test_visitors_are_sent_to_the_sign_in():
    client, wrong = Client(), []
    for name, route, view in ours():
        told = declared(view)
        if told is None or told.purpose is Purpose.SIGN_IN:
            continue
        for method in (client.get, client.post):
            answer = method(example(name, route))
            if answer.status_code != 302 or not answer["Location"].startswith(reverse(settings.LOGIN_URL)):
                wrong.append(f"{method.__name__} {route}: {answer.status_code}")
    assert not wrong, wrong


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(OUTSIDE))
def test_outside_bodies_come_to_nothing(role, make_member, shelter, sign_in):
    """But for handing a signal in, and for the police what was opened to it; immigration enforcement comes to nothing at all."""
    client, wrong = sign_in(make_member(shelter, role)), []
    own = {name for name, _route, view in ours() if (told := declared(view)) is not None and told.purpose in PURPOSES[Role(role)]}
    assert own <= OUTSIDE_PAGES
    assert bool(own) is (role != Role.IMMIGRATION_ENFORCEMENT)
    for name, route in [(name, route) for name, route in GUARDED if name not in own]:
        for method in (client.get, client.post):
            answer = method(example(name, route))
            if answer.status_code not in (403, 405):
                wrong.append(f"{method.__name__} {route} ({name}): {answer.status_code}")
    assert not wrong, wrong


@pytest.mark.django_db
@pytest.mark.parametrize("roles", [[Role.ADMINISTRATOR], [Role.AUDITOR], [Role.DATA_STEWARD], [Role.REVIEWER], []])
def test_who_does_no_casework_opens_no_case(roles, make_member, shelter, sign_in):
    client, count = sign_in(make_member(shelter, *roles)), 0
    for name, route, view in ours():
        told = declared(view)
        if told is not None and told.purpose is Purpose.CASEWORK:
            count += 1
            for method in (client.get, client.post):
                assert method(example(name, route)).status_code in (403, 405), f"{method.__name__} {route}"
    assert count > 3


@pytest.mark.django_db
def test_who_has_no_second_factor_comes_to_nothing(settings, her_caseworker, sign_in):
    settings.SECOND_FACTOR_REQUIRED = True
    client = sign_in(her_caseworker)
    for name, route in GUARDED:
        answer = client.get(example(name, route))
        assert answer.status_code == 302, route
        assert answer["Location"] == reverse("mfa_index")
