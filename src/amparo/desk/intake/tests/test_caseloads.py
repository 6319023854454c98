"""An old caseload comes in whole or not at all, starts no clock, and goes again as a whole while nobody touched it."""

import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amparo.desk.access.guard import Denied, ProofIsOld
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases import arriving, queries
from amparo.desk.cases.models import Case, Note, Person
from amparo.desk.core.models import PersonKey
from amparo.desk.files.models import StoredFile
from amparo.desk.intake import caseloads, importing, policies
from amparo.desk.intake.caseload_models import Step
from amparo.desk.intake.caseloads import Choices
from amparo.desk.intake.models import Caseload, CaseloadRow
from amparo.standard.reasons import Refused

pytestmark = pytest.mark.django_db
LIST = """Case no;Date opened;Status;First name;Surname;Date of birth;Age;Sex;Nationality;Due;To do;Bed
2011/14;about 2011;open;Amara;Okoro;1990;;F;Nigeria;01/02/2012;Call the lawyer;12
2012/15;03/2012;closed;Tavi;Munteanu;;about 17;M;RO;;;3
2013/16;23/04/2013;;Nour;;;16;;Syria;;;
"""
GOOD = LIST.replace("2012/15;03/2012;closed", "2012/15;03/2012;open")


def brought(supervisor, text=GOOD, **more):
    return importing.bring(by=supervisor, name="caseload.csv", pieces=[text.encode()], **more)


def imported(supervisor, work, text=GOOD):
    made = importing.enqueue(caseload=brought(supervisor, text), by=supervisor)
    work()
    return Caseload.objects.get(pk=made.pk)


def test_a_list_becomes_cases_and_keeps_its_numbers_and_partial_dates(supervisor, work):
    done = imported(supervisor, work)
    assert (done.state, done.rows_in, done.rows_done, done.rows_rejected) == (Step.DONE, 3, 3, 0)
    first = Case.objects.select_related("person").get(legacy_number="2011/14")
    assert (str(first.person.birth_date), first.person.full_name) == ("1990", "Amara Okoro")
    assert (first.person.gender, first.person.citizenship) == ("Feminine", ["NG"])
    assert (first.opened_on.isoformat(), first.year_of_registration) == ("2011-01-01", 2011)
    assert first.number.startswith("XC-2011-")
    note = Note.objects.get(case=first).text
    assert "about 2011" in note, "what the record cannot keep as a day stands in the note"
    assert "Bed: 12" in note
    second = Case.objects.select_related("person").get(legacy_number="2012/15")
    assert (second.person.stated_age, second.person.age_source) == (17, "estimated")
    assert [match.case for match in queries.search(supervisor, "Okoro")] == [first], "found by name at once"
    assert [match.case for match in queries.search(supervisor, "2011/14")] == [first]


def test_past_dates_start_no_clock(sign_in, supervisor, work):
    imported(supervisor, work)
    counts = queries.counts(supervisor)
    assert (counts["open"], counts["high_risk"], counts["overdue"]) == (3, 0, 0)
    assert not queries.next_steps(supervisor, until=timezone.localdate()).exists()
    today = " ".join(re.sub(r"<[^>]+>", " ", sign_in(supervisor).get("/").content.decode()).split())
    assert "3 open cases" in today
    assert "0 steps are late" in today
    assert "that nobody has" not in today
    first = Case.objects.get(legacy_number="2011/14")
    assert (first.next_step, first.next_step_on) == ("Call the lawyer", None)
    assert "Due: 01/02/2012" in Note.objects.get(case=first).text


def test_a_step_that_is_still_to_come_keeps_its_day(supervisor, work):
    day = timezone.localdate() + timedelta(days=3)
    imported(supervisor, work, GOOD.replace("01/02/2012", day.isoformat()))
    assert Case.objects.get(legacy_number="2011/14").next_step_on == day


def test_nothing_is_seen_before_everything_is_there(supervisor, work, monkeypatch):
    seen = []
    there = arriving.arrive

    def watching(arrival, **more):
        seen.append((Case.objects.count(), queries.cases_for(supervisor).count(), queries.search(supervisor, "2011/14")))
        return there(arrival, **more)

    monkeypatch.setattr(arriving, "arrive", watching)
    monkeypatch.setattr(importing, "SECONDS_A_TRANSACTION", 0)
    imported(supervisor, work)
    assert seen == [(0, 0, [])] * 3
    assert Case.objects.count() == 3


def test_a_row_that_does_not_fit_stays_out_with_its_reason_and_can_be_mended(supervisor, work):
    made = brought(supervisor, LIST)
    assert (made.look["good"], made.rows_rejected) == (2, 1)
    assert made.look["misfits"] == [[2, "Status", "", "no_closing_day"]]
    importing.enqueue(caseload=made, by=supervisor)
    work()
    done = Caseload.objects.get(pk=made.pk)
    assert (done.rows_done, done.rows_rejected) == (2, 1)
    from amparo.desk.files import actions as files

    text = b"".join(files.read(done.rejected_file)).decode("utf-8-sig")
    assert "Tavi" in text
    assert "the day of it is missing" in text
    assert "Amara" not in text


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("2012/15", "2011/14", "number_twice"),
        ("2012/15", "Tavi Munteanu", "no_number"),
        ("03/2012", "", "no_opening_day"),
        ("03/2012", "1985", "day_too_early"),
        ("03/2012", "2999", "date_in_the_future"),
        (";RO;", ";Atlantis;", "no_such_code"),
        (";about 17;", ";young;", "no_age"),
        ("open;Tavi", "asleep;Tavi", "no_such_stage"),
        ("Tavi", "T" * 300, "too_long"),
    ],
)
def test_what_does_not_fit_is_told_cell_by_cell(supervisor, old, new, code):
    made = brought(supervisor, GOOD.replace(old, new))
    assert [one[3] for one in made.look["misfits"]] == [code]
    assert made.look["misfits"][0][0] == 2


def test_the_same_earlier_number_never_comes_in_twice(supervisor, work):
    imported(supervisor, work)
    again = brought(supervisor, GOOD.replace("Amara", "Another"))
    assert {one[3] for one in again.look["misfits"]} == {"number_known"}
    with pytest.raises(Denied, match="nothing_to_bring"):
        importing.enqueue(caseload=again, by=supervisor)
    assert Person.objects.count() == 3


def test_a_number_that_came_by_hand_meanwhile_stays_out(supervisor, work):
    made = importing.enqueue(caseload=brought(supervisor), by=supervisor)
    cases.open_case(by=supervisor, person={}, opened_on=timezone.localdate(), case={"legacy_number": "2012/15"})
    work()
    done = Caseload.objects.get(pk=made.pk)
    assert (done.rows_done, done.rows_rejected) == (2, 1)


def test_a_number_that_comes_by_hand_while_the_rows_are_written_stays_out(supervisor, work, monkeypatch):
    made = importing.enqueue(caseload=brought(supervisor), by=supervisor)
    write = importing._write_all

    def meanwhile(*given):
        write(*given)
        cases.open_case(by=supervisor, person={}, opened_on=timezone.localdate(), case={"legacy_number": "2012/15"})

    monkeypatch.setattr(importing, "_write_all", meanwhile)
    work()
    done = Caseload.objects.get(pk=made.pk)
    assert (done.state, done.rows_done, done.rows_rejected) == (Step.DONE, 2, 1)
    assert Case._base_manager.filter(legacy_number="2012/15").count() == 1
    out = b"".join(importing.files.read(done.rejected_file)).decode("utf-8-sig")
    assert "Tavi" in out
    assert "has this earlier number already" in out


def test_the_same_file_looked_at_twice_is_brought_in_once(supervisor, work):
    text = "Date opened,Name\n2019,A\n"
    one, two = brought(supervisor, text), brought(supervisor, text)
    importing.enqueue(caseload=one, by=supervisor)
    with pytest.raises(Denied, match="caseload_came_before"):
        importing.enqueue(caseload=two, by=supervisor)


def test_the_order_of_days_is_asked_for_where_nothing_proves_it(supervisor):
    text = "Date opened,Name\n04/03/2019,A\n05/06/2020,B\n"
    made = brought(supervisor, text)
    assert [one[3] for one in made.look["misfits"]] == ["ambiguous_date"] * 2
    said = Choices(made.choices["columns"], {"Date opened": "day_first"})
    decided = importing.decide(caseload=made, by=supervisor, choices=said, manager=None)
    assert (decided.look["good"], decided.look["misfits"]) == (2, [])


def test_without_a_day_of_opening_nothing_comes_in(supervisor):
    made = brought(supervisor, "Name,Age\nA,17\n")
    assert made.look["obstacles"] == ["no_opening_column"]
    with pytest.raises(Denied, match="nothing_to_bring"):
        importing.enqueue(caseload=made, by=supervisor)


def test_who_answers_for_a_case_is_found_by_name_or_address(supervisor, her_caseworker, work):
    text = "Date opened,Name,Caseworker\n2019,A,I. Maro\n2019,B,\n2019,C,Nobody\n"
    made = brought(supervisor, text)
    assert made.look["misfits"] == [[3, "Caseworker", "Nobody", "no_such_colleague"]]
    importing.enqueue(caseload=made, by=supervisor)
    work()
    assert queries.cases_for(her_caseworker).count() == 1


@pytest.mark.parametrize("other", ["Maria  SILVA", "María Silva"])
@pytest.mark.parametrize("has_left", [False, True])
def test_of_two_colleagues_called_alike_the_address_decides(supervisor, make_member, work, other, has_left):
    one = make_member(supervisor.organisation, "caseworker", name="Maria Silva")
    two = make_member(supervisor.organisation, "caseworker", name=other)
    if has_left:
        type(two).objects.filter(pk=two.pk).update(left_at=timezone.now())
    made = brought(supervisor, f"Date opened,Name,Caseworker\n2019,A,maria silva\n2019,B,{one.user.email.upper()}\n")
    assert made.look["misfits"] == [[1, "Caseworker", "maria silva", "several_colleagues"]]
    importing.enqueue(caseload=made, by=supervisor)
    work()
    assert queries.cases_for(one).count() == 1
    assert queries.cases_for(two).count() == 0


def test_an_interrupted_import_goes_on_and_makes_nothing_twice(supervisor, work, monkeypatch):
    made = importing.enqueue(caseload=brought(supervisor), by=supervisor)
    there, count = arriving.arrive, []

    def dying(arrival, **more):
        count.append(1)
        if len(count) == 2:
            raise SystemExit
        return there(arrival, **more)

    monkeypatch.setattr(importing, "SECONDS_A_TRANSACTION", 0)
    monkeypatch.setattr(arriving, "arrive", dying)
    with pytest.raises(SystemExit):
        importing.work(made.pk)
    assert Case.objects.count() == 0
    assert CaseloadRow.objects.count() == 1
    monkeypatch.setattr(arriving, "arrive", there)
    from django_tasks_db.models import DBTaskResult

    DBTaskResult.objects.all().delete()
    assert importing.recover() == 1
    work()
    assert Caseload.objects.get().state == Step.DONE
    assert Case.objects.count() == Person.objects.count() == 3


def test_a_fault_of_the_program_leaves_nothing_to_be_seen_and_can_be_gone_on_with(supervisor, work, monkeypatch):
    there = importing._finish
    monkeypatch.setattr(importing, "_finish", lambda *given: 1 / 0)
    stopped = imported(supervisor, work)
    assert (stopped.state, stopped.problem) == (Step.STOPPED, "failed")
    assert Case.objects.count() == 0
    monkeypatch.setattr(importing, "_finish", there)
    importing.enqueue(caseload=stopped, by=supervisor)
    work()
    assert Case.objects.count() == 3


def test_it_can_be_taken_back_as_a_whole(supervisor, work):
    done = imported(supervisor, work)
    importing.undo(caseload=done, by=supervisor)
    assert Case.objects.count() == 0, "at once nobody sees them"
    work()
    assert Caseload.objects.get().state == Step.UNDONE
    assert Case._base_manager.count() == Person.objects.count() == Note.objects.count() == CaseloadRow.objects.count() == 0
    assert Case.history.model.objects.count() == Person.history.model.objects.count() == 0, "no last version stays behind"
    assert not PersonKey.objects.filter(destroyed_at=None).exists()
    assert queries.search(supervisor, "Okoro") == []
    assert imported(supervisor, work).rows_done == 3, "and come again"


def test_taking_back_asks_no_more_for_many_cases_than_for_few(supervisor, work, monkeypatch):
    counts, there = {}, importing._take_some_away

    def counted(caseload):
        with CaptureQueriesContext(connection) as asked:
            done = there(caseload)
        counts.setdefault(done, asked.captured_queries)
        return done

    monkeypatch.setattr(importing, "_take_some_away", counted)
    for at_once in (1, 3):
        monkeypatch.setattr(importing, "AT_ONCE", at_once)
        importing.undo(caseload=imported(supervisor, work), by=supervisor)
        work()
    assert len(counts[3]) <= len(counts[1]) + 1, "not a question more for each case"


def test_many_keys_are_destroyed_with_one_writing_of_the_journals(
    supervisor, work, monkeypatch, django_capture_on_commit_callbacks
):
    done = imported(supervisor, work)
    importing.undo(caseload=done, by=supervisor)
    with django_capture_on_commit_callbacks() as after:
        assert importing._take_some_away(done) == 3
    told = [getattr(one, "func", one).__name__ for one in after]
    assert (told.count("append"), told.count("empty_journal")) == (1, 1)


def test_what_somebody_saves_while_it_is_taken_away_is_seen_again_and_stays(supervisor, work, monkeypatch):
    done = imported(supervisor, work)
    importing.undo(caseload=done, by=supervisor)
    case = Case._base_manager.select_related("person", "organisation").get(legacy_number="2011/14")
    monkeypatch.setattr(importing, "touched_of", lambda caseload: set())  # it was looked at a moment before
    Person._base_manager.filter(pk=case.person_id).update(version=2)
    work()
    assert Caseload.objects.get().state == Step.UNDONE
    assert list(Case.objects.values_list("pk", flat=True)) == [case.pk]
    assert Person.objects.count() == 1
    assert PersonKey.objects.filter(destroyed_at=None).count() == 1
    assert Event.objects.get(action="caseload.kept").details == {"cases": 1}


@pytest.mark.parametrize("touch", ["note", "person", "case", "risk", "team", "plan"])
def test_it_stays_once_somebody_worked_on_one_of_its_cases(supervisor, her_caseworker, work, touch):
    done = imported(supervisor, work)
    case = Case.objects.select_related("person", "organisation").get(legacy_number="2011/14")
    today = timezone.localdate()
    match touch:
        case "note":
            cases.write_note(case=case, by=supervisor, kind="contact", happened_on=today, text="She called.")
        case "person":
            cases.change_person(case=case, by=supervisor, values={"phone": "1"}, version=1)
        case "case":
            cases.change_case(case=case, by=supervisor, values={"next_step": "Call"}, version=1)
        case "risk":
            cases.assess_risk(case=case, by=supervisor, risk=2, on=today)
        case "team":
            cases.join_team(case=case, by=supervisor, member=her_caseworker, role="case_manager", since=today)
        case "plan":
            from amparo.desk.identification import actions as identification

            values = {"held_on": today, "consent_to_interview": "yes", "setting": "shelter"}
            identification.start(case=case, by=supervisor, values=values)
    with pytest.raises(Denied, match="caseload_touched"):
        importing.undo(caseload=done, by=supervisor)
    assert Case.objects.count() == 3


def test_it_stays_once_a_colleague_read_one_of_its_cases(supervisor, make_member, work):
    done = imported(supervisor, work)
    case = Case.objects.select_related("person", "organisation").get(legacy_number="2011/14")
    cases.record_reading(case=case, by=supervisor, part="case")
    assert not importing.touched_of(done), "who brought it looks at what came"
    cases.record_reading(case=case, by=make_member(supervisor.organisation, "supervisor"), part="case")
    with pytest.raises(Denied, match="caseload_touched"):
        importing.undo(caseload=done, by=supervisor)


def test_it_is_taken_back_within_days_only_and_with_a_fresh_proof(supervisor, work):
    done = imported(supervisor, work)
    supervisor.is_fresh = False
    with pytest.raises(ProofIsOld):
        importing.undo(caseload=done, by=supervisor)
    supervisor.is_fresh = True
    done.finished_at = timezone.now() - policies.UNDONE_WITHIN
    done.save()
    with pytest.raises(Denied, match="caseload_too_old"):
        importing.undo(caseload=done, by=supervisor)
    assert Case.objects.count() == 3
    done.finished_at += timedelta(hours=1)
    done.save()
    assert importing.undo(caseload=done, by=supervisor).state == Step.UNDOING


def test_a_late_undo_is_refused_on_its_page_with_the_reason(sign_in, supervisor, work):
    done = imported(supervisor, work)
    Caseload.objects.update(finished_at=timezone.now() - timedelta(days=900))
    client = sign_in(supervisor)
    page = client.get(done.address)
    assert "more than seven days ago" in page.text
    assert f"{done.address}undo/" not in page.text
    assert "confirmed by a second person" in client.post(f"{done.address}undo/", follow=True).text
    assert Case.objects.count() == 3


def test_a_stopped_import_is_taken_back_after_thirty_days(supervisor, work, monkeypatch):
    made = importing.enqueue(caseload=brought(supervisor), by=supervisor)
    monkeypatch.setattr(importing, "SECONDS_A_TRANSACTION", 0)
    importing.stop(caseload=made, by=supervisor)
    work()
    stopped = Caseload.objects.get(pk=made.pk)
    assert (stopped.state, Case._base_manager.count()) == (Step.STOPPED, 1)
    assert importing.erase_old() == 0
    Caseload.objects.update(started_at=timezone.now() - timedelta(days=31))
    assert importing.erase_old() == 1
    work()
    ended = Caseload.objects.get(pk=made.pk)
    assert (ended.state, ended.file, ended.undone_by) == (Step.UNDONE, None, None)
    assert Case._base_manager.count() == Person._base_manager.count() == 0
    assert not StoredFile.objects.filter(erased_at=None).exists()


def test_the_page_of_a_caseload_asks_as_much_for_many_rows_as_for_few(sign_in, supervisor, work):
    asked = []
    for count in (1, 30):
        text = "Case no;Date opened\n" + "".join(f"{count}-{number};2011-04-23\n" for number in range(count))
        done, client = imported(supervisor, work, text), sign_in(supervisor)
        client.get(done.address)
        with CaptureQueriesContext(connection) as told:
            client.get(done.address)
        asked.append(len(told))
    assert asked[0] == asked[1] < 30


def test_only_supervisors_of_the_office_bring_a_caseload_in(supervisor, her_caseworker, make_member, shelter, the_partner, work):
    for other in (her_caseworker, make_member(shelter, "administrator"), the_partner):
        with pytest.raises(Denied):
            brought(other)
    done = imported(supervisor, work)
    theirs = make_member(the_partner.organisation, "supervisor")
    for act in (importing.undo, importing.enqueue, importing.give_up):
        with pytest.raises(Denied, match="other_organisation"):
            act(caseload=done, by=theirs)


def test_every_step_is_written_down_without_a_name(supervisor, work):
    importing.undo(caseload=imported(supervisor, work), by=supervisor)
    work()
    told = list(Event.objects.order_by("sequence").values_list("action", flat=True))
    assert [one for one in told if one.startswith("caseload.")] == [
        f"caseload.{verb}" for verb in ("uploaded", "queued", "started", "done", "undone", "removed")
    ]
    assert told.count("case.brought") == 3


def test_what_is_no_table_leaves_nothing(supervisor):
    for bad in (b"", b"PK\x03\x04broken", b"%PDF-1.7", b"\xd0\xcf\x11\xe0old"):
        with pytest.raises(Refused):
            importing.bring(by=supervisor, name="x", pieces=[bad])
    assert not StoredFile.objects.exists()
    assert not Caseload.objects.exists()


def test_sent_twice_it_is_one(supervisor):
    one = brought(supervisor)
    assert brought(supervisor, row_id=one.pk).pk == one.pk
    with pytest.raises(Denied, match="posted_otherwise"):
        brought(supervisor, GOOD + "x", row_id=one.pk)


def test_the_file_is_forgotten_when_it_is_in_and_its_rejected_rows_after_thirty_days(supervisor, work):
    done = imported(supervisor, work, LIST)
    assert done.file is None
    assert StoredFile.objects.filter(erased_at=None).count() == 1, "the rejected rows"
    long_ago = timezone.now() - timedelta(days=31)
    Caseload.objects.update(finished_at=long_ago)
    Caseload.objects.filter(pk=brought(supervisor, "Date opened\n2019\n").pk).update(recorded_at=long_ago)
    importing.erase_old()
    assert not StoredFile.objects.filter(erased_at=None).exists()
    assert Caseload.objects.filter(state=Step.GIVEN_UP).count() == 1


def test_a_workbook_is_read_like_a_text(supervisor, work):
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Expediente", "Fecha de apertura", "Apellidos", "Edad"])
        sheet.write_row(1, 0, ["A-7", "hacia 2018", "Quispe", 31])
        sheet.write(2, 0, "A-8")
        sheet.write_datetime(2, 1, timezone.datetime(2019, 3, 12), book.add_format({"num_format": "dd/mm/yyyy"}))
    made = importing.bring(by=supervisor, name="lista.xlsx", pieces=[content.getvalue()])
    assert made.look["misfits"] == []
    importing.enqueue(caseload=made, by=supervisor)
    work()
    assert [str(case.opened_on) for case in Case.objects.order_by("legacy_number")] == ["2018-01-01", "2019-03-12"]
    assert Person.objects.get(cases__legacy_number="A-7").stated_age == 31


def test_a_long_list_is_refused(supervisor, monkeypatch):
    monkeypatch.setattr(caseloads, "MOST_ROWS", 2)
    assert brought(supervisor).look["obstacles"] == ["too_many_rows"]


def test_the_list_of_rows_that_stayed_out_comes_in_once_it_is_mended(supervisor, work):
    from amparo.desk.files import actions as files

    done = imported(supervisor, work, LIST)
    text = b"".join(files.read(done.rejected_file)).decode("utf-8-sig")
    mended = importing.bring(by=supervisor, name="mended.csv", pieces=[text.replace("closed,Tavi", "open,Tavi").encode()])
    assert mended.look["misfits"] == []
    importing.enqueue(caseload=mended, by=supervisor)
    work()
    assert Case.objects.count() == 3
    assert "taken over" not in Note.objects.get(case__legacy_number="2012/15").text


def test_the_very_same_file_never_comes_in_twice(supervisor, work):
    text = "Date opened,Name\n2019,A\n"
    imported(supervisor, work, text)
    again = brought(supervisor, text)
    assert again.look["obstacles"] == ["came_before"]
    with pytest.raises(Denied, match="nothing_to_bring"):
        importing.enqueue(caseload=again, by=supervisor)


def upload(client, text, **more):
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = client.get("/caseloads/bring/")
    data = {"row_id": page.context["form"]["row_id"].value(), "file": SimpleUploadedFile("list.csv", text.encode())}
    return client.post("/caseloads/bring/", data | more)


def test_by_the_pages_a_list_is_looked_at_decided_imported_and_taken_back(sign_in, supervisor, work):
    client = sign_in(supervisor)
    address = upload(client, LIST)["Location"]
    page = client.get(address)
    text = page.content.decode()
    assert "Look at the list" in text
    assert "the day of it is missing" in text
    form = page.context["form"]
    data = {field.html_name: field.value() for field in form}
    rejected = b"".join(client.get(f"{address}rejected/").streaming_content).decode("utf-8-sig")
    assert "Tavi" in rejected
    assert client.post(address, data | {"go": "import"}).status_code == 302
    assert "How far it is" in client.get(address).content.decode()
    assert client.get(f"{address}progress/").json()["state"] == "running"
    work()
    assert "The cases are there" in client.get(address).content.decode()
    assert client.get(f"{address}undo/").status_code == 200
    assert client.post(f"{address}undo/").status_code == 302
    work()
    assert "were taken back" in client.get(address).content.decode()
    assert Case._base_manager.count() == 0


def test_a_file_that_cannot_be_read_comes_back_with_the_reason(sign_in, supervisor):
    client = sign_in(supervisor)
    page = upload(client, "")
    assert page.status_code == 422
    assert "errsum" in page.content.decode()
    assert not Caseload.objects.exists()


def test_the_pages_open_for_supervisors_of_the_office_alone(sign_in, supervisor, her_caseworker, make_member, shelter, the_partner):
    made = brought(supervisor)
    theirs = make_member(the_partner.organisation, "supervisor")
    for path in ("", "undo/", "progress/", "rejected/"):
        assert sign_in(her_caseworker).get(f"/caseloads/{made.pk}/{path}").status_code == 403
        assert sign_in(theirs).get(f"/caseloads/{made.pk}/{path}").status_code == 404
    assert sign_in(make_member(shelter, "administrator")).get("/caseloads/").status_code == 403
