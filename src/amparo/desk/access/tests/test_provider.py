"""Signing in with an account elsewhere: against a provider that signs, and one that lies in every way it can."""

import sys
import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from joserfc.jwk import OctKey, RSAKey

from amparo.desk.access import actions, fresh, provider
from amparo.desk.access.elsewhere import Provider
from amparo.desk.access.models import Connection, User
from amparo.desk.access.roles import Role
from amparo.desk.audit.models import Event

from .providing import CLIENT, SECRET, serving

DEVICE = "JBSWY3DPEHPK3PXP"
START, BACK = "/account/with/ministry/", "/account/with/ministry/back/"


@pytest.fixture(scope="module")
def ministry():
    with serving() as one:
        yield one


@pytest.fixture(autouse=True)
def site(ministry, settings, db):
    cache.clear()
    ministry.lies, ministry.metadata_lies, ministry.drops = {}, {}, set()
    ministry.signs_with, ministry.header, ministry.skips_token = None, {"alg": "RS256", "kid": "one"}, False
    settings.SECOND_FACTOR_REQUIRED = True
    (settings.SITE_FOLDER / "keys").mkdir()
    configure(settings, ministry)
    provider.seal_secret("ministry", SECRET)


def configure(settings, ministry, **more):
    told = {"key": "ministry", "name": "The Ministry", "issuer": ministry.issuer, "client_id": CLIENT} | more
    settings.SIGN_IN_PROVIDERS = {"ministry": Provider.of(told)}


@pytest.fixture
def worker(make_member, shelter):
    member = make_member(shelter, Role.CASEWORKER)
    totp.TOTP.activate(member.user, DEVICE)
    return member


def signed_in(member, *, at=None):
    """Return a client with a session that was proved."""
    client = Client()
    client.force_login(member.user)
    session = client.session
    session[fresh.ENROLLED] = at or time.time()
    session.save()
    return client


def code():
    return totp.format_hotp_value(totp.hotp_value(DEVICE, int(time.time() / 30)))


def visit(ministry, client, start=START, **claims):
    """Go there and come back; return the answer to coming back."""
    gone = client.get(start)
    assert gone.status_code == 302, gone.content.decode()
    return client.get(ministry.agree(gone["Location"], **claims))


@pytest.fixture
def connected(worker, ministry):
    client = signed_in(worker)
    answer = visit(ministry, client, START + "connect/", email="member1@ministry.example", email_verified=True)
    assert answer["Location"] == START + "confirm/"
    assert "member1@ministry.example" in client.get(START + "confirm/").content.decode()
    assert not Connection.objects.exists(), "nothing is connected before its owner says so"
    assert client.post(START + "confirm/").status_code == 302
    return worker


def is_in(client):
    return "_auth_user_id" in client.session


def is_refused(client, answer):
    return answer.status_code == 403 and not is_in(client) and User.objects.count() == 1


def test_who_connected_an_account_signs_in_with_it_and_still_gives_the_second_proof(connected, ministry):
    client = Client()
    answer = visit(ministry, client, START + "?next=/people/", amr=["pwd", "mfa"])
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get("/people/")["Location"].startswith(reverse("account_login"))
    answer = client.post(reverse("mfa_authenticate"), {"code": code()})
    assert answer["Location"] == "/people/"
    assert client.get("/people/").status_code == 200


def test_what_is_asked_carries_state_nonce_and_a_hashed_verifier(connected, ministry):
    visit(ministry, Client())
    asked, before = ministry.asked[-1], ministry.asked[-2]
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert all(len(asked[name]) >= 20 and asked[name] != before[name] for name in ("state", "nonce", "code_challenge"))


def test_the_database_keeps_neither_number_nor_address_of_the_account_elsewhere(connected):
    kept = str(list(Connection.objects.values())) + str(list(Event.objects.values()))
    assert "number-1" not in kept
    assert "ministry.example" not in kept
    assert SECRET.encode() not in provider.sealed_secret("ministry").read_bytes()
    assert provider.sealed_secret("ministry").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("accepts", "claims", "proved"),
    [
        ({"accepts_amr": ["hwk"]}, {"amr": ["pwd", "hwk"]}, True),
        ({"accepts_acr": ["two"]}, {"acr": "two"}, True),
        ({"accepts_acr": ["two"]}, {"acr": "one"}, False),
        ({"accepts_amr": ["hwk"]}, {"amr": ["pwd", "mfa"]}, False),
        ({}, {"amr": ["mfa"], "acr": "two"}, False),
        ({"accepts_amr": ["hwk"]}, {"acr": "hwk"}, False),
    ],
)
def test_the_providers_second_proof_counts_only_where_the_site_says_so(connected, ministry, settings, accepts, claims, proved):
    configure(settings, ministry, **accepts)
    client = Client()
    answer = visit(ministry, client, **claims)
    assert (answer["Location"] == "/") is proved
    assert (client.get("/people/").status_code == 200) is proved


def test_a_proof_given_elsewhere_long_ago_is_not_fresh_here(make_member, connected, ministry, settings):
    configure(settings, ministry, accepts_amr=["hwk"])
    for told, is_fresh in [(time.time() - 3600, False), (time.time() - 20, True), (None, False), (time.time() + 9000, True)]:
        client = Client()
        visit(ministry, client, amr=["hwk"], **({"auth_time": int(told)} if told else {}))
        answer = client.get(START + "connect/")
        assert answer["Location"].startswith(ministry.issuer if is_fresh else reverse("mfa_reauthenticate"))


LIES = {
    "another issuer": {"iss": "http://127.0.0.1:1/other"},
    "another audience": {"aud": "somebody-else"},
    "another audience that names us as party": {"aud": "somebody-else", "azp": CLIENT},
    "several audiences, another party": {"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"},
    "expired": {"exp": 1_700_000_000, "iat": 1_699_999_000},
    "not yet": {"iat": 4_000_000_000, "nbf": 4_000_000_000, "exp": 4_100_000_000},
    "another nonce": {"nonce": "planted-nonce-planted-nonce"},
    "a number that is none": {"sub": 7},
    "proofs that are no list": {"amr": "hwk"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_lies_opens_nothing(connected, ministry, lie):
    client = Client()
    ministry.lies = LIES[lie]
    assert is_refused(client, visit(ministry, client)), lie


@pytest.mark.parametrize("missing", ["iss", "aud", "exp", "nonce", "sub", "iat"])
def test_a_token_that_leaves_something_out_opens_nothing(connected, ministry, missing):
    client = Client()
    ministry.drops = {missing}
    assert is_refused(client, visit(ministry, client))


def test_a_missing_or_wrongly_signed_token_opens_nothing(connected, ministry):
    public = RSAKey.import_key(ministry.key.as_dict(private=False)).as_pem(private=False)
    for header, key, skips in [
        ({"alg": "RS256", "kid": "one"}, RSAKey.generate_key(2048, {"kid": "one"}), False),
        ({"alg": "RS256", "kid": "two"}, RSAKey.generate_key(2048, {"kid": "two"}), False),
        ({"alg": "none"}, None, False),
        ({"alg": "HS256", "kid": "one"}, OctKey.import_key(SECRET + " stretched to thirty-two letters"), False),
        ({"alg": "HS256", "kid": "one"}, OctKey.import_key(public[:200].replace(b"-", b"x")), False),
        (ministry.header, None, True),
    ]:
        ministry.header, ministry.signs_with, ministry.skips_token = header, key, skips
        client = Client()
        assert is_refused(client, visit(ministry, client)), header


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://other.example/token"},
        {"jwks_uri": "ftp://other.example"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
    ],
)
def test_a_provider_that_describes_itself_otherwise_is_not_visited(connected, ministry, lie):
    ministry.metadata_lies = lie
    client = Client()
    assert is_refused(client, client.get(START))


def test_an_answer_of_another_provider_is_refused(connected, ministry):
    for promised, said in [(False, "https://other.example"), (True, None)]:
        ministry.metadata_lies = {"authorization_response_iss_parameter_supported": promised}
        client = Client()
        address = ministry.agree(client.get(START)["Location"]) + (f"&iss={said}" if said else "")
        assert is_refused(client, client.get(address))


def test_a_code_and_a_state_work_once_and_in_their_own_browser_only(connected, ministry):
    client, other = Client(), Client()
    address = ministry.agree(client.get(START)["Location"])
    assert is_refused(other, other.get(address)), "somebody else's browser"
    other.get(START)
    assert is_refused(other, other.get(address)), "which is on its own way"
    assert client.get(address).status_code == 302
    again = client.get(address)
    assert again.status_code == 403
    fresh_way = client.get(START)["Location"]
    used = ministry.agree(fresh_way)
    ministry.codes.clear()
    assert is_refused(client, client.get(used)), "a code that the provider has seen"


def test_a_way_that_took_too_long_is_over(connected, ministry, monkeypatch):
    client, begun = Client(), time.time()
    address = ministry.agree(client.get(START)["Location"])
    monkeypatch.setattr(time, "time", lambda: begun + 601)
    assert is_refused(client, client.get(address))


@pytest.mark.parametrize("verified", [True, False, "true", None])
def test_an_address_makes_and_finds_no_account(worker, ministry, verified):
    """Neither a known address, verified or not, nor an unknown one: only what its owner connected."""
    for address in (worker.user.email, "nobody@example.org"):
        client = Client()
        answer = visit(ministry, client, email=address, email_verified=verified, sub="somebody new")
        assert is_refused(client, answer)
        assert address not in answer.content.decode()
    assert not Connection.objects.exists()


def test_refusals_are_written_down_without_the_person(worker, ministry):
    visit(ministry, Client(), email=worker.user.email)
    [told] = Event.objects.filter(action="provider.refused")
    assert told.details == {"provider": "ministry", "reason": "unknown"}


def test_connecting_asks_for_a_fresh_proof_and_for_its_owners_word(worker, ministry):
    late = signed_in(worker, at=time.time() - 3600)
    assert late.get(START + "connect/")["Location"].startswith(reverse("mfa_reauthenticate"))
    client = signed_in(worker)
    assert client.post(START + "confirm/").status_code == 302
    assert not Connection.objects.exists(), "nothing was found that could be confirmed"
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    visit(ministry, client, START + "connect/")
    assert strict.post(START + "confirm/").status_code == 403
    assert not Connection.objects.exists()


def test_an_attackers_way_ends_in_no_victims_session(worker, ministry):
    """The attacker's own answer from the provider, opened in the victim's browser, connects nothing and signs nobody in."""
    attacker, victim = Client(), signed_in(worker)
    address = ministry.agree(attacker.get(START)["Location"], sub="the attacker")
    assert victim.get(address).status_code == 403
    victim.get(START + "connect/")
    assert victim.get(address).status_code == 403
    assert not Connection.objects.exists()


def test_one_account_elsewhere_opens_one_account_here(connected, ministry, make_member, shelter):
    second = make_member(shelter, Role.CASEWORKER, name="S. Econd")
    totp.TOTP.activate(second.user, DEVICE)
    client = signed_in(second)
    visit(ministry, client, START + "connect/")
    assert client.post(START + "confirm/").status_code == 403
    assert Connection.objects.get().user == connected.user


def test_disconnecting_a_new_link_and_leaving_close_the_door(connected, ministry, make_member, shelter):
    administrator = make_member(shelter, Role.ADMINISTRATOR)
    signed_in(connected).post(START + "disconnect/")
    client = Client()
    assert visit(ministry, client).status_code == 403
    actions.connect(provider="ministry", subject=b"x" * 32, by=connected)
    actions.make_link(member=connected, by=administrator)
    assert not Connection.objects.exists()


def test_a_leaver_does_not_come_in(connected, ministry, make_member, shelter):
    actions.mark_left(member=connected, by=make_member(shelter, Role.ADMINISTRATOR))
    client = Client()
    assert visit(ministry, client)["Location"] == reverse("account_inactive")
    assert not is_in(client)


def test_signing_in_renews_the_sessions_key_and_leads_nowhere_else(connected, ministry, settings):
    configure(settings, ministry, accepts_amr=["hwk"])
    for then in ("https://evil.example/", "//evil.example"):
        client = Client()
        client.get(START + f"?next={then}")
        before = client.cookies["amparo_session"].value
        answer = client.get(ministry.agree(client.get(START + f"?next={then}")["Location"], amr=["hwk"]))
        assert answer["Location"] == "/"
        assert client.cookies["amparo_session"].value != before


def test_the_secret_may_come_from_a_command_and_a_failing_one_tells_nothing(connected, ministry, settings):
    provider.sealed_secret("ministry").unlink()
    for script, works in [(f"print({SECRET!r})", True), ("raise SystemExit(3)", False), ("print('wrong')", False)]:
        configure(settings, ministry, secret_command=[sys.executable, "-c", script])
        client = Client()
        gone = client.get(START)
        answer = client.get(ministry.agree(gone["Location"])) if gone.status_code == 302 else gone
        assert (answer.status_code == 302) is works
        assert SECRET not in answer.content.decode()


def test_a_provider_that_does_not_answer_is_said_to(settings, ministry, worker):
    configure(settings, ministry, issuer="http://127.0.0.1:9")
    client = Client()
    answer = client.get(START)
    assert answer.status_code == 403
    assert "does not answer" in answer.content.decode()
    assert client.get("/account/with/nobody/").status_code == 404


@pytest.mark.parametrize(
    "told", [{"issuer": "http://id.example.org"}, {"key": "../etc"}, {"issuer": "javascript:x"}, {"issuer": ""}]
)
def test_a_site_that_names_an_unsafe_provider_does_not_start(told):
    with pytest.raises(ValueError, match="provider"):
        Provider.of({"key": "a", "name": "A", "issuer": "https://id.example.org", "client_id": "c"} | told)
