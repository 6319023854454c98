"""A no counts from the moment it is said: on whatever day, in whichever of the person's cases, however it is spelled."""

import unicodedata
from datetime import date, timedelta
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.access.guard import Denied
from amparo.desk.access.models import Organisation
from amparo.desk.cases import actions as cases
from amparo.desk.cases import courses
from amparo.desk.cases.rules import Finding
from amparo.desk.cases.stages import Stage
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.consent import actions, disclosing, excerpts, queries, rules
from amparo.desk.consent.models import Consent, Disclosure, StopNotice
from amparo.desk.consent.rules import ConsentFacts, Purpose, State
from amparo.desk.core.ids import uuid7

DAY = date(2026, 3, 2)
TO = "Médecins d'accueil"
ASKED = {"recipient": TO, "data": ["contact"]}
REFERRAL = Purpose.REFERRAL


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Mira"})


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Tovan")


@pytest.fixture
def again(a_case, her_caseworker, her_supervisor):
    """The person's second case, open after the first was closed."""

    def open_again():
        today = timezone.localdate()
        closed = cases.move(case=a_case, by=her_supervisor, to=Stage.CLOSED, on=today - timedelta(1), reason="ended")
        return courses.open_again(earlier=closed, by=her_caseworker, why="trafficked", opened_on=today, row_id=uuid7())

    return open_again


def says_yes(case, by, to=TO, on=DAY, purpose=REFERRAL, **more):
    said = {"state": "given", "asked_on": on, "decided_on": on, "was_explained": True, "recipient": to, "data": ["contact"]}
    return actions.record(case=case, by=by, purpose=purpose, values=said | {"told_of_publication": True} | more)


def says_no(case, by, to=TO, **more):
    return actions.refuse(case=case, by=by, purposes=[REFERRAL], recipient=to, row_id=uuid7(), **more)


def covered(case, **more):
    verdict = queries.covers(case, REFERRAL, **{"on": timezone.localdate()} | ASKED | more)
    return verdict.reason or "yes"


@pytest.mark.django_db
def test_each_no_of_the_day_of_a_yes_counts_by_the_pages(sign_in, her_caseworker):
    """The ids that pages make tell nothing of the order: with twelve pairs none was drawn by luck."""
    client, today = sign_in(her_caseworker), timezone.localdate()
    for _time in range(12):
        case = cases.open_case(by=her_caseworker, opened_on=today, person={"given_names": "P"})
        ask, no = (reverse(name, args=[case.number]) for name in ("consent_new", "consent_refuse"))
        for purposes, more in ((["referral"], ASKED), (["statistics"], {"told_of_publication": "on"})):
            yes = {"purposes": purposes, "state": "given", "was_explained": "on"} | more
            assert client.post(ask, posted(client.get(ask), **yes)).status_code == 302
        said = posted(client.get(no), purposes=["referral", "statistics"], recipients=[TO])
        assert client.post(no, said).status_code == 302
        assert covered(case) == "consent_refused"
        assert case.pk not in queries.covered_cases(case.organisation_id, Purpose.STATISTICS, on=today)


@pytest.mark.django_db
def test_a_yes_taken_back_on_the_day_of_a_newer_yes_is_a_no(a_case, her_caseworker):
    first = says_yes(a_case, her_caseworker)
    says_yes(a_case, her_caseworker, on=timezone.localdate(), data=["contact", "health"])
    actions.withdraw(consent=first, by=her_caseworker)
    assert covered(a_case) == covered(a_case, on=timezone.localdate() + timedelta(3)) == "consent_withdrawn"
    says_yes(a_case, her_caseworker, on=timezone.localdate())
    assert covered(a_case) == "yes", "what is said after the no on the same day counts"


MOMENTS = st.integers(0, 5)


def fact(state, order=0, *, on=DAY, written=None, recipient="A", **more):
    back = on if state is State.WITHDRAWN else None
    return ConsentFacts(REFERRAL, recipient, frozenset({"contact"}), state, on, back, None, order, written, **more)


@given(st.permutations([State.GIVEN, State.REFUSED, State.WITHDRAWN]), MOMENTS, MOMENTS)
def test_of_two_words_of_one_moment_or_of_none_the_no_is_the_last(states, one, other):
    rows = [fact(state, order=3) for state in states]
    assert not rules.covers(rows, REFERRAL, on=DAY, recipient="A")
    afterwards = DAY + timedelta(1)
    rows = [fact(State.GIVEN, one, written=afterwards), fact(State.REFUSED, other, written=afterwards)]
    assert not rules.covers(rows, REFERRAL, on=DAY, recipient="A")


@pytest.mark.django_db
@pytest.mark.parametrize("to", [TO, ""])
def test_a_no_in_the_newer_case_stops_the_older_one(to, a_case, again, her_caseworker, make_member):
    officer = make_member(Organisation.objects.create(name=TO, kind="police"), "police")
    yes = says_yes(a_case, her_caseworker)
    today = timezone.localdate()
    opened = {"body": officer.organisation, "data": ["contact"], "since": today, "until": today, "consent": yes}
    made = disclosing.open_excerpt(case=a_case, by=her_caseworker, **opened)
    assert excerpts.kinds_of(made) == {"contact"}
    second = again()
    assert covered(second) == "consent_not_given", "a yes gives nothing in another case"
    says_no(second, her_caseworker, to)
    assert covered(a_case) == ("consent_refused" if to else "consent_refused_to_all")
    assert Disclosure.objects.get().ended_at, "what rested on the yes is closed"
    Disclosure.objects.update(ended_at=None, ended_by=None)
    assert excerpts.kinds_of(Disclosure.objects.get()) == frozenset(), "and it would show nothing"


@pytest.mark.django_db
def test_statistics_follow_a_no_in_another_case(a_case, again, her_caseworker):
    says_yes(a_case, her_caseworker, purpose=Purpose.STATISTICS)
    office, today = a_case.organisation_id, timezone.localdate()
    every = partial(queries.covered_cases, office, Purpose.STATISTICS, on=today)
    assert every() == every(of=a_case.person_id) == {a_case.pk}
    second = again()
    assert every() == {a_case.pk}, "a yes gives nothing in another case"
    actions.refuse(case=second, by=her_caseworker, purposes=[Purpose.STATISTICS], row_id=uuid7())
    assert every() == every(of=a_case.person_id) == set()


SPELLED = [unicodedata.normalize("NFD", TO), "Médecins d’accueil", "Médecins\u200b d'accueil", "médecins  dʼaccueil"]


@pytest.mark.django_db
@pytest.mark.parametrize("spelled", SPELLED)
def test_a_no_counts_however_a_keyboard_spells_it(spelled, a_case, her_caseworker):
    says_yes(a_case, her_caseworker)
    says_no(a_case, her_caseworker, spelled)
    assert covered(a_case) == "consent_refused"
    assert queries.recipients(a_case) == [TO], "and it is one recipient, as it was first written"


@given(st.text(max_size=30))
def test_a_name_is_compared_the_same_however_often_and_in_whichever_form(name):
    once = rules.named(name)
    assert once == rules.named(once)
    assert {rules.named(unicodedata.normalize(form, name)) for form in ("NFC", "NFD")} == {once}


@pytest.mark.django_db
def test_the_page_offers_whom_the_person_was_asked_about(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    says_yes(a_case, her_caseworker, "Port lawyers")
    says_yes(a_case, her_caseworker)
    ask, no = (reverse(name, args=[a_case.number]) for name in ("consent_new", "consent_refuse"))
    assert '<option value="Port lawyers">' in client.get(ask).content.decode()
    said = {"purposes": ["referral"], "recipients": [TO], "recipient": "Port  Lawyers"}
    assert client.post(no, posted(client.get(no), **said)).status_code == 302
    assert covered(a_case) == covered(a_case, recipient="Port lawyers") == "consent_refused"
    assert Consent.objects.filter(state="refused").count() == 2


@pytest.mark.django_db
def test_a_no_to_everybody_in_one_step(sign_in, a_case, her_caseworker, make_member, shelter, her_supervisor):
    colleague = make_member(shelter, "caseworker", name="N. Urse")
    cases.join_team(case=a_case, by=her_supervisor, member=colleague, role="health", since=DAY)
    client = sign_in(her_caseworker)
    says_yes(a_case, her_caseworker)
    no = reverse("consent_refuse", args=[a_case.number])
    unsaid = client.post(no, posted(client.get(no), purposes=["referral"]))
    assert unsaid.status_code == 422
    assert "no to everybody" in unsaid.content.decode()
    assert client.post(no, posted(client.get(no), purposes=["referral"], to_everybody="on")).status_code == 302
    assert covered(a_case) == covered(a_case, recipient="Somebody else") == "consent_refused_to_all"
    assert StopNotice.objects.get().member == colleague
    assert "everybody" in client.get(reverse("consent", args=[a_case.number])).content.decode()


@pytest.mark.django_db
def test_a_later_yes_says_that_it_is_said_in_spite_of_the_no_to_everybody(sign_in, a_case, again, her_caseworker):
    client, today = sign_in(her_caseworker), timezone.localdate()
    says_yes(a_case, her_caseworker, "Port lawyers")
    says_no(a_case, her_caseworker, "")
    with pytest.raises(Denied, match="said_no_to_all"):
        says_yes(a_case, her_caseworker, on=today)
    second = again()
    ask = reverse("consent_new", args=[second.number])
    yes = {"purposes": ["referral"], "state": "given", "was_explained": "on"} | ASKED
    refused = client.post(ask, posted(client.get(ask), **yes))
    assert refused.status_code == 422
    assert 'href="#id_despite_no"' in refused.content.decode()
    assert client.post(ask, posted(client.get(ask), despite_no="on", **yes)).status_code == 302
    assert covered(second) == "yes"
    assert covered(a_case, recipient="Port lawyers") == "consent_refused_to_all", "the others stay as they are"
    says_no(second, her_caseworker, "")
    assert covered(second) == "consent_refused_to_all", "until the next no to everybody"


def test_no_yes_of_somebody_who_said_no_to_everybody_needs_the_box_where_nobody_is_named():
    assert rules.covers([fact(State.REFUSED, recipient=""), fact(State.GIVEN, 1, recipient="")], REFERRAL, on=DAY)


def test_what_nobody_knows_of_an_age_ends_nothing():
    rows = [fact(State.GIVEN)]
    assert rules.covers(rows, REFERRAL, on=DAY, recipient="A", child=Finding.UNKNOWN)
    assert not rules.covers(rows, REFERRAL, on=DAY, recipient="A", child=Finding.YES)
