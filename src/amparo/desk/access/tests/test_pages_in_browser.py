"""Every page of coming in and of one's own account: in the product's look, at 360 pixels, in three languages, and accessible."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.urls import reverse

from amparo.desk.access import fresh
from amparo.desk.access.elsewhere import Provider
from amparo.desk.access.roles import Role
from amparo.desk.core import keys

from .test_passkeys_in_browser import PASSWORD, SECRET, SHOTS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def administrator(make_member, shelter, settings):
    keys.unlock(b"\x07" * 32)
    cache.clear()
    settings.SECOND_FACTOR_REQUIRED, settings.DEMO = True, False
    told = {"key": "ministry", "name": "Ministry of the Interior and of Public Order", "issuer": "https://id.example.org"}
    settings.SIGN_IN_PROVIDERS = {"ministry": Provider.of(told | {"client_id": "amparo"})}
    member = make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")
    member.user.set_password(PASSWORD)
    member.user.save()
    return member


def session_of(member, **held):
    session = SessionStore()
    session["_auth_user_id"] = str(member.user.pk)
    session["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
    session["_auth_user_hash"] = member.user.get_session_auth_hash()
    session["device"] = "Firefox · Windows"
    for name, value in held.items():
        session[name] = value
    session.save()
    return session.session_key


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def check(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    assert page.locator("link[href*='bare.css'], link[href*='frame.css']").count(), f"{name}: a page without the product's look"
    assert page.locator("h1").count() == 1, name
    assert violations(page) == [], name
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"), name


@pytest.fixture(params=[("en", 1280, "light"), ("fr", 360, "dark"), ("es", 360, "light")], ids=lambda one: f"{one[0]}-{one[1]}")
def browse(request, chromium, live_server):
    """Return a function that opens a page, and the name of the language and width."""
    language, width, scheme = request.param
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language)
    context.set_default_timeout(8000)
    page = context.new_page()
    context.add_cookies([{"name": "amparo_language", "value": language, "url": live_server.url}])

    def go(address, session=None):
        if session is not None:
            context.add_cookies([{"name": "amparo_session", "value": session, "url": live_server.url}])
        page.goto(live_server.url + address)
        return page

    go.name = f"{language}-{width}"
    yield go
    context.close()


def test_pages_before_somebody_is_in(browse, administrator):
    for name in ("account_login", "account_reset_password", "account_inactive", "account_reset_password_from_key_done"):
        check(browse(reverse(name)), f"{name}-{browse.name}")
    check(browse("/account/password/reset/key/x-set-password/"), f"old-link-{browse.name}")
    check(browse("/account/with/ministry/back/?code=x"), f"provider-refused-{browse.name}")
    page = browse(reverse("account_login"))
    page.locator("[name=login]").fill(administrator.user.email)
    page.locator("[name=password]").fill("wrong wrong wrong")
    page.locator("main form .btn").first.click()
    page.wait_for_selector(".errsum, [role=alert]:not([hidden])")
    check(page, f"login-wrong-{browse.name}")


def test_pages_of_the_second_proof(browse, administrator):
    totp.TOTP.activate(administrator.user, SECRET)
    page = browse(reverse("account_login"))
    page.locator("[name=login]").fill(administrator.user.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form .btn").first.click()
    page.wait_for_url(re.compile("/authenticate/"))
    check(page, f"mfa_authenticate-{browse.name}")
    old = session_of(administrator, unsent=True, **{fresh.ENROLLED: time.time() - 3600})
    check(browse(reverse("mfa_reauthenticate") + "?next=/members/", old), f"mfa_reauthenticate-{browse.name}")
    Authenticator.objects.create(user=administrator.user, type="webauthn", data={"name": "The blue one", "credential": {}})
    check(browse(reverse("mfa_reauthenticate") + "?next=/members/", old), f"mfa_reauthenticate-two-{browse.name}")


def test_pages_of_setting_up(browse, administrator):
    bare = session_of(administrator)
    for name in ("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn"):
        check(browse(reverse(name), bare), f"{name}-new-{browse.name}")


def test_pages_of_ones_own_account(browse, administrator):
    totp.TOTP.activate(administrator.user, SECRET)
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    codes = RecoveryCodes.activate(administrator.user)
    for code in codes.get_unused_codes()[:8]:
        assert codes.validate_code(code)
    proved = {fresh.ENROLLED: time.time()}
    session_of(administrator, **proved)
    mine = session_of(
        administrator, provider_found={"provider": "ministry", "subject": "00", "name": "<b>a@b</b>", "at": time.time()}, **proved
    )
    for name in (
        "mfa_index",
        "own_sessions",
        "account_change_password",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "account_logout",
    ):
        check(browse(reverse(name), mine), f"{name}-{browse.name}")
    check(browse(reverse("mfa_view_recovery_codes"), mine), f"codes-again-{browse.name}")
    page = browse("/account/with/ministry/confirm/", mine)
    check(page, f"provider-confirm-{browse.name}")
    assert "<b>a@b</b>" in page.inner_text("main"), "what a provider says is text"
    key = Authenticator.objects.create(user=administrator.user, type="webauthn", data={"name": "The blue one", "credential": {}})
    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        check(browse(reverse(name, args=[key.pk]), mine), f"{name}-{browse.name}")
    check(browse(reverse("mfa_list_webauthn"), mine), f"keys-{browse.name}")
