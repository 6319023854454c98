"""Nobody's name stays because a signal named them: it goes with the person's key, or with its own when its time is over."""

from datetime import timedelta

# ruff: noqa: F811
import pytest
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied, ProofIsOld
from amparo.desk.audit import chain
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases import erasing
from amparo.desk.cases.models import Note
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.config import worker
from amparo.desk.core import destroyed, drafts, keys, sealing
from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import Draft, PersonKey
from amparo.desk.intake import actions
from amparo.desk.intake.models import Signal
from amparo.desk.intake.tests.test_signals import TEXT, client_of, handed_in, inspector, inspectorate  # noqa: F401
from amparo.desk.oversight import keeping, signals
from amparo.desk.oversight.retention import End, Keeping, Start

from .test_erasure import sealed_cells

pytestmark = pytest.mark.django_db
LONG = timedelta(days=3 * 366)


def _typed(**fields):
    typed = QueryDict(mutable=True)
    typed.update(fields)
    return typed


@pytest.fixture
def supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Uper")


@pytest.fixture
def second(make_member, shelter):
    return make_member(shelter, "supervisor", name="T. Wo")


@pytest.fixture
def signal(inspector, shelter, her_caseworker):
    return handed_in(inspector, shelter, place="Kanarya quay 4", answer_to="desk 9")


@pytest.fixture
def her_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=timezone.localdate(), person={"given_names": "Lindiwe"})


def settled_long_ago(signal, by, **more):
    actions.settle(signal=signal, by=by, outcome="Kanarya: nobody was there")
    Signal.objects.filter(pk=signal.pk).update(settled_at=timezone.now() - LONG, **more)
    return Signal.objects.get(pk=signal.pk)


def is_gone(signal):
    keys.forget_opened()
    row = Signal.objects.get(pk=signal.pk)
    with pytest.raises(keys.KeyDestroyed):
        keys.person_key(signal.key_id)
    cells = list(sealed_cells({signal.key_id}))
    return {len(held) for _, held in cells} == {sealing.NAMED} and (row.text, row.place, row.answer_to, row.danger) == ("",) * 4


def rule_of(office, by, end):
    told = {"keeping": Keeping.SIGNAL, "months": 24, "starts": [Start.SETTLED], "end": end, "source": "policy", "reason": "policy"}
    return keeping.set_rule(by=by, row_id=uuid7(), valid_from=timezone.localdate(), **told)


def test_taken_over_into_a_record_it_is_a_note_there_and_nothing_here(signal, her_case, her_caseworker):
    client = client_of(her_caseworker)
    address = reverse("signal", args=[signal.number])
    client.get(address)
    drafts.save(her_caseworker.user_id, address, _typed(outcome="Kanarya half a sentence"))
    answer = client.post(address, {"records": her_case.number, "kind": "matters", "outcome": "She asked for help."})
    assert answer.status_code == 302
    assert is_gone(signal)
    note = Note.objects.exclude(kind="others").get(case=her_case)
    assert "desk 9" in Note.objects.get(case=her_case, kind="others").text
    for words in (TEXT, "Kanarya quay 4", "She asked for help.", signal.number, "Labour inspectorate"):
        assert words in note.text
    assert note.key_id == her_case.key_id
    assert not Draft.objects.filter(form=address).exists()
    page = client.get(address).content.decode()
    assert "Kanarya" not in page
    assert "L. Inspector" in page, "who handed it in can still be asked"
    assert client.get(reverse("signals")).status_code == 200
    row = Signal.objects.get(pk=signal.pk)
    assert (row.body, row.sender, row.taken_by) == (signal.body, signal.sender, her_caseworker)
    event = Event.objects.get(action="signal.moved")
    assert (event.subject, event.details) == (chain.pseudonym("cases.case", her_case), {"signal": signal.number})
    assert "from an outside body" not in client.get("/").content.decode()


def test_erasing_her_erases_what_was_handed_in_about_her(signal, her_case, her_caseworker, supervisor):
    actions.move(signal=signal, cases=[her_case], by=her_caseworker, kind="matters")
    erasing.erase(person=her_case.person, asked_by=her_caseworker, confirmed_by=supervisor, ground=erasing.Ground.PERSON_ASKED)
    keys.forget_opened()
    assert is_gone(signal)
    cells = list(sealed_cells({her_case.key_id, signal.key_id}))
    assert {len(held) for _, held in cells} == {sealing.NAMED}
    assert not any(note.text for note in Note.objects.filter(case=her_case))
    assert Signal.objects.get(pk=signal.pk).body == signal.body


def test_one_signal_may_tell_of_several_persons(signal, her_case, her_caseworker, supervisor):
    other = cases.open_case(by=her_caseworker, opened_on=timezone.localdate(), person={"given_names": "Amara"})
    both = {"records": f"{her_case.number.lower()}, {other.number}", "kind": "risk"}
    assert client_of(her_caseworker).post(reverse("signal", args=[signal.number]), both).status_code == 302
    erasing.erase(person=her_case.person, asked_by=her_caseworker, confirmed_by=supervisor, ground=erasing.Ground.PERSON_ASKED)
    keys.forget_opened()
    assert not any(note.text for note in Note.objects.filter(case=her_case))
    assert all(note.text for note in Note.objects.filter(case=other))
    assert Note.objects.exclude(kind="others").filter(case=other).count() == 1


def test_nobody_moves_it_into_a_record_that_is_not_theirs_or_twice(signal, her_case, her_caseworker, make_member, shelter):
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    address = reverse("signal", args=[signal.number])
    wrong = ({"records": number, "kind": "matters"} for number in (her_case.number, "XX-2099-99999"))
    answers = [client_of(colleague).post(address, typed) for typed in wrong]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert not Note.objects.exists()
    with pytest.raises(Denied):
        actions.move(signal=signal, cases=[her_case], by=colleague, kind="matters")
    keys.forget_opened()
    assert Signal.objects.get(pk=signal.pk).text == TEXT
    actions.move(signal=signal, cases=[her_case], by=her_caseworker, kind="matters")
    with pytest.raises(Denied, match="signal_settled"):
        actions.move(signal=signal, cases=[her_case], by=her_caseworker, kind="matters")
    actions.take_up(signal=signal, by=her_caseworker)
    assert Note.objects.exclude(kind="others").count() == 1


@pytest.mark.parametrize("is_settled", [True, False])
def test_two_persons_remove_what_led_nowhere(is_settled, signal, her_caseworker, supervisor, second):
    if is_settled:
        signal = settled_long_ago(signal, her_caseworker)
    else:
        with pytest.raises(Denied, match="not_due_yet"):
            signals.propose(signal=signal, by=supervisor)
        Signal.objects.filter(pk=signal.pk).update(recorded_at=timezone.now() - LONG)
    signals.lapse_all()
    with pytest.raises(Denied):
        signals.propose(signal=signal, by=her_caseworker)
    signals.propose(signal=signal, by=supervisor)
    with pytest.raises(Denied, match="proposed_by_yourself"):
        signals.settle(signal=signal, by=supervisor, confirms=True)
    second.is_fresh = False
    with pytest.raises(ProofIsOld):
        signals.settle(signal=signal, by=second, confirms=True)
    keys.forget_opened()
    assert Signal.objects.get(pk=signal.pk).text == TEXT
    signals.settle(signal=signal, by=her_caseworker, confirms=True)
    assert is_gone(signal)
    told = list(Event.objects.filter(action__in=("signal.proposed", "signal.removed")).values_list("action", "actor_id"))
    assert told == [("signal.proposed", supervisor.pk), ("signal.removed", her_caseworker.pk)]
    with pytest.raises(Denied, match="proposal_settled"):
        signals.settle(signal=signal, by=second, confirms=True)


def test_a_refused_removal_leaves_it(signal, her_caseworker, supervisor, second):
    signal = settled_long_ago(signal, her_caseworker)
    signals.propose(signal=signal, by=supervisor)
    signals.settle(signal=signal, by=second, confirms=False)
    with pytest.raises(Denied, match="proposal_settled"):
        signals.settle(signal=signal, by=second, confirms=True)
    assert Signal.objects.get(pk=signal.pk).text == TEXT


def test_the_database_itself_refuses_one_person_for_both(signal, her_caseworker, supervisor):
    ended = {"ending": "removed", "ended_at": timezone.now(), "danger": ""}
    for proposed in (supervisor, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            Signal.objects.filter(pk=signal.pk).update(proposed_by=proposed, removed_by=supervisor, **ended)


@pytest.mark.parametrize(
    ("end", "state", "goes"),
    [("shred", "settled", False), ("lapse", "settled", True), ("lapse", "waiting", True), ("lapse", "taken", False)],
)
def test_the_clock_removes_it_only_where_the_rule_says_so_and_nobody_looks_into_it(
    end, state, goes, signal, shelter, her_caseworker, supervisor
):
    rule_of(shelter, supervisor, End(end))
    if state == "taken":
        actions.take_up(signal=signal, by=her_caseworker)
    if state == "settled":
        signal = settled_long_ago(signal, her_caseworker)
    Signal.objects.filter(pk=signal.pk).update(recorded_at=timezone.now() - LONG)
    fresh = handed_in(signal.sender, shelter)
    assert signals.lapse_all in [act for _seconds, act in worker.rounds()]
    assert signals.lapse_all() == int(goes)
    keys.forget_opened()
    assert Signal.objects.get(pk=fresh.pk).text == TEXT
    assert is_gone(signal) if goes else Signal.objects.get(pk=signal.pk).text == TEXT
    assert signals.lapse_all() == 0


def test_a_dump_of_the_database_holds_nothing_of_it(signal, her_case, her_caseworker):
    wrapped = bytes(PersonKey.objects.get(pk=signal.key_id).wrapped)
    cell = bytes(Signal.objects.filter(pk=signal.pk).values_list("text", flat=True)[0])
    actions.move(signal=signal, cases=[her_case], by=her_caseworker, kind="matters")
    with connection.cursor() as cursor:
        held = []
        for table in ("intake_signal", "core_personkey"):
            cursor.execute(f"SELECT * FROM {table}")
            held += [bytes(one) if isinstance(one, memoryview) else one for row in cursor.fetchall() for one in row]
    found = b"".join(one for one in held if isinstance(one, bytes))
    assert wrapped not in found
    assert cell[sealing.NAMED :] not in found


@pytest.mark.django_db(transaction=True)
def test_an_older_backup_does_not_bring_it_back(signal, her_case, her_caseworker):
    backup = [*PersonKey.objects.filter(pk=signal.key_id), Signal.objects.get(pk=signal.pk)]
    actions.move(signal=signal, cases=[her_case], by=her_caseworker, kind="matters")
    for row in backup:
        fields = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
        type(row)._base_manager.filter(pk=row.pk).update(**{name: row.__dict__[name] for name in fields})
    keys.forget_opened()
    assert Signal.objects.get(pk=signal.pk).text == TEXT, "the backup is no backup"
    assert destroyed.apply() == 1
    assert signals.lapse_all() == 1
    assert is_gone(signal)


def test_a_draft_on_its_page_lies_under_its_key(signal, her_caseworker):
    address = reverse("signal", args=[signal.number])
    drafts.save(her_caseworker.user_id, address, _typed(outcome="Kanarya was there"))
    assert sealing.key_id_of(bytes(Draft.objects.get(form=address).sealed)) == signal.key_id


def test_the_page_shows_numbers_and_takes_two_persons(signal, her_caseworker, supervisor):
    signal = settled_long_ago(signal, her_caseworker)
    one, other, page = client_of(supervisor), client_of(her_caseworker), reverse("signals_due")
    shown = one.get(page).content.decode()
    assert signal.number in shown
    assert "Kanarya" not in shown
    assert other.post(reverse("signals_propose"), {"signals": signal.number}).status_code == 403
    one.post(reverse("signals_propose"), {"signals": signal.number})
    assert Signal.objects.get(pk=signal.pk).proposed_by == supervisor
    assert [signals.count_waiting(member) for member in (supervisor, her_caseworker)] == [0, 1]
    assert "1 signal waits for you as the second person" in other.get("/").content.decode()
    settle = reverse("signals_settle")
    one.post(settle, {"signals": signal.number, "answer": "confirm", "sure": "yes"})
    other.post(settle, {"signals": signal.number, "answer": "confirm"})
    assert Signal.objects.get(pk=signal.pk).text == TEXT
    other.post(settle, {"signals": signal.number, "answer": "confirm", "sure": "yes"})
    assert is_gone(signal)
    one.get(page)  # tells once more why the first try was refused
    assert signal.number not in one.get(page).content.decode()


def test_only_signals_go_by_the_clock_and_none_stays_for_good(supervisor):
    client, address = client_of(supervisor), reverse("retention_rules")
    told = {"months": 12, "starts": ["settled"], "source": "policy", "reason": "policy"}
    for kept, end, code in (("casework", "lapse", 422), ("signal", "keep", 422), ("signal", "lapse", 302)):
        answer = client.post(address, posted(client.get(address), keeping=kept, end=end, **told))
        assert answer.status_code == code
