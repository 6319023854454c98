"""Coming in: a password, a second proof outside the demo, clocks on every session, and a record of all of it."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from amparo.desk.access import codes, entrance
from amparo.desk.access.models import User
from amparo.desk.access.roles import Role
from amparo.desk.audit.models import Event

PASSWORD = "lantern above the harbour"


@pytest.fixture(autouse=True)
def _fresh_limits(db):
    cache.clear()


@pytest.fixture
def administrator(make_member, shelter):
    member = make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")
    member.user.set_password(PASSWORD)
    member.user.save()
    return member


@pytest.fixture
def strict(settings):
    """Outside the demo."""
    settings.SECOND_FACTOR_REQUIRED = True


def enter(client, member, password=PASSWORD, **more):
    return client.post(reverse("account_login"), {"login": member.user.email, "password": password, **more})


def code_of(secret, ahead=0):
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time() / 30) + ahead))


def told():
    return list(Event.objects.order_by("id").values_list("action", flat=True))


def test_passwords_are_kept_with_argon2_alone(administrator):
    assert administrator.user.password.startswith("argon2$argon2id$")


def test_signing_in_and_out_is_written_down(client, administrator):
    assert enter(client, administrator).status_code == 302
    assert client.get(reverse("members")).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(reverse("members")).status_code == 302
    assert told() == ["session.began", "session.ended"]


def test_a_wrong_password_and_a_wrong_address_get_the_same_answer(client, administrator):
    wrong = enter(client, administrator, password="nothing like it at all")
    unknown = client.post(reverse("account_login"), {"login": "nobody@example.org", "password": "nothing like it at all"})
    assert wrong.status_code == unknown.status_code == 200
    bare = [re.sub(r'value="[^"]*"|(?<=main|rail)\d+', "", page.content.decode()) for page in (wrong, unknown)]
    assert bare[0] == bare[1]


def test_a_failed_sign_in_is_written_down_without_the_address(client, administrator):
    enter(client, administrator, password="wrong wrong wrong")
    client.post(reverse("account_login"), {"login": "nobody@example.org", "password": "wrong wrong wrong"})
    assert told() == ["session.failed", "session.failed"]
    whole = str(list(Event.objects.values()))
    assert "example.org" not in whole
    assert "nobody" not in whole
    assert administrator.user.email not in whole


def test_guessing_is_slowed_for_one_account_and_never_for_the_office(client, administrator, make_member, shelter):
    other = make_member(shelter, Role.CASEWORKER)
    other.user.set_password(PASSWORD)
    other.user.save()
    for _ in range(9):
        enter(client, administrator, password="wrong wrong wrong")
    assert enter(client, administrator).status_code == 200, "the right password waits too"
    assert entrance.OPENED not in client.session
    assert enter(Client(), other).status_code == 302, "the colleague behind the same address comes in"


def test_nobody_signs_up_and_closed_pages_do_not_exist(client, administrator):
    for name in entrance.CLOSED - {"account_confirm_email"}:
        assert client.get(reverse(name)).status_code == 404, name
        assert client.post(reverse(name), {"email": "x@example.org", "password1": PASSWORD}).status_code == 404, name
    assert User.objects.count() == 1


def test_a_forgotten_password_leads_to_the_administrator_and_sends_nothing(client, administrator, mailoutbox):
    for answer in (
        client.get(reverse("account_reset_password")),
        client.post(reverse("account_reset_password"), {"email": administrator.user.email}),
    ):
        assert answer.status_code == 200
        assert reverse("account_login") in answer.content.decode()
    assert mailoutbox == []


def test_signing_in_gives_a_new_session_and_a_new_form_token(client, administrator):
    client.get(reverse("account_login"))
    client.session.save()
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    before, token = client.cookies["amparo_session"].value, client.cookies["csrftoken"].value
    enter(client, administrator)
    assert client.cookies["amparo_session"].value != before
    assert client.cookies["csrftoken"].value != token
    assert not Session.objects.filter(session_key=before).exists()


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil.example", "http:evil.example"]
)
def test_signing_in_leads_nowhere_else(client, administrator, where):
    for page in (reverse("account_login"), reverse("account_logout"), reverse("set_language")):
        answer = client.post(
            f"{page}?next={where}", {"login": administrator.user.email, "password": PASSWORD, "next": where, "language": "fr"}
        )
        assert "evil" not in answer.get("Location", "")
        assert not answer.get("Location", "/").startswith("javascript")


@pytest.mark.parametrize(("later", "comes_in"), [(29 * 60, True), (31 * 60, False), (9 * 3600, False)])
def test_a_session_left_alone_ends(client, administrator, monkeypatch, later, comes_in):
    enter(client, administrator)
    now = time.time()
    monkeypatch.setattr(entrance.time, "time", lambda: now + later)
    assert client.get(reverse("members")).status_code == (200 if comes_in else 302)
    assert ("session.ran_out" in told()) is not comes_in


def test_a_busy_session_ends_after_eight_hours_too(client, administrator, monkeypatch):
    enter(client, administrator)
    now = time.time()
    for minutes in range(20, 8 * 60, 20):
        monkeypatch.setattr(entrance.time, "time", lambda minutes=minutes: now + minutes * 60)
        assert client.get(reverse("members")).status_code == 200
    monkeypatch.setattr(entrance.time, "time", lambda: now + 8 * 3600 + 60)
    answer = client.get(reverse("members"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_another_password_ends_the_other_sessions(client, administrator):
    enter(client, administrator)
    administrator.user.set_password("another one altogether")
    administrator.user.save()
    assert client.get(reverse("members")).status_code == 302


def test_the_language_goes_with_the_person(client, administrator):
    enter(client, administrator)
    client.post(reverse("set_language"), {"language": "es", "next": "/"})
    assert User.objects.get(pk=administrator.user_id).language == "es"
    other = Client()
    answer = enter(other, administrator)
    assert answer.cookies["amparo_language"].value == "es"
    client.post(reverse("set_language"), {"language": "xx"})
    assert User.objects.get(pk=administrator.user_id).language == "es"


@pytest.mark.usefixtures("strict")
class TestSecondFactor:
    """Outside the demo nobody works with a password alone."""

    def walk(self, client):
        from django.urls import get_resolver

        reached = set()
        for name in {key for key in get_resolver().reverse_dict if isinstance(key, str)}:
            if name in ("account_logout", "leave"):
                continue
            try:
                address = reverse(name)
            except Exception:
                continue
            if client.get(address).status_code == 200:
                reached.add(name)
        return reached

    def test_without_a_factor_one_reaches_only_its_setting_up(self, client, administrator):
        enter(client, administrator)
        answer = client.get(reverse("members"))
        assert answer.status_code == 302
        assert answer["Location"] == reverse("mfa_index")
        assert "One step before you can begin" in client.get(reverse("mfa_index")).content.decode()
        assert self.walk(client) <= entrance.SETTING_UP | entrance.ALWAYS | {entrance.ASKED_FOR}
        assert client.get(reverse("mfa_activate_totp")).status_code == 200
        assert client.post(reverse("invite_member"), {}).status_code == 302

    def enrol(self, client, administrator):
        enter(client, administrator)
        client.get(reverse("mfa_activate_totp"))
        secret = client.session["mfa.totp.secret"]
        answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
        assert answer.status_code == 302
        return secret

    def test_setting_a_factor_up_opens_the_desk_and_signing_in_asks_for_it(self, client, administrator):
        secret = self.enrol(client, administrator)
        assert client.get(reverse("members")).status_code == 200
        kept = Authenticator.objects.get(type="totp").data["secret"]
        assert secret not in kept
        other = Client()
        answer = enter(other, administrator)
        assert answer["Location"].startswith(reverse("mfa_authenticate"))
        assert other.get(reverse("members"))["Location"].startswith(reverse("account_login"))
        assert other.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
        other.post(reverse("mfa_authenticate"), {"code": code_of(secret, ahead=1)})
        assert other.get(reverse("members")).status_code == 200

    def test_a_code_opens_one_session_and_the_one_that_set_the_device_up_none(self, client, administrator, monkeypatch):
        begun = time.time()
        monkeypatch.setattr(time, "time", lambda: begun)
        secret = self.enrol(client, administrator)
        later = code_of(secret, ahead=1)
        for code, opens in [(code_of(secret), False), (later, True), (later, False)]:
            other = Client()
            enter(other, administrator)
            assert (other.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302) is opens
        seconds = {entry["timeout"] for entry in self.remembered(monkeypatch, administrator)}
        assert seconds == {90}, "as long as the clock's tolerance would take it"

    def remembered(self, monkeypatch, administrator):
        kept = []
        monkeypatch.setattr(codes.cache, "set", lambda key, value, timeout: kept.append({"key": key, "timeout": timeout}))
        codes.spend(administrator.user, "123456")
        return kept

    @pytest.mark.parametrize("page", ["mfa_activate_totp", "mfa_add_webauthn"])
    @pytest.mark.parametrize("data", [{}, {"code": "000000"}])
    def test_a_session_from_before_the_factor_ends_and_forges_no_enrolment(self, client, administrator, page, data):
        thief = Client()
        enter(thief, administrator)
        kept = thief.cookies["amparo_session"].value
        self.enrol(client, administrator)
        assert not Session.objects.filter(session_key=kept).exists()
        thief.post(reverse(page), data)
        assert thief.get(reverse("members"))["Location"].startswith(reverse("account_login"))
        assert client.get(reverse("members")).status_code == 200

    @pytest.mark.parametrize("page", ["mfa_activate_totp", "mfa_add_webauthn"])
    def test_a_redirect_from_the_enrolling_page_proves_nothing(self, client, administrator, page):
        self.enrol(client, administrator)
        bare = Client()
        bare.force_login(administrator.user)
        assert bare.post(reverse(page), {}).status_code == 302
        assert entrance.ENROLLED not in bare.session
        assert bare.get(reverse("members"))["Location"].startswith(reverse("mfa_reauthenticate"))

    def test_an_enrolment_that_the_gate_let_in_before_the_owners_proves_nothing(self, client, administrator, monkeypatch):
        """The owner's factor arrives while the other session's request is already past the gate."""
        self.enrol(client, administrator)
        bare = Client()
        bare.force_login(administrator.user)
        with monkeypatch.context() as past_the_gate:
            past_the_gate.setattr(entrance, "gate", lambda request: None)
            assert bare.post(reverse("mfa_activate_totp"), {}).status_code == 302
        assert bare.get(reverse("members")).status_code == 302

    def test_setting_a_factor_up_renews_the_session(self, client, administrator):
        enter(client, administrator)
        before = client.cookies["amparo_session"].value
        self.enrol(client, administrator)
        assert client.cookies["amparo_session"].value != before
        assert not Session.objects.filter(session_key=before).exists()

    def test_a_wrong_code_does_not_open_it(self, client, administrator):
        enter(client, administrator)
        client.get(reverse("mfa_activate_totp"))
        client.post(reverse("mfa_activate_totp"), {"code": "000000"})
        assert client.get(reverse("members"))["Location"] == reverse("mfa_index")

    def test_a_session_without_its_factor_can_only_confirm_it(self, client, administrator):
        self.enrol(client, administrator)
        bare = Client()
        bare.force_login(administrator.user)
        assert bare.get(reverse("members"))["Location"].startswith(reverse("mfa_reauthenticate"))
        assert self.walk(bare) <= entrance.CONFIRMING | entrance.ALWAYS | {entrance.ASKED_FOR}
        assert bare.get(reverse("mfa_activate_totp")).status_code == 302

    def test_recovery_codes_open_once(self, client, administrator):
        self.enrol(client, administrator)
        from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

        code = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()[0]
        for expected in (200, 302):
            other = Client()
            enter(other, administrator)
            other.post(reverse("mfa_authenticate"), {"code": code})
            assert other.get(reverse("members")).status_code == expected

    def test_the_last_factor_stays(self, client, administrator):
        self.enrol(client, administrator)
        page = client.post(reverse("mfa_deactivate_totp")).content.decode()
        assert "add another first." in page
        assert Authenticator.objects.filter(type="totp").exists()

    def test_passkeys_are_offered(self, client, administrator):
        enter(client, administrator)
        assert client.get(reverse("mfa_add_webauthn")).status_code == 200

    def test_codes_cannot_be_guessed_without_end(self, client, administrator):
        secret = self.enrol(client, administrator)
        other = Client()
        enter(other, administrator)
        for _ in range(9):
            other.post(reverse("mfa_authenticate"), {"code": "000000"})
        other.post(reverse("mfa_authenticate"), {"code": code_of(secret, ahead=1)})
        assert other.get(reverse("members")).status_code == 302
