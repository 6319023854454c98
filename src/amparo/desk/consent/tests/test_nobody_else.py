"""Yes to one and no to everybody else, in one step: two rows, and what they allow."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.access.models import Organisation
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.consent import actions, queries
from amparo.desk.consent.models import Consent, Disclosure, StopNotice
from amparo.desk.consent.rules import Data, Purpose, State
from amparo.desk.core.ids import uuid7

from .test_pages import posted

pytestmark = pytest.mark.django_db
REFERRAL, LAWYER, CLINIC = Purpose.REFERRAL, "Port lawyers", "Harbour Clinic"


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=timezone.localdate(), person={"given_names": "Mira", "stated_age": 30})


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Uper")


def said(**more):
    today = timezone.localdate()
    values = {"state": State.GIVEN, "asked_on": today, "decided_on": today, "was_explained": True, "recipient": LAWYER}
    return values | {"data": [Data.LEGAL.value], "told_of_publication": True} | more


def covered(case, recipient, purpose=REFERRAL):
    verdict = queries.covers(case, purpose, on=timezone.localdate(), recipient=recipient, data=[Data.LEGAL.value])
    return verdict.reason or "yes"


def to_one(case, by, *, purposes=(REFERRAL,), row_id=None, **more):
    return actions.record_all(case=case, by=by, purposes=purposes, values=said(**more), nobody_else=True, row_id=row_id or uuid7())


def typed(client, address, **more):
    yes = {"purposes": ["referral"], "recipient": LAWYER, "data": ["legal"], "state": "given", "was_explained": "on"}
    return posted(client.get(address), **yes | {"nobody_else": "on"} | more)


def test_by_one_form_the_one_who_is_named_and_nobody_else(sign_in, a_case, her_caseworker, make_member, shelter, her_supervisor):
    """Both answers have a row and an event of their own, and whoever must stop is told at once."""
    colleague = make_member(shelter, "caseworker", name="N. Urse")
    cases.join_team(case=a_case, by=her_supervisor, member=colleague, role="health", since=timezone.localdate())
    actions.record(case=a_case, by=her_caseworker, purpose=REFERRAL, values=said(recipient=CLINIC))
    client, address = sign_in(her_caseworker), reverse("consent_new", args=[a_case.number])
    sent = typed(client, address)
    for _ in range(2):  # posted twice it is once
        assert client.post(address, sent).status_code == 302
    assert (covered(a_case, LAWYER), covered(a_case, CLINIC), covered(a_case, "Somebody")) == (
        "yes",
        *["consent_refused_to_all"] * 2,
    )
    rows = list(Consent.objects.exclude(recipient=CLINIC).order_by("said_at"))
    assert [(row.state, row.recipient, row.despite_no, row.decided_on) for row in rows] == [
        ("refused", "", False, timezone.localdate()),
        ("given", LAWYER, True, timezone.localdate()),
    ]
    events = Event.objects.filter(action__startswith="consent.").order_by("sequence")
    assert list(events.values_list("action", flat=True)) == ["consent.given", "consent.refused", "consent.given"]
    assert StopNotice.objects.get().member == colleague
    page = client.get(reverse("consent", args=[a_case.number])).content.decode()
    assert "everybody" in page
    assert LAWYER in page


def test_nothing_is_written_where_either_answer_is_none(a_case, her_caseworker):
    yesterday = timezone.localdate() - timedelta(days=1)
    late = {"asked_on": yesterday, "decided_on": yesterday}
    no = {"state": State.REFUSED}
    for wrong in ({"was_explained": False}, {"data": []}, {"recipient": ""}, late, no, {"purposes": [Purpose.STATISTICS]}):
        with pytest.raises(Denied):
            to_one(a_case, her_caseworker, **wrong)
        assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"state": "refused"}, "nobody_else", "goes with a yes"),
        ({"recipient": ""}, "recipient", "Name the organisation"),
        ({"purposes": ["statistics"], "told_of_publication": "on"}, "recipient", "Name whom the person says yes to"),
        ("yesterday", "decided_on", "Ask the person once more"),
    ],
)
def test_what_cannot_be_said_so_is_told_where_it_can_be_mended(wrong, field, words, sign_in, a_case, her_caseworker):
    if wrong == "yesterday":
        day = timezone.localdate() - timedelta(days=1)
        wrong = {
            f"{name}_{part}": str(getattr(day, part)) for name in ("asked_on", "decided_on") for part in ("day", "month", "year")
        }
    client, address = sign_in(her_caseworker), reverse("consent_new", args=[a_case.number])
    answer = client.post(address, typed(client, address, **wrong))
    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors[field])
    assert not Consent.objects.exists()
    assert answer.context["form"]["nobody_else"].value()


def test_of_what_passes_nothing_on_to_a_recipient_the_answer_stays_as_it_is(a_case, her_caseworker):
    to_one(a_case, her_caseworker, purposes=[Purpose.ASSISTANCE, REFERRAL, Purpose.STATISTICS])
    rows = {(row.purpose, row.state, row.despite_no) for row in Consent.objects.all()}
    assert rows == {
        ("assistance", "given", False),
        ("referral", "refused", False),
        ("referral", "given", True),
        ("statistics", "given", False),
    }


def test_a_later_no_to_everybody_ends_it(a_case, her_caseworker):
    to_one(a_case, her_caseworker)
    actions.refuse(case=a_case, by=her_caseworker, purposes=[REFERRAL], row_id=uuid7())
    assert covered(a_case, LAWYER) == "consent_refused_to_all"


def test_what_was_asked_earlier_can_be_answered_so(sign_in, a_case, her_caseworker):
    asked = actions.record(
        case=a_case, by=her_caseworker, purpose=REFERRAL, values=said(state=State.ASKED, decided_on=None, was_explained=False)
    )
    client, address = sign_in(her_caseworker), reverse("consent_answer", args=[a_case.number, asked.pk])
    sent = posted(client.get(address), state="given", was_explained="on", nobody_else="on")
    assert client.post(address, sent).status_code == 302
    assert (covered(a_case, LAWYER), covered(a_case, CLINIC)) == ("yes", "consent_refused_to_all")
    assert Consent.objects.count() == 2


def test_what_was_opened_to_the_one_stays_open_and_everybody_elses_ends(a_case, her_caseworker, her_supervisor):
    today, opened = timezone.localdate(), {}
    for name in (LAWYER, CLINIC):
        body = Organisation.objects.create(name=name, country="XC")
        consent = actions.record(case=a_case, by=her_caseworker, purpose=REFERRAL, values=said(recipient=name))
        opened[name] = Disclosure.objects.create(
            organisation_id=a_case.organisation_id,
            key_id=a_case.key_id,
            case=a_case,
            body=body,
            consent=consent,
            ground="consent",
            data=[Data.LEGAL.value],
            since=today,
            until=today + timedelta(days=30),
            entered_by=her_caseworker,
            number=f"X-{len(opened)}",
        )
    to_one(a_case, her_caseworker)
    assert {name: Disclosure.objects.get(pk=row.pk).ended_at is None for name, row in opened.items()} == {
        LAWYER: True,
        CLINIC: False,
    }


def test_a_yes_to_the_one_before_is_nothing_to_stop(a_case, her_caseworker, make_member, shelter, her_supervisor):
    colleague = make_member(shelter, "caseworker", name="N. Urse")
    cases.join_team(case=a_case, by=her_supervisor, member=colleague, role="health", since=timezone.localdate())
    actions.record(case=a_case, by=her_caseworker, purpose=REFERRAL, values=said())
    to_one(a_case, her_caseworker)
    assert not StopNotice.objects.exists()


def test_the_page_of_the_no_leads_to_it(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    page = client.get(reverse("consent_refuse", args=[a_case.number])).content.decode()
    way = f"{reverse('consent_new', args=[a_case.number])}?only=one"
    assert f'href="{way}"' in page
    form = client.get(way).context["form"]
    assert (form["nobody_else"].value(), form["purposes"].value()) == (True, ["referral"])
