"""Who is told of: under a key of their own, never telling one case of another, and gone with the last that leads there."""

import uuid

import pytest
from django.urls import reverse

from amparo.desk.access.guard import Denied
from amparo.desk.access.models import Organisation
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases import erasing, staffing
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core import keys
from amparo.desk.core.fields import is_erased
from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import PersonKey
from amparo.desk.journeys import acting, actions, comparing, forgetting, queries
from amparo.desk.journeys.models import Actor, Amount, CaseActor, Likeness, Part

from .conftest import DAY

SAID = {
    "kind": "person",
    "name": "Petar Vorin",
    "phones": "+99 555 0177\n0099 555 0178",
    "called": "the cousin",
    "told": "He came by car.",
}


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Uper")


@pytest.fixture
def another_case(make_member, shelter):
    """A case of a colleague of the same office, and the actor that it tells of."""
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    case = cases.open_case(by=colleague, opened_on=DAY, person={"given_names": "Nobody"})
    told = SAID | {"name": "", "aliases": "VORIN, Petar", "phones": "(9) 555-0177", "called": "a driver", "told": "He laughed."}
    return case, acting.add_actor(case=case, by=colleague, values=told), colleague


@pytest.fixture
def her_actor(a_case, a_leg, her_caseworker):
    link = acting.add_actor(case=a_case, by=her_caseworker, values=SAID)
    acting.take_part(leg=a_leg, link=link, by=her_caseworker, roles=["Transporter"])
    return link


def test_an_actor_has_a_key_of_their_own(her_actor, a_case):
    assert her_actor.key_id == a_case.key_id != her_actor.actor.key_id
    assert PersonKey.objects.filter(pk=her_actor.actor.key_id, organisation_id=a_case.organisation_id).exists()


def test_the_pages_record_and_change_somebody(sign_in, a_case, a_leg, her_caseworker):
    client, new = sign_in(her_caseworker), reverse("actor_new", args=[a_case.number])
    data = posted(client.get(new), name="Petar Vorin", phones="+99 555 0177")
    for _time in range(2):
        assert client.post(new, data).status_code == 302
    link = CaseActor.objects.get()
    address = reverse("actor", args=[a_case.number, link.pk])
    assert client.post(address, posted(client.get(address), agency="Blue Coast")).status_code == 302
    part = reverse("leg_part", args=[a_case.number, a_leg.pk])
    assert client.post(part, {"link": str(link.pk), "roles": ["Exploiter", "Creditor"]}).status_code == 302
    page = client.get(reverse("journey", args=[a_case.number])).content.decode()
    assert "Petar Vorin" in page
    assert "Exploiter, Claimed a debt from the person" in page
    shown = {"link": str(link.pk), "shown_of": str(link.pk), "shown": "Exploiter Creditor"}
    assert client.post(part, shown).status_code == 302
    assert not Part.objects.exists()


def test_nobody_is_recorded_without_anything_that_tells_them_apart(sign_in, a_case, her_caseworker):
    client, new = sign_in(her_caseworker), reverse("actor_new", args=[a_case.number])
    page = client.post(new, posted(client.get(new)))
    assert page.status_code == 422
    assert not Actor.objects.exists()


def test_a_case_shows_its_own_actors_and_none_of_another(sign_in, a_case, her_actor, another_case, her_caseworker):
    case, link, _colleague = another_case
    client = sign_in(her_caseworker)
    page = client.get(reverse("journey", args=[a_case.number])).content.decode()
    assert "the cousin" in page
    assert "a driver" not in page
    for name in ("actor", "actor_remove"):
        assert client.post(reverse(name, args=[a_case.number, link.pk]), {"version": "1"}).status_code == 404
    assert client.get(reverse("actor", args=[case.number, link.pk])).status_code == 404


def shown_to(member, sign_in, case):
    """Return every page on which somebody meets a case's actors, without what is drawn anew for each page."""
    client, link = sign_in(member), queries.actors_of(case)[0]
    pages = [client.get(reverse("journey", args=[case.number])), client.get(reverse("actor", args=[case.number, link.pk]))]
    return [[line for line in page.content.decode().splitlines() if "csrf" not in line and "typist" not in line] for page in pages]


def test_who_reads_one_case_sees_no_difference_whether_another_tells_of_the_same(
    sign_in,
    a_case,
    her_actor,
    another_case,
    her_supervisor,
    her_caseworker,
):
    before = shown_to(her_caseworker, sign_in, a_case)
    comparing.decide(one=her_actor, other=another_case[1], by=her_supervisor, is_same=True)
    assert Likeness.objects.get().is_same
    assert shown_to(her_caseworker, sign_in, a_case) == before
    link = queries.actors_of(another_case[0])[0]
    acting.change_actor(
        link=link, by=another_case[2], values={"phones": "+99 555 0999"}, version=link.version, actor_version=link.actor.version
    )
    assert shown_to(her_caseworker, sign_in, a_case) == before
    assert not Event.objects.filter(actor_id=her_caseworker.id, action__startswith="journey.like").exists()


def test_a_supervisor_finds_the_same_number_and_name_and_decides(sign_in, a_case, her_actor, another_case, her_supervisor):
    [pair] = comparing.pairs(her_supervisor)
    assert [sign.value for sign in pair.signs] == ["phone", "name"]
    client, address = sign_in(her_supervisor), reverse("actors_alike")
    assert "The same telephone number" in client.get(address).content.decode()
    posts = {"one": str(pair.one.pk), "other": str(pair.other.pk)}
    assert client.post(address, posts | {"verdict": "same"}).status_code == 302
    assert "Told of in 1 other case that you read" in client.get(reverse("journey", args=[a_case.number])).content.decode()
    assert client.post(address, posts | {"verdict": "open"}).status_code == 302
    assert not Likeness.objects.exists()
    assert client.post(address, {"one": "x", "other": "y", "verdict": "same"}).status_code == 404


def test_who_compares(sign_in, her_caseworker, her_supervisor, the_outsider, make_member, shelter):
    address = reverse("actors_alike")
    assert sign_in(her_supervisor).get(address).status_code == 200
    for member in (her_caseworker, the_outsider, make_member(shelter, "coordinator"), make_member(shelter, "auditor")):
        assert sign_in(member).get(address).status_code == 403


def test_a_supervisor_shut_out_from_a_case_learns_nothing_of_it(
    sign_in,
    a_case,
    her_actor,
    another_case,
    her_supervisor,
    make_member,
    shelter,
):
    second = make_member(shelter, "supervisor", name="T. Wo")
    comparing.decide(one=her_actor, other=another_case[1], by=her_supervisor, is_same=True)
    staffing.declare_conflict(case=another_case[0], by=her_supervisor, member=second, kind="known", reason="")
    assert comparing.pairs(second) == []
    assert comparing.also_told_of(second, [her_actor]) == {}
    assert "Told of in" not in sign_in(second).get(reverse("journey", args=[a_case.number])).content.decode()
    with pytest.raises(Denied):
        comparing.decide(one=her_actor, other=another_case[1], by=second, is_same=False)


def test_another_office_is_never_compared(her_actor, make_member, her_supervisor):
    elsewhere = Organisation.objects.create(name="Elsewhere")
    theirs = make_member(elsewhere, "supervisor", name="E. Lse")
    case = cases.open_case(by=theirs, opened_on=DAY, person={})
    acting.add_actor(case=case, by=theirs, values=SAID)
    assert comparing.pairs(theirs) == comparing.pairs(her_supervisor) == []


def test_tokens_are_stored_nowhere_and_differ_from_office_to_office(her_actor, her_supervisor):
    one, other = (keys.organisation_purpose(org, comparing.PURPOSE) for org in (her_actor.organisation_id, uuid7()))
    assert comparing.tokens(her_actor.actor, one).isdisjoint(comparing.tokens(her_actor.actor, other))
    held = {digest for _sign, digest in comparing.tokens(her_actor.actor, one)}
    comparing.pairs(her_supervisor)
    for row in Actor._base_manager.values_list():
        assert held.isdisjoint(bytes(value) for value in row if isinstance(value, bytes | memoryview))


def test_one_person_in_two_cases_is_not_compared_with_herself(a_case, her_actor, her_supervisor, her_caseworker):
    acting.add_actor(case=a_case, by=her_caseworker, values=SAID)
    assert comparing.pairs(her_supervisor) == []


@pytest.mark.parametrize(
    ("decided", "expected"),
    [
        ({(1, 2): True, (2, 3): True}, [{1, 2, 3}]),
        ({(1, 2): True, (3, 4): True}, [{1, 2}, {3, 4}]),
        ({(1, 2): True, (2, 3): False}, [{1, 2}]),
        ({(1, 2): False}, []),
    ],
)
def test_joined_actors_make_groups(decided, expected):
    ids = {number: uuid.UUID(int=number) for number in range(5)}
    found = comparing.groups({(ids[one], ids[other]): same for (one, other), same in decided.items()})
    assert sorted(sorted(one.int for one in group) for group in found) == sorted(sorted(group) for group in expected)


def erase(person, asked_by, confirmed_by):
    erasing.erase(person=person, asked_by=asked_by, confirmed_by=confirmed_by, ground=erasing.Ground.PERSON_ASKED)
    keys.forget_opened()
    forgetting.follow()
    keys.forget_opened()


def test_an_erasure_takes_the_link_and_with_the_last_link_the_words(
    a_case,
    a_leg,
    her_actor,
    her_caseworker,
    her_supervisor,
    another_case,
):
    actions.add_amount(leg=a_leg, by=her_caseworker, link=her_actor, values={"purpose": "wage", "state": "paid", "amount": "7"})
    comparing.decide(one=her_actor, other=another_case[1], by=her_supervisor, is_same=True)
    erase(a_case.person, her_caseworker, her_supervisor)
    assert not CaseActor.objects.filter(case=a_case).exists()
    assert not Part.objects.exists()
    assert not Likeness.objects.exists()
    gone = Actor.objects.get(pk=her_actor.actor_id)
    assert gone.ended_at is not None
    assert all(is_erased(getattr(gone, name)) for name in ("name", "phones"))
    assert PersonKey.objects.get(pk=gone.key_id).wrapped is None
    assert all(is_erased(version.name) for version in Actor.history.filter(id=gone.pk))
    assert Amount.objects.get().link_id is None
    assert is_erased(Amount.objects.get().amount)
    other = Actor.objects.get(pk=another_case[1].actor_id)
    assert (other.ended_at, other.aliases) == (None, "VORIN, Petar")


def test_an_actor_to_which_another_case_leads_keeps_the_words(a_case, her_actor, her_caseworker, her_supervisor, another_case):
    case = another_case[0]
    CaseActor.objects.create(organisation_id=case.organisation_id, key_id=case.key_id, case=case, actor=her_actor.actor, number=2)
    erase(a_case.person, her_caseworker, her_supervisor)
    left = Actor.objects.get(pk=her_actor.actor_id)
    assert (left.ended_at, left.name) == (None, "Petar Vorin")
    assert CaseActor.objects.filter(actor=left).count() == 1


def test_somebody_recorded_by_mistake_ends_at_once(sign_in, a_case, her_actor, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("actor_remove", args=[a_case.number, her_actor.pk])
    assert client.post(address, {"version": "9"}).status_code == 409
    assert client.post(address, {"version": "1"}).status_code == 302
    assert Actor.objects.get(pk=her_actor.actor_id).ended_at is not None


def test_after_a_restored_backup_what_was_ended_ends_again(her_actor):
    keys.destroy(her_actor.actor.key_id)
    assert forgetting.finish_all() == 1
    assert Actor.objects.get(pk=her_actor.actor_id).ended_at is not None
    assert forgetting.finish_all() == 0


def test_a_nurse_reads_the_actor_and_shelter_staff_no_name(sign_in, a_case, her_actor, her_supervisor, make_member, shelter):
    staff = make_member(shelter, "shelter_staff", name="S. Taff")
    cases.join_team(case=a_case, by=her_supervisor, member=staff, role="shelter", since=DAY)
    page = sign_in(staff).get(reverse("journey", args=[a_case.number])).content.decode()
    assert "the cousin" in page
    assert "Petar Vorin" not in page
    assert "555 0177" not in page
