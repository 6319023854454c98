"""Passkeys in a real browser with a virtual key: as the second proof, alone, again, named, removed; the last one stays."""

import os
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache

from amparo.desk.access.roles import Role
from amparo.desk.core import keys

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("AMPARO_SHOTS")
PASSWORD = "lantern above the harbour"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def administrator(make_member, shelter, settings):
    keys.unlock(b"\x07" * 32)
    cache.clear()
    settings.SECOND_FACTOR_REQUIRED, settings.DEMO = True, False
    member = make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")
    member.user.set_password(PASSWORD)
    member.user.save()
    return member


class Person:
    """Somebody at a browser with a key in it."""

    def __init__(self, chromium, address, member, *, width=1280):
        self.context = chromium.new_context(viewport={"width": width, "height": 900}, locale="en")
        self.address, self.member = address.replace("127.0.0.1", "localhost"), member
        self.context.set_default_timeout(8000)
        self.page = self.context.new_page()
        self.wires = self.context.new_cdp_session(self.page)
        self.wires.send("WebAuthn.enable")

    def plug_in(self, **more):
        """Put a key into the browser."""
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options |= {"isUserVerified": True, "automaticPresenceSimulation": True} | more
        self.key = self.wires.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
        return self

    def go(self, path):
        self.page.goto(self.address + path)
        return self.page

    def password(self):
        self.go("/account/login/")
        self.page.locator("[name=login]").fill(self.member.user.email)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def add_key(self, name, *, alone=True):
        self.go("/account/2fa/webauthn/add/")
        self.page.get_by_label("Name of the key").fill(name)
        self.page.get_by_label("Sign in with this key alone").set_checked(alone)
        self.page.get_by_role("button", name="Add", exact=True).click()
        self.page.wait_for_url(re.compile("recovery-codes|2fa/$"))

    def leave(self):
        self.context.clear_cookies()


@pytest.fixture
def person(chromium, live_server, administrator):
    one = Person(chromium, live_server.url, administrator).plug_in()
    yield one
    one.context.close()


def look(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_a_passkey_is_set_up_shows_its_codes_once_and_opens_the_desk_as_second_proof(person, administrator):
    person.password()
    person.add_key("The blue one", alone=False)
    look(person.page, "codes-once")
    shown = re.findall(r"<li>(\d{8})</li>", person.page.content())
    assert len(shown) == 10
    person.go("/account/2fa/recovery-codes/")
    assert not re.findall(r"\d{8}", person.page.inner_text("main"))
    assert person.go("/members/").title().startswith("Members")
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert not any(code in kept for code in shown)
    person.leave()
    person.password()
    person.page.get_by_role("button", name="Use a passkey or a security key").click()
    person.page.wait_for_url(person.address + "/")
    assert person.go("/members/").title().startswith("Members")


def test_a_passkey_alone_signs_in_and_counts_as_both_proofs(person):
    person.password()
    person.add_key("The blue one")
    person.leave()
    person.go("/account/login/?next=/members/")
    look(person.page, "login")
    person.page.get_by_role("button", name="Sign in with a passkey").click()
    person.page.wait_for_url(person.address + "/members/")
    assert person.go("/members/new/").title().startswith("Invite"), "and is fresh"


def test_a_key_that_did_not_check_its_owner_is_not_enough_alone(person, administrator):
    person.password()
    person.add_key("The blue one")
    person.leave()
    person.wires.send("WebAuthn.setUserVerified", {"authenticatorId": person.key, "isUserVerified": False})
    person.go("/account/login/")
    person.page.get_by_role("button", name="Sign in with a passkey").click()
    person.page.wait_for_selector("[data-passkey-error]:not([hidden])")
    assert person.go("/members/").url.startswith(person.address + "/account/login/")


def test_the_key_of_another_account_does_not_open_this_one(person, chromium, live_server, make_member, shelter):
    person.password()
    person.add_key("Mine")
    other = make_member(shelter, Role.ADMINISTRATOR, name="O. Ther")
    other.user.set_password(PASSWORD)
    other.user.save()
    theirs = Person(chromium, live_server.url, other).plug_in()
    theirs.password()
    theirs.add_key("Theirs")
    theirs.context.close()
    person.leave()
    person.member = other
    person.context.add_init_script(
        "const get = navigator.credentials.get.bind(navigator.credentials);"
        "navigator.credentials.get = (asked) => { delete asked.publicKey.allowCredentials; return get(asked); };"
    )
    person.password()
    person.page.get_by_role("button", name="Use a passkey or a security key").click()
    person.page.wait_for_selector("[data-passkey-error]:not([hidden])")
    assert person.page.locator("[name=credential]").count() == 1
    assert "/account/" in person.go("/members/").url


def test_a_passkey_is_asked_again_when_the_proof_is_old_and_leads_back(person, settings):
    person.password()
    person.add_key("The blue one")
    settings.FRESH_PROOF_SECONDS = 0
    person.go("/members/new/")
    assert "/webauthn/reauthenticate/" in person.page.url
    look(person.page, "again-key")
    settings.FRESH_PROOF_SECONDS = 300
    person.page.get_by_role("button", name="Use a passkey or a security key").click()
    person.page.wait_for_url(person.address + "/members/new/")
    assert person.page.title().startswith("Invite")


def test_keys_are_renamed_and_removed_and_the_last_one_stays(person, administrator):
    person.password()
    person.add_key("The blue one", alone=False)
    person.go("/account/2fa/webauthn/")
    look(person.page, "keys")
    person.page.get_by_role("link", name="Rename").click()
    person.page.get_by_label("Name").fill("The red one")
    person.page.get_by_role("button", name="Save").click()
    assert "The red one" in person.page.inner_text("main")
    person.page.get_by_role("link", name="Remove").click()
    person.page.get_by_role("button", name="Remove").click()
    assert "last second proof" in person.page.inner_text("main")
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    totp.TOTP.activate(administrator.user, SECRET)
    person.go("/account/2fa/webauthn/")
    person.page.get_by_role("link", name="Remove").click()
    person.page.get_by_role("button", name="Remove").click()
    person.page.wait_for_url(person.address + "/account/2fa/webauthn/")
    assert not Authenticator.objects.filter(type="webauthn").exists()


def test_the_page_warns_before_the_session_ends_and_leaves_the_screen_when_it_has(person, settings):
    settings.SESSION_IDLE_SECONDS = 122
    person.password()
    person.add_key("The blue one")
    person.go("/members/new/")
    person.page.get_by_label("Name").first.fill("N. Ovice")
    person.page.wait_for_selector("[data-session]:not([hidden])", timeout=15_000)
    look(person.page, "ending")
    settings.SESSION_IDLE_SECONDS = 1800
    person.page.get_by_role("button", name="Stay signed in").click()
    person.page.wait_for_selector("[data-session]", state="hidden")
    assert person.page.get_by_label("Name").first.input_value() == "N. Ovice"
    settings.SESSION_IDLE_SECONDS = 3
    person.go("/members/new/")
    person.page.get_by_label("Name").first.fill("N. Ovice the second")
    person.page.wait_for_url(re.compile("/account/login/"), timeout=15_000)
    assert "Ovice" not in person.page.content()
