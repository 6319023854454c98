"""Files made to do harm: whatever is uploaded is data or is refused; nothing runs, nothing lands elsewhere, nothing swells."""

import io
import re
import zipfile
import zlib
from pathlib import Path

import polars as pl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from amparo.desk.contributions.models import Contribution
from amparo.desk.contributions.tests import making
from amparo.desk.files.models import StoredFile

from .test_scripts import running

pytestmark = pytest.mark.django_db
GOOD = making.table(count=5)
TABLE = GOOD.write_csv().encode()
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "kankankankan"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://kan.example/x">%p;]>'
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
PAGE = b"<!doctype html><script>kan()</script>"


def workbook(change=None, **more):
    """Return a true workbook with some of its parts changed and others beside them."""
    made, out = io.BytesIO(), io.BytesIO()
    GOOD.write_excel(made)
    with zipfile.ZipFile(made) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in given.namelist():
            content = given.read(name)
            parts.writestr(name, change(name, content) if change else content)
        for name, content in more.items():
            parts.writestr(name, content)
    return out.getvalue()


def with_type(declared, part):
    """Return a workbook of which one part declares a document type and uses it."""

    def change(name, content):
        if not name.endswith(part):
            return content
        head, _, body = content.partition(b"?>")
        return head + b"?>" + declared + body.replace(b"<t>", b"<t>&a;", 1)

    return workbook(change)


def bomb():
    """Return a workbook of a few hundred kilobytes whose texts unpack to more than a gigabyte."""
    out, part = io.BytesIO(workbook()), zipfile.ZipInfo("xl/media/image1.png")
    part.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "a") as parts, parts.open(part, "w", force_zip64=True) as target:
        for _ in range(1_200):
            target.write(bytes(2**20))
    return out.getvalue()


HARMFUL = {
    **{f"entities in {part}": (with_type(ENTITIES, part), 422) for part in ("sharedStrings.xml", "sheet1.xml")},
    **{f"a look outside from {part}": (with_type(OUTSIDE, part), 422) for part in ("sharedStrings.xml", "sheet1.xml")},
    "a zip bomb": (bomb(), 422),
    "parts that climb": (workbook(**{"../../../../tmp/kan": b"kan", "/etc/kan": b"kan", "xl\\..\\..\\kan": b"kan"}), None),
    "macros": (workbook(**{"xl/vbaProject.bin": b"kan"}), 422),
    "a part twice": (workbook(**{"XL/workbook.xml": b"<kan/>"}), 422),
    "a picture that is a page": (PNG + PAGE, 422),
    "a picture that is an archive": (PNG + workbook(), 422),
    "a page": (PAGE, 422),
    "a page that is a table": (b'"' + PAGE.replace(b'"', b"") + b'",b\n1,2\n', None),
    "a picture as text": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='kan()'/>\n", 422),
    "a document that is a page": (b"%PDF-1.7\n" + PAGE, 422),
    "an archive behind a table": (TABLE + workbook(), 422),
    "a table behind a program": (b"\x7fELF\x02\x01\x01\0" + TABLE, 422),
    "a picture and a script at once": (b"GIF89a/*" + TABLE + b"*/=1;kan()", None),
    "packed twice": (zlib.compress(zlib.compress(TABLE)), 422),
}
NAMES = [
    "../../../etc/cron.d/kan",
    "..\\..\\kan.csv",
    "/etc/passwd",
    "kan.csv\r\nX-Kan: 1",
    "<img src=x onerror=kan()>.csv",
    "kan\u202evsc.exe",
]
NAMES += [
    "a" * 4_000 + ".csv",
    "CON",
    ".htaccess",
    "kan.php",
    "kan.svg",
    "%00kan.csv",
    "%2e%2e%2fkan",
    "~/kan",
    "$(kan).csv",
    "`kan`.csv",
]


@pytest.fixture
def send(sign_in, make_member, shelter):
    """Return a function that uploads bytes under a name and gives the answer."""
    client = sign_in(make_member(shelter, "data_steward"))

    def upload(content, name="partner.csv", kind="text/csv"):
        fields = {"organisation": str(shelter.id), "schema": "ctdc-kanon"}
        return client.post(reverse("contribution_bring"), {**fields, "file": SimpleUploadedFile(name, content, content_type=kind)})

    upload.client = client
    return upload


def beside():
    """Return every file of the site's folder that is not a kept file under a name of its own, and of the folders around."""
    site = Path(settings.SITE_FOLDER)
    kept = re.compile(r"files/stored/[0-9a-f]{2}/[0-9a-f-]{36}|files/\.writing|database\.sqlite3.*|audit/\w+\.\w+")
    inside = {str(file.relative_to(site)) for file in site.rglob("*") if file.is_file()}
    around = {
        str(place) for folder in (site.parent, Path("/tmp"), Path("/etc/cron.d"), Path.cwd()) if (place := folder / "kan").exists()
    }
    around |= {str(file) for file in site.parent.glob("*kan*.csv")}
    return {name for name in inside if not kept.fullmatch(name)} | around


@pytest.mark.parametrize("name", HARMFUL)
def test_a_harmful_file_is_data_or_is_refused(name, send):
    content, status = HARMFUL[name]
    before = beside()
    answer = send(content)
    assert answer.status_code in ((status,) if status else (302, 422)), answer.status_code
    if answer.status_code == 302:
        answer = send.client.get(answer["Location"])
    assert not running(answer.text)
    assert "root:" not in answer.text
    assert "kankankankan" not in answer.text
    assert beside() == before
    assert Contribution.objects.exists() or not StoredFile.objects.filter(erased_at=None).exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_files_name_is_words_and_no_place(name, send):
    before = beside()
    answer = send(TABLE, name)
    assert answer.status_code in (302, 422)
    assert "X-Kan" not in answer
    shown = send.client.get(answer["Location"]) if answer.status_code == 302 else answer
    assert not running(shown.text)
    assert beside() == before


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "../kan", "text/csv; charset=utf-7"]
)
def test_the_type_a_browser_states_changes_nothing(kind, send):
    for content, status in ((TABLE, 302), (PAGE, 422)):
        assert send(content, "kan.html", kind).status_code == status


def test_rejected_rows_come_back_as_a_download_and_never_as_a_page(send, django_capture_on_commit_callbacks):
    """The only words of an uploaded file that leave by an address of their own."""
    from django_tasks_db.models import DBTaskResult

    wrong = GOOD.with_columns(pl.lit("<script>kan()</script>").alias("gender"))
    answer = send(wrong.write_csv().encode())
    with django_capture_on_commit_callbacks(execute=True):
        send.client.post(answer["Location"], {"relation": "repeats", "go": "import"})
    for waiting in DBTaskResult.objects.ready():
        waiting.task.call(*waiting.args_kwargs["args"], **waiting.args_kwargs["kwargs"])
    rejected = send.client.get(reverse("contribution_rejected", args=[Contribution.objects.get().pk]))
    assert "<script>kan()" in b"".join(rejected.streaming_content).decode()
    assert rejected["Content-Disposition"].startswith("attachment;")
    assert rejected["Content-Type"].startswith("text/csv")
    assert rejected["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in rejected["Content-Security-Policy"]
