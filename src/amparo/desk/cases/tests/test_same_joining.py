"""Two records of one person: joined by two members, parted again, and never weaker in between."""

import threading
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied, ProofIsOld
from amparo.desk.audit import chain
from amparo.desk.cases import actions, erasing, holds, joined, merging, queries, same, side_by_side, staffing
from amparo.desk.cases.models import Case, Conflict, Person, Sameness, ToldApart
from amparo.desk.cases.policies import RecordFacts, may_be_joined
from amparo.desk.core import keys, locking
from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import Change

from .browsing import posted
from .twins import DAY, MIRA, alike, decided, fresh, proposed

pytestmark = pytest.mark.django_db


def test_two_decide_and_what_holds_for_one_holds_for_both(a_case, a_twin, her_caseworker, her_supervisor):
    row = proposed(a_case, a_twin, her_caseworker)
    holds.restrict(case=a_twin, by=her_caseworker)
    assert not holds.is_restricted(a_case.person_id)
    decided(row, her_supervisor)
    assert joined.ids(a_twin.person_id) == [a_case.person_id, a_twin.person_id] == joined.ids(a_case.person_id)
    assert holds.is_restricted(a_case.person_id)
    assert set(holds.restricted(a_case.organisation_id).values_list("pk", flat=True)) >= {a_twin.person_id}
    assert {one.case.pk for one in side_by_side.records_of(her_supervisor, a_case)} == {a_case.pk, a_twin.pk}
    assert Change.objects.filter(kind="person.merged", subject_id=a_twin.person_id).count() == 1
    for case in (a_case, a_twin):
        assert {"same.proposed", "same.joined"} <= set(chain.of_subject(case).values_list("action", flat=True))


def test_a_proposal_that_waits_is_told_where_it_was_made(a_case, a_twin, her_caseworker, her_supervisor, sign_in):
    address, waits = reverse("case_same", args=[a_twin.number]), "is proposed: a second person decides"
    client = sign_in(her_caseworker)
    assert waits not in client.get(address).text
    row = proposed(a_case, a_twin, her_caseworker)
    assert waits in client.get(address).text
    decided(row, her_supervisor)
    assert waits not in client.get(address).text


def test_a_hold_on_one_keeps_the_other_and_erasing_one_erases_both(
    a_joined_pair, her_caseworker, her_supervisor, second_supervisor
):
    case, twin, _row = a_joined_pair
    hold = holds.place(case=case, by=her_supervisor, authority="Court", reference="1/26", reason="Trial", row_id=uuid7())
    erase = {"asked_by": her_caseworker, "confirmed_by": her_supervisor, "ground": erasing.Ground.PERSON_ASKED}
    with pytest.raises(Denied, match="legal_hold"):
        erasing.erase(person=twin.person, **erase)
    holds.lift(hold=hold, case=twin, by=second_supervisor, reason="The trial is over")
    erasing.erase(person=twin.person, **erase)
    assert set(Person.objects.values_list("key__destroyed_at", flat=True)) & {None} == set()
    assert Change.objects.filter(kind=erasing.ERASED).count() == 2
    assert bytes(Sameness.objects.values_list("reason", flat=True).get() or b"") == b""


def test_who_is_kept_away_from_one_is_kept_away_from_both(a_case, a_twin, her_caseworker, her_supervisor, make_member, shelter):
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    actions.join_team(case=a_case, by=her_supervisor, member=colleague, role="lawyer", since=DAY)
    staffing.declare_conflict(case=a_twin, by=her_supervisor, member=colleague, kind="relation", reason="Her uncle")
    assert queries.cases_for(colleague).filter(pk=a_case.pk).exists()
    row = decided(proposed(a_case, a_twin, her_caseworker), her_supervisor)
    assert not queries.cases_for(colleague).exists()
    assert colleague.id in Case.objects.get(pk=a_case.pk).facts.shut_out
    merging.part(pair=merging.pair_of(her_supervisor, row), by=her_supervisor, reason="Two sisters")
    assert list(queries.cases_for(colleague)) == [a_case]


def test_search_leads_to_the_record_that_remains(a_joined_pair, her_caseworker):
    case, twin, _row = a_joined_pair
    assert {(match.case.pk, match.by) for match in queries.search(her_caseworker, "0611222333")} == {(case.pk, "joined")}
    assert [match.case.pk for match in queries.search(her_caseworker, twin.number)] == [twin.pk]
    assert alike(her_caseworker, given_names="Мира", family_name="Ковач") == [case.number]


def test_the_rule_of_safe_contact_of_one_is_read_on_both(a_case, a_twin, her_caseworker, her_supervisor, sign_in):
    rule = {"safe_contact_rule": "Never call the brother"}
    actions.change_person(case=a_twin, by=her_caseworker, values=rule, version=1)
    decided(proposed(a_case, a_twin, her_caseworker), her_supervisor)
    page = sign_in(her_caseworker).get(a_case.address)
    assert "Never call the brother" in page.text
    assert a_twin.number in page.text


def rows_of_persons():
    return {row.pk: [getattr(row, one.attname) for one in Person._meta.concrete_fields] for row in Person.objects.opened()}


def test_parted_everything_is_as_it_was(a_case, a_twin, her_caseworker, her_supervisor):
    before = rows_of_persons(), list(Case.objects.order_by("pk").values_list("pk", "person_id", "version"))
    row = decided(proposed(a_case, a_twin, her_caseworker), her_supervisor)
    assert rows_of_persons() != before[0]
    merging.part(pair=merging.pair_of(her_supervisor, row), by=her_supervisor, reason="Two sisters")
    assert (rows_of_persons(), list(Case.objects.order_by("pk").values_list("pk", "person_id", "version"))) == before
    assert same.ask(her_caseworker, same.recorded(a_case.person, today=DAY), besides=a_case) == []
    assert Change.objects.filter(kind="person.parted").count() == 2
    with pytest.raises(Denied, match="same_not_joined"):
        merging.part(pair=merging.pair_of(her_supervisor, row), by=her_supervisor, reason="Again")


def test_what_was_placed_while_joined_stays_on_both(
    a_case, a_twin, her_caseworker, her_supervisor, second_supervisor, make_member, shelter
):
    kept_away = make_member(shelter, "caseworker", name="C. Olleague")
    old = holds.place(case=a_case, by=her_supervisor, authority="Police", reference="9", reason="Before", row_id=uuid7())
    row = decided(proposed(a_case, a_twin, her_caseworker), her_supervisor)
    case, twin = Case.objects.get(pk=a_case.pk), Case.objects.get(pk=a_twin.pk)
    ended = holds.place(case=case, by=her_supervisor, authority="Bank", reference="2", reason="A debt", row_id=uuid7())
    holds.lift(hold=ended, case=case, by=second_supervisor, reason="Paid")
    holds.place(case=case, by=her_supervisor, authority="Court", reference="1/26", reason="Trial", row_id=uuid7())
    holds.restrict(case=twin, by=her_caseworker)
    staffing.declare_conflict(case=twin, by=her_supervisor, member=kept_away, kind="relation", reason="Her uncle")
    merging.part(pair=merging.pair_of(her_supervisor, row), by=her_supervisor, reason="Two sisters")
    assert [(one.authority, one.reason, one.placed_by) for one in holds.of(twin.person_id).opened()] == [
        ("Court", "Trial", her_supervisor)
    ]
    assert {one.authority for one in holds.of(case.person_id).filter(lifted_at=None).opened()} == {"Court", "Police"}
    assert holds.of(twin.person_id).get().key_id == twin.key_id
    assert old.person_id == case.person_id
    for one in (case, twin):
        assert holds.is_restricted(one.person_id)
        assert kept_away.pk in Case.objects.get(pk=one.pk).facts.shut_out
    assert {one.reason for one in Conflict.objects.filter(member=kept_away).opened()} == {"Her uncle"}


def test_of_three_joined_records_the_one_that_is_parted_keeps_what_was_placed_on_any(a_joined_pair, her_caseworker, her_supervisor):
    case, twin, _row = a_joined_pair
    third = actions.open_case(by=her_caseworker, opened_on=DAY, person=MIRA)
    row = decided(proposed(case, third, her_caseworker), her_supervisor)
    holds.place(case=twin, by=her_supervisor, authority="Court", reference="1/26", reason="Trial", row_id=uuid7())
    merging.part(pair=merging.pair_of(her_supervisor, row), by=her_supervisor, reason="Two sisters")
    assert holds.is_held(third.person_id)
    assert holds.is_held(case.person_id)
    assert holds.of(case.person_id).count() == 1


def test_nobody_decides_alone_without_reasons_or_an_old_proof(a_case, a_twin, her_caseworker, her_supervisor, the_partner):
    own = proposed(a_case, a_twin, her_supervisor)
    with pytest.raises(Denied, match="not_your_own_proposal"):
        decided(own, her_supervisor)
    with pytest.raises(Denied, match="same_is_proposed"):
        proposed(a_twin, a_case, her_caseworker)
    with pytest.raises(Denied, match="reason_missing"):
        proposed(a_case, a_twin, her_caseworker, reason=" ")
    with pytest.raises(Denied):
        proposed(a_case, a_twin, the_partner)
    pair = merging.pair_of(her_supervisor, own)
    her_supervisor.is_fresh = False
    with pytest.raises(ProofIsOld):
        merging.decide(pair=pair, by=her_supervisor, is_same=True, reason="x")
    with pytest.raises(Denied, match="supervisor_decides"):
        merging.decide(pair=pair, by=fresh(her_caseworker), is_same=True, reason="x")


def test_told_apart_by_a_supervisor_is_remembered(a_case, a_twin, her_caseworker, her_supervisor):
    decided(proposed(a_case, a_twin, her_caseworker), her_supervisor, is_same=False)
    assert Person.objects.filter(merged_into__isnull=False).count() == 0
    assert same.ask(her_caseworker, same.recorded(a_case.person, today=DAY), besides=a_case) == []


def test_no_record_leads_to_one_that_leads_on(a_joined_pair, her_caseworker, her_supervisor):
    case, twin, _row = a_joined_pair
    third = actions.open_case(by=her_caseworker, opened_on=DAY, person=MIRA)
    row = proposed(third, twin, her_caseworker)
    assert (row.person_id, row.remaining_id) == (third.person_id, case.person_id), "the one to which others lead remains"
    decided(row, her_supervisor)
    assert len(joined.ids(twin.person_id)) == 3
    for person_id, into in ((case.person_id, third.person_id), (case.person_id, case.person_id)):
        with pytest.raises(DatabaseError), transaction.atomic():
            Person.objects.filter(pk=person_id).update(merged_into=into)


@pytest.mark.parametrize(
    ("person", "remaining", "reason"),
    [
        ((False, False, False), (False, True, False), ""),
        ((True, False, False), (False, False, False), "same_leads_on"),
        ((False, False, False), (True, False, False), "same_remaining_leads_on"),
        ((False, True, False), (False, False, False), "same_has_joined"),
        ((False, False, True), (False, False, False), "same_erased"),
    ],
)
def test_what_can_be_joined(person, remaining, reason):
    made = [RecordFacts(uuid7() if one[0] else None, one[1], one[2]) for one in (person, remaining)]
    assert may_be_joined(*made).reason == reason


def test_the_review_page_shows_evidence_above_the_verdict(sign_in, a_case, a_twin, her_caseworker, her_supervisor):
    row = proposed(a_case, a_twin, her_caseworker)
    client = sign_in(her_supervisor)
    assert a_case.number in client.get(reverse("same_waiting")).text
    address = reverse("same_review", args=[row.pk])
    page = client.get(address)
    assert page.text.index("What was found") < page.text.index("Before: two records") < page.text.index("After: one person")
    assert (
        page.text.index("After: one person") < page.text.index("The same telephone and mother.") < page.text.index("Your decision")
    )
    assert client.post(address, posted(page, answer="same", reason="")).status_code == 422
    assert client.post(address, posted(page, answer="same", reason="Both were asked.")).status_code == 302
    assert "Part the records" in client.get(address).text
    assert client.post(address, posted(client.get(address), reason="Two sisters")).status_code == 302
    assert Person.objects.filter(merged_into__isnull=False).count() == 0
    assert sign_in(her_caseworker).get(address).status_code == 403


def test_a_proposal_is_made_on_the_page_that_compares(sign_in, a_case, a_twin, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("case_same_with", args=[a_case.number, a_twin.number])
    page = client.get(address)
    assert "Мира" in page.text
    sent = posted(page, answer="same", reason="Her mother came along.")
    assert [client.post(address, sent).status_code for _time in range(2)] == [302, 302]
    assert Sameness.objects.count() == 1
    assert client.post(address, posted(client.get(address), answer="apart")).status_code == 302
    assert ToldApart.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_join_crosswise_at_once_make_no_circle(a_case, a_twin, her_caseworker, her_supervisor, second_supervisor):
    rows = [proposed(a_case, a_twin, her_caseworker)]
    Sameness.objects.filter(pk=rows[0].pk).update(
        state="undone",
        decided_by=her_supervisor,
        decided_at=rows[0].recorded_at,
        undone_by=her_supervisor,
        undone_at=rows[0].recorded_at,
    )
    rows.append(proposed(a_twin, a_case, her_caseworker))
    Sameness.objects.filter(pk=rows[0].pk).update(
        state="proposed", decided_by=None, decided_at=None, undone_by=None, undone_at=None
    )
    start = threading.Barrier(2)

    def decide(row, by):
        start.wait()
        with suppress(Denied, DatabaseError, locking.Stale):
            decided(row, by)
        connection.close()
        keys.forget_opened()

    threads = [threading.Thread(target=decide, args=pair) for pair in zip(rows, (her_supervisor, second_supervisor), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Person.objects.filter(merged_into__isnull=False).count() == 1


def test_side_by_side_only_the_cases_that_one_reads_are_counted(a_joined_pair, her_supervisor, a_colleague):
    case, _twin, _row = a_joined_pair
    third = actions.open_case(by=a_colleague, opened_on=DAY, person={"given_names": "Mira"})
    actions.join_team(case=case, by=her_supervisor, member=a_colleague, role="other", since=timezone.localdate())
    shown = side_by_side.pair(a_colleague, Case.objects.get(pk=case.pk), third)
    assert {one.pk for one in shown.cases} == {case.pk, third.pk}
