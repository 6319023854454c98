"""Documents on a record: encrypted, told by their bytes, never shown as they came, gone for good when removed or erased."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from PIL import Image, PngImagePlugin

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, erasing, filing, holds
from amparo.desk.cases.models import Case, Document
from amparo.desk.core import keys
from amparo.desk.core.ids import uuid7
from amparo.desk.files import actions as files
from amparo.desk.files import painting, vault
from amparo.desk.files.models import StoredFile

DAY = date(2026, 3, 2)
PDF = b"%PDF-1.7\n1 0 obj <</OpenAction <</S /JavaScript /JS (kan)>>>> endobj\n"


def picture(form="JPEG", size=(60, 40), **more):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **more)
    return out.getvalue()


def located():
    """Return a photograph that tells where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "KanaryaCam"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return picture(exif=exif)


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Amarena"})


def add(case, by, content=PDF, **more):
    return filing.add(case=case, by=by, **({"kind": "court", "name": "Amarena.pdf", "pieces": [content]} | more))


def upload(client, case, content, name="x.pdf", **more):
    address = reverse("case_documents", args=[case.number])
    sent = {"kind": "court", "words": "The order", "guarded": "", "file": SimpleUploadedFile(name, content)} | more
    return client.post(address, sent)


def test_a_document_lies_encrypted_and_comes_back_as_a_download(a_case, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    assert upload(client, a_case, PDF, name="Amarena.pdf").status_code == 302
    row = Document.objects.get()
    assert b"OpenAction" not in vault.path_of(files.SHELF, row.file_id).read_bytes()
    assert b"Amarena" not in bytes(StoredFile.objects.get().sealed_name)
    answer = client.get(reverse("case_document", args=[a_case.number, row.pk]))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert "Amarena" not in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert Event.objects.filter(action="document.opened").count() == 1
    assert "The order" in client.get(reverse("case_documents", args=[a_case.number])).content.decode()


HOSTILE = {
    "page": b"<!doctype html><script>kan()</script>",
    "drawing": b'<svg xmlns="http://www.w3.org/2000/svg" onload="kan()"/>',
    "archive": b"PK\x03\x04" + bytes(200),
    "program": b"\x7fELF" + bytes(200),
    "table": b"a,b\n1,2\n",
    "nothing": b"",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_paper_and_no_picture_is_refused_whatever_its_name_says(a_case, her_caseworker, sign_in, content):
    refused = upload(sign_in(her_caseworker), a_case, content, name="scan.pdf")
    assert refused.status_code == 422
    assert "The order" in refused.content.decode()
    assert not Document.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_file_too_large_is_refused(a_case, her_caseworker, sign_in, monkeypatch):
    monkeypatch.setattr(filing, "LARGEST", 20)
    assert upload(sign_in(her_caseworker), a_case, PDF).status_code == 422


def test_a_photograph_is_painted_anew_without_where_it_was_taken(a_case, her_caseworker, sign_in):
    client, given = sign_in(her_caseworker), located()
    assert b"KanaryaCam" in given
    assert upload(client, a_case, given, kind="photo").status_code == 302
    row = Document.objects.get()
    answer = client.get(reverse("case_photo", args=[a_case.number, row.pk]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert b"KanaryaCam" not in answer.content
    assert b"Exif" not in answer.content
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert Event.objects.filter(action="document.opened", details__kind="photo_shown").count() == 1


def test_nothing_that_the_camera_wrote_is_kept_of_a_photograph(a_case, her_caseworker, sign_in):
    row = add(a_case, her_caseworker, located(), kind="photo")
    assert StoredFile.objects.count() == 1
    assert row.file == row.picture
    answer = sign_in(her_caseworker).get(reverse("case_document", args=[a_case.number, row.pk]))
    got = b"".join(answer.streaming_content)
    assert got == b"".join(files.read(row.picture))
    assert b"KanaryaCam" not in got


def test_other_pictures_lose_what_stands_beside_the_pixels(a_case, her_caseworker):
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "KanaryaCam")
    for given in (located() + b"KanaryaCam behind the end", picture("PNG", pnginfo=told), picture(comment=b"KanaryaCam")):
        assert b"KanaryaCam" in given
        row = add(a_case, her_caseworker, given, kind="court")
        kept = b"".join(files.read(row.file))
        assert b"KanaryaCam" not in kept
        assert Image.open(io.BytesIO(kept)).tobytes() == Image.open(io.BytesIO(given)).tobytes()
    with pytest.raises(Denied, match="not_a_picture"):
        add(a_case, her_caseworker, picture()[:200], kind="court")


def test_pictures_made_to_do_harm_are_refused_and_hurt_nobody():
    bomb = picture("PNG", (9000, 9000))
    for content in (bomb, b"\x89PNG\r\n\x1a\n" + bytes(64), picture()[:80], b"\xff\xd8\xff" + b"<script>kan()</script>"):
        with pytest.raises(painting.NoPicture):
            painting.paint([content])
    assert Image.open(io.BytesIO(painting.paint([picture("PNG", (3000, 1000))]))).size == (900, 300)


def test_a_page_shows_the_photograph_only_when_asked_and_never_in_shoulder_mode(a_case, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    row = add(a_case, her_caseworker, located(), kind="photo")
    page, source = reverse("case_documents", args=[a_case.number]), reverse("case_photo", args=[a_case.number, row.pk])
    assert source not in client.get(page).content.decode()
    assert source in client.get(page, {"photo": "1"}).content.decode()
    client.post(reverse("shoulder"), {"on": "yes", "next": page})
    hidden = client.get(page, {"photo": "1"}).content.decode()
    assert source not in hidden
    assert "Not shown in shoulder mode" in hidden
    assert client.get(source).status_code == 404


def test_a_new_photograph_takes_the_place_of_the_one_before(a_case, her_caseworker):
    old = add(a_case, her_caseworker, picture(), kind="photo")
    new = add(a_case, her_caseworker, picture("PNG"), kind="photo")
    old.refresh_from_db()
    assert old.removed_at
    assert old.file.is_erased
    assert old.picture.is_erased
    assert filing.photo_of(a_case, her_caseworker) == new
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.filter(pk=old.pk).update(removed_at=None, removed_by=None)


def test_who_does_not_see_the_name_sees_no_face(a_case, her_caseworker, make_member, shelter, sign_in):
    supervisor, warden = make_member(shelter, "supervisor"), make_member(shelter, "shelter_staff")
    actions.join_team(case=a_case, by=supervisor, member=warden, role="shelter", since=DAY)
    row = add(a_case, her_caseworker, picture(), kind="photo")
    client = sign_in(warden)
    assert (
        reverse("case_photo", args=[a_case.number, row.pk])
        not in client.get(reverse("case_documents", args=[a_case.number]), {"photo": "1"}).content.decode()
    )
    for view in ("case_photo", "case_document", "case_document_remove"):
        assert client.get(reverse(view, args=[a_case.number, row.pk])).status_code == 404
    with pytest.raises(Denied, match="field_withheld"):
        add(Case.objects.get(), warden, picture(), kind="photo")


@pytest.mark.parametrize(
    ("guarded", "readers"), [("health", {"health"}), ("account", {"lawyer"}), ("few", set()), ("", {"health", "lawyer"})]
)
def test_a_guarded_document_opens_to_its_readers_and_is_not_even_listed_to_others(
    a_case, her_caseworker, make_member, shelter, sign_in, guarded, readers
):
    supervisor = make_member(shelter, "supervisor")
    row = add(a_case, her_caseworker, kind="medical", guarded=guarded, words="Report")
    for role in ("health", "lawyer"):
        member = make_member(shelter, role)
        actions.join_team(case=a_case, by=supervisor, member=member, role="other", since=DAY)
        client, sees = sign_in(member), role in readers
        assert ("Report" in client.get(reverse("case_documents", args=[a_case.number])).content.decode()) is sees
        found = client.get(reverse("case_document", args=[a_case.number, row.pk]))
        assert (found.status_code == 200) is sees
    told = Event.objects.get(action="document.added").details
    assert told == ({} if guarded else {"kind": "medical"})


def test_strangers_get_nothing(a_case, her_caseworker, the_partner, the_outsider, make_member, shelter, sign_in):
    row = add(a_case, her_caseworker)
    for member in (the_partner, the_outsider, make_member(shelter, "caseworker")):
        assert sign_in(member).get(reverse("case_document", args=[a_case.number, row.pk])).status_code in (403, 404)


def test_a_paper_of_one_case_is_not_another_cases(a_case, her_caseworker, make_member, shelter, sign_in):
    from .test_life import again

    supervisor = make_member(shelter, "supervisor")
    row = add(a_case, her_caseworker)
    photo = add(a_case, her_caseworker, picture(), kind="photo")
    ended = actions.move(case=a_case, by=supervisor, to=actions.Stage.CLOSED, on=DAY, reason="Settled")
    made = again(ended, supervisor)
    client = sign_in(supervisor)
    assert client.get(reverse("case_document", args=[made.number, row.pk])).status_code == 404
    assert client.get(reverse("case_photo", args=[made.number, photo.pk])).status_code == 200, "a face is the person’s"


def test_removed_means_gone_with_a_reason_and_not_while_a_hold_stands(a_case, her_caseworker, make_member, shelter, sign_in):
    supervisor, row = make_member(shelter, "supervisor"), add(a_case, her_caseworker)
    client, address = sign_in(her_caseworker), reverse("case_document_remove", args=[a_case.number, row.pk])
    hold = holds.place(case=a_case, by=supervisor, authority="Court", reference="7", reason="Trial", row_id=uuid7())
    assert client.post(address, {"why": "Filed twice"}).status_code == 422
    holds.lift(hold=hold, case=a_case, by=make_member(shelter, "supervisor"), reason="Over")
    assert client.post(address, {"why": " "}).status_code == 422
    assert client.post(address, {"why": "Filed twice"}).status_code == 302
    row.refresh_from_db()
    assert row.removed_why == "Filed twice"
    assert row.file.is_erased
    with pytest.raises(keys.KeyDestroyed):
        list(files.read(row.file))
    assert client.get(reverse("case_document", args=[a_case.number, row.pk])).status_code == 404


def test_an_erasure_takes_files_and_words(a_case, her_caseworker, make_member, shelter, django_capture_on_commit_callbacks):
    row = add(a_case, her_caseworker, picture(), kind="photo", words="In the yard")
    paths = [vault.path_of(files.SHELF, file) for file in (row.file_id, row.picture_id)]
    assert all(path.exists() for path in paths)
    supervisor = make_member(shelter, "supervisor")
    with django_capture_on_commit_callbacks(execute=True):
        erasing.erase(person=a_case.person, asked_by=supervisor, confirmed_by=her_caseworker, ground=erasing.Ground.PERSON_ASKED)
    keys.forget_opened()
    assert not any(path.exists() for path in paths)
    assert Document.objects.get().words == ""


def test_nothing_is_left_on_the_disk_where_the_row_is_refused(a_case, her_caseworker, monkeypatch, settings):
    monkeypatch.setattr(filing.audit, "record", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        add(a_case, her_caseworker)
    assert not [path for path in (settings.SITE_FOLDER / "files" / "stored").rglob("*") if path.is_file()]


def test_posted_twice_it_is_one_document(a_case, her_caseworker):
    row_id = uuid7()
    assert add(a_case, her_caseworker, row_id=row_id) == add(a_case, her_caseworker, row_id=row_id)
    with pytest.raises(Denied, match="posted_otherwise"):
        add(a_case, her_caseworker, row_id=row_id, words="Other")


def test_documents_are_filed_after_the_end_too_but_not_by_emergency(a_case, her_caseworker, make_member, shelter):
    from amparo.desk.cases import emergencies

    supervisor, hurried = make_member(shelter, "supervisor"), make_member(shelter, "caseworker")
    actions.move(case=a_case, by=supervisor, to=actions.Stage.CLOSED, on=DAY, reason="Settled")
    assert add(Case.objects.get(), her_caseworker)
    emergencies.break_glass(by=hurried, called=a_case.number, reason="danger")
    with pytest.raises(Denied, match="emergency_only_reads"):
        add(Case.objects.get(), hurried)


def test_nothing_of_a_document_stands_in_clear(a_case, her_caseworker):
    add(a_case, her_caseworker, words="Kanarya word", name="Kanarya.pdf")
    with connection.cursor() as cursor:
        for table in ("cases_document", "files_storedfile"):
            cursor.execute(f"SELECT * FROM {table}")
            assert b"Kanarya" not in b"".join(bytes(c) for r in cursor.fetchall() for c in r if isinstance(c, bytes | memoryview))
