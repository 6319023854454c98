"""One person alone destroys nothing, the clock destroys nothing, and while a hold stands nobody destroys anything."""

import threading
import time
from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, ProofIsOld
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, erasing, holds
from amparo.desk.cases.models import Case, CountedCase, LegalHold, Person
from amparo.desk.cases.stages import Stage
from amparo.desk.config import worker
from amparo.desk.consent import actions as consents
from amparo.desk.consent.models import Consent
from amparo.desk.consent.rules import Purpose
from amparo.desk.core import keys, sealing
from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import PersonKey
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.oversight import keeping
from amparo.desk.oversight.choices import Disposing
from amparo.desk.oversight.models import Disposal, DueRecord

LONG_AGO = date(2010, 3, 5)
GROUND = erasing.Ground.RETENTION_ENDED


@pytest.fixture
def supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Uper")


@pytest.fixture
def second(make_member, shelter):
    return make_member(shelter, "supervisor", name="T. Wo")


@pytest.fixture
def old_case(her_caseworker):
    """A case that ended long ago."""
    born = {"given_names": "Kestrella", "birth_date": PartialDate.parse("1980-04"), "citizenship": ["XB"], "gender": "Feminine"}
    case = actions.open_case(by=her_caseworker, opened_on=LONG_AGO, person=born, first_note="came at night")
    values = {"stage": Stage.CLOSED.value, "closed_on": LONG_AGO, "year_of_registration": 2010}
    Case.objects.filter(pk=case.pk).update(**values)
    return Case.objects.get(pk=case.pk)


def propose(case, by, what=Disposing.SHRED, **more):
    return keeping.propose(**{"case": case, "by": by, "what": what, "reason": "period over", "ground": GROUND} | more)


def hold(case, by):
    told = {"authority": "District court", "reference": "7/26", "reason": "claim for compensation"}
    return holds.place(case=case, by=by, **told, row_id=uuid7())


def is_there(case):
    keys.forget_opened()
    return Person.objects.get(pk=case.person_id).given_names == "Kestrella"


@pytest.mark.django_db
def test_two_persons_shred_and_nothing_is_left_of_names_codes_and_days(old_case, supervisor, second, her_caseworker):
    proposal = propose(old_case, supervisor)
    assert is_there(old_case)
    keeping.settle(disposal=proposal, by=her_caseworker, confirms=True)
    assert not is_there(old_case)
    for model in (Person, Person.history.model):
        assert set(model.objects.values_list("gender", flat=True)) == {""}
        assert list(model.objects.values_list("citizenship", flat=True)) == [[]] * model.objects.count()
    for model in (Case, Case.history.model):
        assert all((day.month, day.day) == (1, 1) for day in model.objects.values_list("opened_on", flat=True))
    assert not CountedCase.objects.exists()
    told = list(Event.objects.filter(action__startswith="disposal.").values_list("action", "actor_id"))
    assert told == [("disposal.proposed", supervisor.pk), ("disposal.confirmed", her_caseworker.pk)]


@pytest.mark.django_db
def test_the_clock_destroys_nothing(old_case, supervisor):
    for _seconds, act in worker.rounds():
        if act.__module__.endswith(("erasing", "keeping", "destroyed", "drafts", "withdrawals")):
            act()
    assert DueRecord.objects.get(case=old_case).due_on == date(2017, 3, 5)
    propose(old_case, supervisor)
    keeping.list_all(on=date(2090, 1, 1))
    erasing.finish_all()
    assert is_there(old_case)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "who", ["herself", "auditor", "administrator", "elsewhere", "police", "nurse", "steward", "shut_out", "left"]
)
def test_who_may_not_be_the_second_person(who, old_case, supervisor, make_member, shelter, other_organisation, the_partner):
    proposal = propose(old_case, supervisor)
    roles = {
        "auditor": "auditor",
        "administrator": "administrator",
        "police": "police",
        "nurse": "health",
        "steward": "data_steward",
    }
    one = {"herself": supervisor, "elsewhere": make_member(other_organisation, "supervisor")}.get(who)
    one = one or make_member(shelter, roles.get(who, "supervisor"))
    if who == "shut_out":
        from amparo.desk.cases.models import Conflict

        held = {"person": old_case.person, "member": one, "kind": "relation", "since": LONG_AGO, "entered_by": supervisor}
        Conflict.objects.create(organisation=shelter, key_id=old_case.key_id, **held)
    if who == "left":
        one.left_at = timezone.now()
        one.save()
    with pytest.raises(Denied):
        keeping.settle(disposal=proposal, by=one, confirms=True)
    assert keeping.settle_many([proposal], by=one, confirms=True)[0] == 0
    assert is_there(old_case)


@pytest.mark.django_db
def test_the_database_itself_refuses_one_person(old_case, supervisor):
    proposal = propose(old_case, supervisor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Disposal.objects.filter(pk=proposal.pk).update(settled="confirmed", settled_by=supervisor, settled_at=timezone.now())


@pytest.mark.django_db
def test_the_second_person_proves_again_who_they_are(old_case, supervisor, second):
    second.is_fresh = False
    with pytest.raises(ProofIsOld):
        keeping.settle(disposal=propose(old_case, supervisor), by=second, confirms=True)
    assert is_there(old_case)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["her_caseworker", "the_partner", "the_outsider"])
def test_only_a_supervisor_proposes(who, old_case, request):
    with pytest.raises(Denied):
        propose(old_case, request.getfixturevalue(who))


@pytest.mark.django_db
def test_what_is_not_due_is_not_destroyed_on_that_ground(the_case, supervisor):
    with pytest.raises(Denied, match="not_due_yet"):
        propose(the_case, supervisor)
    assert propose(the_case, supervisor, ground=erasing.Ground.PERSON_ASKED).pk


@pytest.mark.django_db
def test_what_is_no_longer_due_is_not_destroyed_by_an_earlier_proposal(old_case, supervisor, second):
    proposal = propose(old_case, supervisor)
    actions.write_note(case=old_case, by=supervisor, kind="matters", happened_on=timezone.localdate(), text="She called.")
    with pytest.raises(Denied, match="not_due_yet"):
        keeping.settle(disposal=proposal, by=second, confirms=True)
    assert is_there(old_case)


@pytest.mark.django_db
def test_kept_longer_is_no_longer_due(old_case, supervisor, second):
    later = timezone.localdate() + timedelta(days=400)
    keeping.list_all()
    keeping.settle(disposal=propose(old_case, supervisor, Disposing.EXTEND, until=later), by=second, confirms=True)
    assert keeping.due_of(old_case, on=timezone.localdate()).on == later
    assert keeping.list_all() == 0
    with pytest.raises(Denied, match="extension_needs_a_day"):
        propose(old_case, supervisor, Disposing.EXTEND, until=LONG_AGO)


@pytest.mark.django_db
def test_a_hold_stops_every_way_to_erase(old_case, supervisor, second, her_caseworker):
    before = propose(old_case, supervisor)
    hold(old_case, supervisor)
    with pytest.raises(Denied, match="legal_hold"):
        erasing.erase(person=old_case.person, asked_by=her_caseworker, confirmed_by=supervisor, ground=GROUND)
    with pytest.raises(Denied, match="legal_hold"):
        keeping.settle(disposal=before, by=second, confirms=True)
    assert keeping.settle_many([before], by=second, confirms=True) == (0, [(old_case.number, "legal_hold")])
    keeping.settle(disposal=before, by=second, confirms=False)
    with pytest.raises(Denied, match="legal_hold"):
        propose(old_case, supervisor, Disposing.ANONYMISE)
    erasing.finish_all()
    keeping.list_all()
    assert is_there(old_case)


@pytest.mark.django_db
def test_a_hold_is_lifted_by_another_and_then_no_longer_stands(old_case, supervisor, second):
    placed = hold(old_case, supervisor)
    with pytest.raises(Denied, match="lifted_by_another"):
        holds.lift(hold=placed, case=old_case, by=supervisor, reason="over")
    with pytest.raises(IntegrityError), transaction.atomic():
        LegalHold.objects.filter(pk=placed.pk).update(lifted_by=supervisor, lifted_at=timezone.now())
    holds.lift(hold=placed, case=old_case, by=second, reason="The claim is settled.")
    with pytest.raises(Denied, match="hold_is_lifted"):
        holds.lift(hold=placed, case=old_case, by=second, reason="again")
    keeping.settle(disposal=propose(old_case, supervisor), by=second, confirms=True)
    assert not is_there(old_case)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["her_caseworker", "the_partner", "the_outsider"])
def test_only_a_supervisor_of_the_office_places_a_hold(who, old_case, request):
    with pytest.raises(Denied):
        hold(old_case, request.getfixturevalue(who))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(4))
def test_a_hold_and_an_erasure_at_once_never_both_pass(old_case, supervisor, second, attempt):
    proposal, done = propose(old_case, supervisor), []
    gate = threading.Barrier(2)

    def run(name, act):
        keys.unlock(b"\x07" * 32)
        gate.wait()
        with suppress(Denied):
            act()
            done.append(name)
        connection.close()

    acts = {
        "hold": lambda: hold(old_case, second),
        "erase": lambda: keeping.settle(disposal=proposal, by=second, confirms=True),
    }
    order = list(acts.items())[:: 1 if attempt % 2 else -1]
    threads = [threading.Thread(target=run, args=each) for each in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) == 1
    assert is_there(old_case) is (done == ["hold"])


@pytest.mark.django_db(transaction=True)
def test_an_answer_saved_while_somebody_is_erased_locks_neither_out(old_case, her_caseworker, supervisor, second, monkeypatch):
    """Who saves an answer holds its row and waits for the record's end; an erasure must not hold the end and wait for the row."""
    Case.objects.filter(pk=old_case.pk).update(stage=Stage.FIRST_CONTACT, closed_on=None)
    given = {"state": "given", "asked_on": LONG_AGO, "decided_on": LONG_AGO, "giver": "person", "was_explained": True}
    shares = {"recipient": "Harbour clinic", "data": ["identity"]}
    opened = Case.objects.get(pk=old_case.pk)
    consent = consents.record(case=opened, by=her_caseworker, purpose=Purpose.REFERRAL, values=given | shares)
    Case.objects.filter(pk=old_case.pk).update(stage=Stage.CLOSED, closed_on=LONG_AGO)
    proposal, holds_row, failed, save = propose(old_case, supervisor), threading.Event(), [], consents.save

    def slowly(*row, **more):
        save(*row, **more)
        holds_row.set()
        time.sleep(1.5)  # meanwhile the erasure takes all it can

    monkeypatch.setattr(consents, "save", slowly)

    def run(act):
        keys.unlock(b"\x07" * 32)
        try:
            act()
        except OperationalError as error:
            failed.append(error)
        finally:
            connection.close()

    saves = threading.Thread(target=run, args=[lambda: consents.withdraw(consent=consent, by=her_caseworker)])
    erases = threading.Thread(target=run, args=[lambda: keeping.settle(disposal=proposal, by=second, confirms=True)])
    saves.start()
    assert holds_row.wait(20)
    erases.start()
    saves.join(60)
    erases.join(60)
    assert not failed
    assert Consent.objects.values_list("state", flat=True).get(pk=consent.pk) == "withdrawn"
    assert not is_there(old_case)
    last = list(Event.objects.order_by("-sequence").values_list("action", flat=True)[:2])
    assert last == ["person.erased", "disposal.confirmed"]


@pytest.mark.django_db
def test_an_anonymised_case_counts_and_says_nothing_that_few_share(old_case, her_caseworker, supervisor, second):
    for number in range(4):
        born = {"birth_date": PartialDate.parse("1981"), "gender": "Feminine", "citizenship": ["XB" if number else "XA"]}
        case = actions.open_case(by=her_caseworker, opened_on=LONG_AGO, person=born)
        Case.objects.filter(pk=case.pk).update(year_of_registration=2010, stage="closed", closed_on=LONG_AGO)
    keeping.settle(disposal=propose(old_case, supervisor, Disposing.ANONYMISE), by=second, confirms=True)
    row = CountedCase.objects.get()
    assert (row.year_of_registration, row.gender, row.majority, row.citizenship) == (2010, "Feminine", "Adult", [])
    assert row.organisation_id == old_case.organisation_id
    assert not is_there(old_case)
    held = {str(getattr(row, field.attname)) for field in row._meta.concrete_fields}
    known = {old_case.number, old_case.pseudonym, str(old_case.pk), str(old_case.person_id), str(old_case.key_id)}
    assert not any(one in value for one in known for value in held)
    assert (row.recorded_at.month, row.recorded_at.day) == (1, 1)
    assert row.pk.version == 4


@pytest.mark.django_db
def test_a_proposal_or_a_hold_sent_again_with_other_words_is_not_dropped_in_silence(old_case, supervisor):
    one, other = uuid7(), uuid7()
    told = {"case": old_case, "by": supervisor, "authority": "District court", "reference": "7/26", "row_id": other}
    assert holds.place(**told, reason="claim") == holds.place(**told, reason="claim")
    with pytest.raises(Denied, match="posted_otherwise"):
        holds.place(**told, reason="another claim")
    until, later = (timezone.localdate() + timedelta(days=days) for days in (10, 20))
    extend = {"what": Disposing.EXTEND, "row_id": one}
    assert propose(old_case, supervisor, until=until, **extend) == propose(old_case, supervisor, until=until, **extend)
    with pytest.raises(Denied, match="posted_otherwise"):
        propose(old_case, supervisor, until=later, **extend)


@pytest.mark.django_db
def test_a_number_that_no_database_compares_with_is_nobodys(old_case, supervisor, sign_in):
    keeping.list_all()
    answer = sign_in(supervisor).post("/oversight/due/", {"what": "shred", "reason": "over", "records": ["\0", old_case.number]})
    assert answer.status_code == 302
    assert Disposal.objects.get().case_id == old_case.pk


@pytest.mark.django_db
def test_one_damaged_record_hides_no_other_from_the_clock(old_case, her_caseworker, other_organisation, make_member):
    broken = actions.open_case(by=her_caseworker, opened_on=LONG_AGO, person={"birth_date": PartialDate.parse("2001-02")})
    elsewhere = actions.open_case(by=make_member(other_organisation, "caseworker"), opened_on=LONG_AGO, person={})
    Case.objects.exclude(pk=old_case.pk).update(stage="closed", closed_on=LONG_AGO)
    wrapped = bytes(PersonKey.objects.get(pk=broken.key_id).wrapped)
    PersonKey.objects.filter(pk=broken.key_id).update(wrapped=wrapped[:-1] + bytes([wrapped[-1] ^ 1]))
    keys.forget_opened()
    with pytest.raises(sealing.Unopenable):
        keeping.list_all(on=date(2090, 1, 1))
    assert set(DueRecord.objects.values_list("case_id", flat=True)) == {old_case.pk, elsewhere.pk}
