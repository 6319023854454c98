"""The pages: upload, look, decide, import, read the result; and whom they do not open for."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from amparo.desk.audit.models import Event
from amparo.desk.contributions import actions, pool, queries, running, withdrawals
from amparo.desk.contributions.models import Contribution, PoolFile
from amparo.desk.contributions.states import State
from amparo.desk.contributions.tests import making
from amparo.desk.files import vault
from amparo.desk.files.models import StoredFile

pytestmark = pytest.mark.django_db


def csv(count=40, **kwargs):
    return making.table("ctdc-kanon", count, **kwargs).write_csv().encode()


@pytest.fixture
def waiting(her_steward, shelter):
    """A contribution that waits to be looked at."""
    return actions.bring(organisation=shelter, schema="ctdc-kanon", name="partner.csv", pieces=[csv()], by=her_steward)


@pytest.fixture
def done(waiting):
    """A contribution that was imported."""
    return running.run(waiting.pk)


def test_a_file_is_looked_at_before_it_is_imported_and_found_again_after(upload, client, work):
    answer = upload(csv(5000))
    assert answer.status_code == 302
    assert pool.current() is None, "nothing comes in before the steward says so"
    page = client.get(answer.url)
    assert page.status_code == 200
    assert "5,000" in page.text
    started = client.post(answer.url, {"relation": "repeats", "go": "import"})
    assert started.status_code == 302
    assert "in the queue" in client.get(started.url).text
    assert work() == 1
    found = client.get(started.url)
    assert "5,000" in found.text
    assert Contribution.objects.get().sha256 in found.text
    assert pool.read().height == 5000
    listed = client.get(reverse("contributions")).text
    assert "partner.csv" in listed
    assert "S. Teward" in listed


def test_a_form_posted_twice_brings_one_file(sign_in, her_steward, shelter):
    client = sign_in(her_steward)
    row_id = client.get(reverse("contribution_bring")).context["form"]["row_id"].value()
    answers = [
        client.post(
            reverse("contribution_bring"),
            {"row_id": row_id, "organisation": str(shelter.id), "schema": "ctdc-kanon", "file": SimpleUploadedFile("a.csv", csv())},
        )
        for _ in range(2)
    ]
    assert answers[0].url == answers[1].url
    assert Contribution.objects.count() == 1
    assert StoredFile.objects.count() == 1


def test_a_form_sent_again_with_another_file_is_told(sign_in, her_steward, shelter):
    client, address = sign_in(her_steward), reverse("contribution_bring")
    data = {
        "organisation": str(shelter.id),
        "schema": "ctdc-kanon",
        "row_id": client.get(address).context["form"]["row_id"].value(),
    }
    client.post(address, {**data, "file": SimpleUploadedFile("a.csv", csv())})
    page = client.post(address, {**data, "file": SimpleUploadedFile("b.csv", csv() + b"\n")})
    assert page.status_code == 422
    assert "This one is not taken over yet" in page.text
    data["row_id"] = page.context["form"]["row_id"].value()
    assert client.post(address, {**data, "file": SimpleUploadedFile("b.csv", csv() + b"\n")}).status_code == 302
    assert Contribution.objects.count() == 2


def test_imported_twice_is_queued_once(waiting, sign_in, her_steward, work):
    client, address = sign_in(her_steward), reverse("contribution_check", args=[waiting.pk])
    for _ in range(2):
        client.post(address, {"relation": "repeats", "go": "import"})
    assert work() == 1
    assert pool.read().height == 40
    assert client.post(address, {"relation": "repeats", "go": "import"}).url == reverse("contribution", args=[waiting.pk])
    assert work() == 0


def test_a_session_that_ended_while_typing_loses_no_answer_and_keeps_no_file(sign_in, client, her_steward, shelter):
    signed = sign_in(her_steward)
    form = signed.get(reverse("contribution_bring"))
    typist = form.text.partition('name="typist" value="')[2].partition('"')[0]
    client.session.flush()
    data = {
        "typist": typist,
        "organisation": str(shelter.id),
        "schema": "htcds-spreadsheet",
        "file": SimpleUploadedFile("a.csv", csv()),
    }
    answer = client.post(reverse("contribution_bring"), data)
    assert answer.status_code == 302
    assert "/account/login/" in answer.url
    assert not StoredFile.objects.exists()
    assert not Contribution.objects.exists()
    client.post(answer.url, {"login": her_steward.user.email, "password": "nobody guesses this"})
    again = client.get(reverse("contribution_bring"))
    assert again.status_code == 200
    assert 'value="htcds-spreadsheet" selected' in again.text, "what was chosen comes back"


def test_a_file_that_was_left_out_is_asked_for(sign_in, her_steward, shelter):
    answer = sign_in(her_steward).post(reverse("contribution_bring"), {"organisation": str(shelter.id), "schema": "ctdc-kanon"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]


def test_the_look_shows_columns_misfits_and_first_rows(upload, client):
    table = making.table("ctdc-kanon", 30).to_dicts()
    table[0]["gender"] = "Madame"
    answer = upload(making.pl.DataFrame(table).write_csv().encode())
    text = client.get(answer.url).text
    assert "<q>Madame</q>" in text
    assert "63 recognised" in text
    assert "meansOfControlDebtBondage" in text


def test_cells_that_may_name_a_person_are_never_shown(upload, client):
    frame = making.table("htcds-spreadsheet", 3).with_columns(making.pl.lit("Quintanarroyo").alias("prs_FirstName"))
    answer = upload(frame.write_csv().encode(), schema="htcds-spreadsheet")
    text = client.get(answer.url).text
    assert "prs_FirstName" in text
    assert "may name a person: not taken over" in text
    assert "Quintanarroyo" not in text


def test_progress_can_be_asked_for_and_an_import_stopped(waiting, sign_in, her_steward, work):
    client = sign_in(her_steward)
    client.post(reverse("contribution_check", args=[waiting.pk]), {"relation": "repeats", "go": "import"})
    Contribution.objects.filter(pk=waiting.pk).update(state=State.RUNNING, step="mapping", step_done=10, step_total=40)
    told = client.get(reverse("contribution_progress", args=[waiting.pk])).json()
    assert (told["state"], told["done"], told["total"]) == ("running", 10, 40)
    assert "Mapping rows" in client.get(reverse("contribution", args=[waiting.pk])).text
    client.post(reverse("contribution_cancel", args=[waiting.pk]))
    work()
    assert Contribution.objects.get().state == State.CANCELLED
    assert pool.current() is None


def test_withdrawing_asks_first_and_takes_the_rows_out(done, sign_in, her_steward):
    client, address = sign_in(her_steward), reverse("contribution_withdraw", args=[done.pk])
    assert "cannot be undone" in client.get(address).text
    assert pool.read().height == 40
    assert client.post(address).status_code == 302
    assert pool.read().height == 0
    assert client.post(address).status_code == 302, "twice is once"
    assert "Withdrawn" in client.get(reverse("contribution", args=[done.pk])).text


def test_what_is_not_imported_is_not_withdrawn_and_what_is_imported_not_cancelled(waiting, sign_in, her_steward):
    client = sign_in(her_steward)
    assert client.post(reverse("contribution_withdraw", args=[waiting.pk])).url == reverse("contribution", args=[waiting.pk])
    running.run(waiting.pk)
    client.post(reverse("contribution_cancel", args=[waiting.pk]))
    assert Contribution.objects.get().state == State.DONE
    assert pool.read().height == 40


def test_a_contribution_taken_over_by_command_can_be_finished_on_the_page(waiting, sign_in, her_steward):
    waiting.preview = {}
    waiting.choices = {}
    waiting.brought_by = None
    waiting.save()
    page = sign_in(her_steward).get(reverse("contribution_check", args=[waiting.pk]))
    assert page.status_code == 200
    assert "63 recognised" in page.text


PAGES = ("contribution", "contribution_check", "contribution_progress", "contribution_rejected", "contribution_withdraw")
POSTS = ("contribution_cancel", "contribution_check", "contribution_withdraw")


def addresses(pk):
    return [
        *((name, "get", reverse(name, args=[pk])) for name in PAGES),
        *((name, "post", reverse(name, args=[pk])) for name in POSTS),
        ("contributions", "get", reverse("contributions")),
        ("contribution_bring", "get", reverse("contribution_bring")),
        ("contribution_own", "get", reverse("contribution_own")),
        ("contribution_own", "post", reverse("contribution_own")),
    ]


@pytest.mark.parametrize(
    "role",
    [
        "immigration_enforcement",
        "police",
        "labour_inspection",
        "caseworker",
        "supervisor",
        "shelter_staff",
        "health",
        "lawyer",
        "reviewer",
        "auditor",
        "administrator",
    ],
)
def test_nobody_but_stewards_and_coordinators_sees_any_page(role, waiting, make_member, shelter, sign_in):
    client = sign_in(make_member(shelter, role))
    for name, method, address in addresses(waiting.pk):
        answer = getattr(client, method)(address)
        assert answer.status_code == 403, name
        assert "partner.csv" not in answer.text
    waiting.refresh_from_db()
    assert waiting.state == State.UPLOADED


def test_another_organisations_steward_finds_nothing(done, their_steward, sign_in):
    client = sign_in(their_steward)
    for name, method, address in addresses(done.pk):
        if str(done.pk) in address:
            assert getattr(client, method)(address).status_code == 404, name
    assert "partner.csv" not in client.get(reverse("contributions")).text
    assert pool.read().height == 40


def test_a_coordinator_sees_provenance_and_no_rows(done, make_member, shelter, sign_in):
    client = sign_in(make_member(shelter, "coordinator"))
    page = client.get(reverse("contribution", args=[done.pk]))
    assert page.status_code == 200
    assert done.sha256 in page.text
    for name in ("contribution_rejected", "contribution_withdraw"):
        assert client.get(reverse(name, args=[done.pk])).status_code == 403
    assert client.post(reverse("contribution_cancel", args=[done.pk])).status_code == 403


def test_a_partner_without_members_is_served_by_who_brings_its_files(
    make_member, shelter, other_organisation, her_steward, their_steward, sign_in
):
    from amparo.desk.access.models import Organisation

    partner = Organisation.objects.create(name="Far Office", is_partner_only=True)
    made = actions.bring(organisation=partner, schema="ctdc-kanon", name="far.csv", pieces=[csv()], by=her_steward)
    assert sign_in(her_steward).get(reverse("contribution_check", args=[made.pk])).status_code == 200
    assert sign_in(their_steward).get(reverse("contribution_check", args=[made.pk])).status_code == 404


@pytest.mark.parametrize(
    ("name", "methods"),
    [
        ("contributions", {"post", "put", "delete"}),
        ("contribution", {"post", "put", "delete"}),
        ("contribution_progress", {"post"}),
        ("contribution_rejected", {"post"}),
        ("contribution_cancel", {"get"}),
        ("contribution_bring", {"delete"}),
        ("contribution_check", {"put"}),
        ("contribution_withdraw", {"put"}),
    ],
)
def test_the_wrong_method_is_refused(name, methods, waiting, sign_in, her_steward):
    client = sign_in(her_steward)
    address = reverse(name) if name in ("contributions", "contribution_bring") else reverse(name, args=[waiting.pk])
    for method in methods:
        assert getattr(client, method)(address).status_code == 405


def test_without_signing_in_every_page_asks_to(client, waiting):
    for name, method, address in addresses(waiting.pk):
        answer = getattr(client, method)(address)
        assert answer.status_code == 302, name
        assert "/account/login/" in answer.url


def test_an_address_that_leads_nowhere_is_not_found(sign_in, her_steward):
    assert sign_in(her_steward).get(reverse("contribution", args=[uuid.uuid4()])).status_code == 404


def test_reading_and_downloading_are_audit_events(done, sign_in, her_steward, upload, work):
    client = sign_in(her_steward)
    table = making.table("ctdc-kanon", 30).to_dicts()
    table[0]["gender"] = "Madame"
    answer = upload(making.pl.DataFrame(table).write_csv().encode())
    client.post(answer.url, {"relation": "repeats", "go": "import"})
    work()
    latest = Contribution.objects.order_by("-id").first()
    client.get(reverse("contributions"))
    client.get(reverse("contribution", args=[latest.pk]))
    assert client.get(reverse("contribution_rejected", args=[latest.pk])).status_code == 200
    found = set(Event.objects.values_list("action", flat=True))
    assert {"contributions.listed", "contribution.read", "contribution.rejected_downloaded", "contribution.uploaded"} <= found
    assert "Madame" not in str(list(Event.objects.values_list("details", flat=True)))


def test_the_list_asks_the_database_as_often_for_many_as_for_few(
    done, sign_in, her_steward, shelter, django_assert_max_num_queries
):
    client = sign_in(her_steward)
    client.get(reverse("contributions"))
    for number in range(12):
        Contribution.objects.create(organisation=shelter, schema="ctdc-kanon", brought_by=her_steward, sha256=str(number))
    with django_assert_max_num_queries(25):
        client.get(reverse("contributions"))


@pytest.mark.parametrize(("language", "words"), [("fr", "Contributions au fonds commun"), ("es", "Contribuciones al fondo común")])
def test_the_pages_speak_the_readers_language(language, words, done, sign_in, her_steward):
    client = sign_in(her_steward)
    client.cookies["amparo_language"] = language
    assert words in client.get(reverse("contributions")).text


def test_nothing_is_chosen_for_the_steward_before_they_choose(sign_in, her_steward):
    form = sign_in(her_steward).get(reverse("contribution_bring")).context["form"]
    assert not form["organisation"].value()
    assert not form["schema"].value()
    assert [form.fields[name].choices[0][0] for name in ("organisation", "schema")] == ["", ""]


def test_giving_up_a_file_that_was_only_looked_at_speaks_of_no_import(waiting, sign_in, her_steward):
    client = sign_in(her_steward)
    assert "Give it up" in client.get(reverse("contributions")).text
    page = client.post(reverse("contribution_cancel", args=[waiting.pk]), follow=True).text
    assert "It is not imported." in page
    assert "stops at its next step" not in page
    assert "Give it up" not in client.get(reverse("contributions")).text
    assert StoredFile.objects.get().is_erased


def test_an_import_button_stands_only_where_an_import_can_start(upload, client):
    days = making.pl.Series(["31/12/2021", "12/31/2021"])
    frame = making.table("htcds-spreadsheet", 2).with_columns(cas_IncomingReferralDate=days)
    page = client.get(upload(frame.write_csv().encode(), schema="htcds-spreadsheet").url)
    assert page.context["obstacles"]
    assert 'value="import"' not in page.text
    assert "questions above" not in page.text


def test_a_withdrawal_that_meets_a_lost_file_says_what_is_left_and_is_finished_when_the_file_is_back(
    done, client, sign_in, her_steward
):
    [file] = PoolFile.objects.filter(removed_at=None)
    place = vault.path_of(pool.SHELF, file.pk)
    held = place.read_bytes()
    place.unlink()
    answer = sign_in(her_steward).post(reverse("contribution_withdraw", args=[done.pk]), follow=True)
    assert answer.status_code == 200
    assert "missing or damaged" in answer.text
    assert "in every version of it" not in answer.text
    place.write_bytes(held)
    withdrawals.follow()
    assert not place.exists()
    assert pool.read().height == 0


def test_a_withdrawal_that_meets_a_damaged_key_of_a_file_stands_and_is_finished_when_the_key_is_back(done, sign_in, her_steward):
    """It was answered with the page for what does not open, though it had taken effect."""
    [file] = PoolFile.objects.filter(removed_at=None)
    held = bytes(file.wrapped_key)
    PoolFile.objects.filter(pk=file.pk).update(wrapped_key=held[:-1] + bytes([held[-1] ^ 1]))
    answer = sign_in(her_steward).post(reverse("contribution_withdraw", args=[done.pk]), follow=True)
    assert answer.status_code == 200
    assert "missing or damaged" in answer.text
    with pytest.raises(pool.Damaged):  # told to the log; the next round tries again
        withdrawals.follow()
    PoolFile.objects.filter(pk=file.pk).update(wrapped_key=held)
    withdrawals.follow()
    assert pool.read().height == 0
    assert queries.is_rewritten(done)
