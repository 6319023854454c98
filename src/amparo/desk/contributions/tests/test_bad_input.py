"""Bad files, by the command and by the page alike: read where they can be, else one clear sentence and nothing half-done."""

import io
import zipfile
from pathlib import Path

import polars as pl
import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from amparo.desk.contributions import pool
from amparo.desk.contributions.models import Contribution
from amparo.desk.contributions.states import State
from amparo.desk.contributions.tests import making
from amparo.desk.files.models import StoredFile
from amparo.standard.reading import LIMIT

pytestmark = pytest.mark.django_db
GOOD = making.table(count=30)
SPREADSHEET = "htcds-spreadsheet"


def csv(frame=GOOD, separator=","):
    return frame.write_csv(separator=separator)


def packed(content=b"nothing", name="notes.txt"):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as parts:
        parts.writestr(name, content)
    return held.getvalue()


def referrals(*days):
    """A spreadsheet with a date of referral in a given spelling, and an accented place so that the encoding matters."""
    frame = making.table(SPREADSHEET, len(days))
    return frame.with_columns(cas_IncomingReferralDate=pl.Series(days))


def excel(frame):
    held = io.BytesIO()
    frame.write_excel(held)
    return held.getvalue()


READABLE = {
    "latin-1": (csv(GOOD.with_columns(pl.lit("Café").alias("note"))).encode("latin-1"), "ctdc-kanon"),
    "utf-16": (csv().encode("utf-16"), "ctdc-kanon"),
    "byte order mark": (b"\xef\xbb\xbf" + csv().encode(), "ctdc-kanon"),
    "semicolons": (csv(separator=";").encode(), "ctdc-kanon"),
    "excel": (excel(GOOD), "ctdc-kanon"),
    "year first": (csv(referrals("2021-12-31", "2022-02-01")).encode(), SPREADSHEET),
    "day first": (csv(referrals("31/12/2021", "01/02/2022")).encode(), SPREADSHEET),
    "month first": (csv(referrals("12/31/2021", "02/01/2022")).encode(), SPREADSHEET),
}
REFUSED = {
    "empty": (b"", "empty"),
    "only a header": (csv(GOOD.head(0)).encode(), "no rows"),
    "a zip": (packed(), "packed file"),
    "cut short": (csv().encode()[: -len(csv()) // 3], "breaks off"),
    "cut within a letter": (csv(GOOD.with_columns(pl.lit("é").alias("note"))).encode()[:-2], "breaks off"),
    "a cut workbook": (excel(GOOD)[:-700], "breaks off"),
    "no table": (b"%PDF-1.7 ...", "no table"),
    "a column twice": (csv().replace("Datasource", "gender", 1).encode(), "stands twice"),
    "another schema": (b"name,place\nx,y\n", "None of the columns"),
}


@pytest.fixture
def command(shelter, tmp_path, capsys, django_capture_on_commit_callbacks):
    """Return a function that runs the command and gives exit code, output and errors."""

    def run(content, schema="ctdc-kanon", language="en", **extra):
        path = tmp_path / "partner.csv"
        path.write_bytes(content)
        code = 0
        with django_capture_on_commit_callbacks(execute=True):
            try:
                call_command("import_file", str(path), schema=schema, organisation=shelter.name, language=language, **extra)
            except SystemExit as end:
                code = end.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def nothing_was_left():
    assert pool.current() is None
    assert not StoredFile.objects.filter(erased_at=None).exists()
    kept = [file for file in (Path(settings.SITE_FOLDER) / "files").rglob("*") if file.is_file() and file.name != ".writing"]
    assert kept == []
    return True


@pytest.mark.parametrize("name", READABLE)
def test_what_can_be_read_is_read_by_the_command(name, command):
    content, schema = READABLE[name]
    extra = {"ignore": ["note"]} if name == "latin-1" else {}
    code, out, err = command(content, schema, **extra)
    assert (code, err) == (0, "")
    assert pool.read().height == Contribution.objects.get().rows_in
    assert "Rejected: 0" in out


@pytest.mark.parametrize("name", READABLE)
def test_what_can_be_read_is_read_by_the_page(name, upload, client, work):
    content, schema = READABLE[name]
    answer = upload(content, schema=schema)
    assert answer.status_code == 302
    assert client.get(answer.url).status_code == 200
    started = client.post(answer.url, {"relation": "repeats", "go": "import"})
    assert started.url.endswith(f"{Contribution.objects.get().id}/")
    work()
    assert Contribution.objects.get().state == State.DONE
    assert pool.read().height == Contribution.objects.get().rows_in


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_by_the_command(name, command):
    content, sentence = REFUSED[name]
    code, _, err = command(content)
    assert code == 2
    assert sentence in err
    assert nothing_was_left()


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_by_the_page(name, upload, client, shelter):
    content, sentence = REFUSED[name]
    answer = upload(content)
    if name == "another schema":
        assert sentence in client.get(answer.url).text
        client.post(answer.url, {"relation": "repeats", "go": "import"})
        assert Contribution.objects.get().state == State.UPLOADED, "the file waits, and nothing comes in"
        return
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{shelter.id}" selected' in answer.text, "the form comes back filled in"
    assert not Contribution.objects.exists()
    assert nothing_was_left()


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "The file is empty"), ("fr", "Le fichier est vide"), ("es", "El archivo está vacío")]
)
def test_the_sentence_is_in_the_readers_language(language, sentence, command, upload, client):
    assert sentence in command(b"", language=language)[2]
    client.cookies["amparo_language"] = language
    assert sentence in upload(b"").text


MISSPELT = {"gender": "gendr", "meansOfControlThreats": "meansOfControlThreat", "isForcedLabour": "isForcedLabor"}


def test_three_misspelt_columns_are_named_with_what_was_meant(command):
    code, out, err = command(csv(GOOD.rename(MISSPELT)).encode())
    assert code == 2
    for right, wrong in MISSPELT.items():
        assert f"The column “{wrong}” is not part of this schema. Did you mean “{right}”?" in err
    assert out
    assert nothing_was_left()
    again, _, _ = command(csv(GOOD.rename(MISSPELT)).encode(), rename=[f"{wrong}={right}" for right, wrong in MISSPELT.items()])
    assert again == 0
    assert pool.read().height == 30


def test_three_misspelt_columns_are_put_right_on_the_page(upload, client, work):
    answer = upload(csv(GOOD.rename(MISSPELT)).encode())
    form = client.get(answer.url).context["form"]
    proposed = {field.label: field.value() for field in form if field.name.startswith("column_")}
    assert proposed == {f"Column “{wrong}”": right for right, wrong in MISSPELT.items()}
    said = {field.html_name: field.value() for field in form if field.value() is not None}
    client.post(answer.url, {**said, "go": "import"})
    work()
    assert pool.read().height == 30
    assert pool.read()["gender"].null_count() == GOOD["gender"].eq("-99").sum()


def test_an_unknown_column_is_asked_about_and_may_tell_persons_apart(upload, client, work):
    frame = GOOD.with_columns(ref=pl.Series([f"P{row // 2}" for row in range(30)]))
    answer = upload(csv(frame).encode())
    page = client.get(answer.url)
    assert "The column “ref” is not part of this schema" in page.text
    client.post(answer.url, {"column_0": "*person", "relation": "repeats", "go": "import"})
    work()
    assert pool.read()["person_key"].n_unique() == 15


def test_an_unknown_column_stops_the_command_until_it_is_left_out(command):
    frame = csv(GOOD.with_columns(ref=pl.lit("x"))).encode()
    assert command(frame)[0] == 2
    assert command(frame, ignore=["ref"])[0] == 0


def test_ambiguous_dates_are_asked_about(upload, client, work, command):
    content = csv(referrals("01/02/2021", "03/04/2022")).encode()
    answer = upload(content, schema=SPREADSHEET)
    page = client.get(answer.url)
    assert "day first or month first" in page.text
    client.post(answer.url, {"order_0": "month-first", "relation": "repeats", "go": "import"})
    work()
    assert sorted(pool.read()["registration_year"]) == ["2021", "2022"]
    code, _, err = command(content, SPREADSHEET)
    assert code == 2
    assert "day first or month first" in err
    assert command(content, SPREADSHEET, date_order=["cas_IncomingReferralDate=day-first"])[0] == 0


CELLS = {
    "a formula": ({"gender": "=1+1"}, 1),
    "a hidden formula": ({"gender": "@SUM(A1)"}, 1),
    "-99": ({"citizenship": "-99", "gender": "-99"}, 0),
    "0 as country": ({"citizenship": "0"}, 0),
    "an unknown country": ({"citizenship": "ZZ"}, 1),
    "a year of two digits": ({"yearOfRegistration": "21"}, 1),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_that_does_not_fit_rejects_its_row_alone(name, command, upload, client, work):
    cells, rejected = CELLS[name]
    table = GOOD.to_dicts()
    table[7] |= cells
    content = csv(pl.DataFrame(table, schema=GOOD.schema)).encode()
    assert command(content)[0] == 0
    by_command = Contribution.objects.get()
    assert (by_command.rows_in, by_command.rows_rejected, by_command.rows_accepted) == (30, rejected, 30 - rejected)
    answer = upload(content)
    assert client.get(answer.url).status_code == 200
    client.post(answer.url, {"relation": "repeats", "go": "import"})
    work()
    by_page = Contribution.objects.exclude(pk=by_command.pk).get()
    assert (by_page.rows_rejected, by_page.rows_added, by_page.rows_known) == (rejected, 0, 30 - rejected)


def test_blank_is_blank_and_a_literal_0_stays_what_the_file_said(command):
    table = GOOD.head(2).with_columns(citizenship=pl.Series(["0", "-99"])).write_csv().encode()
    assert command(table)[0] == 0
    assert sorted(pool.read()["citizenship"].to_list(), key=str) == ["0", None]


def test_the_rejected_rows_come_back_harmless_with_row_column_and_reason(command, upload, client, work, tmp_path):
    table = GOOD.to_dicts()
    table[3] |= {"gender": '=HYPERLINK("http://x")'}
    table[9] |= {"citizenship": "ZZ"}
    content = csv(pl.DataFrame(table, schema=GOOD.schema)).encode()
    out = tmp_path / "rejected.csv"
    assert command(content, rejected=out)[0] == 0
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "Row,Column,Value,Reason"
    assert lines[1].startswith("4,gender,\"'=HYPERLINK")
    assert lines[2].startswith("10,citizenship,ZZ,")
    answer = upload(content)
    client.post(answer.url, {"relation": "repeats", "go": "import"})
    work()
    made = Contribution.objects.order_by("-id").first()
    client.cookies["amparo_language"] = "es"
    got = client.get(reverse("contribution_rejected", args=[made.pk]))
    assert got["Content-Disposition"].startswith("attachment")
    assert got["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got["Content-Security-Policy"]
    text = b"".join(got.streaming_content).decode("utf-8-sig")
    assert "4,gender,\"'=HYPERLINK" in text
    assert text.splitlines()[0] == "Fila,Columna,Valor,Motivo"


def test_two_gigabytes_are_refused_before_they_are_read(shelter, tmp_path, capsys):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(2 * 2**30)
    with pytest.raises(SystemExit) as end:
        call_command("import_file", str(path), schema="ctdc-kanon", organisation=shelter.name)
    assert end.value.code == 2
    assert "2048 MB" in capsys.readouterr().err
    assert nothing_was_left()


class Unread(io.RawIOBase):
    """A body that announces two gigabytes and fails the test when more than its beginning is read."""

    def __init__(self, beginning):
        self.held, self.read_so_far = io.BytesIO(beginning), 0

    def read(self, size=-1):
        assert size < 2**20
        piece = self.held.read(size)
        self.read_so_far += len(piece)
        assert piece, "the rest was asked for although it is too large"
        return piece


def test_a_page_refuses_two_gigabytes_at_once_and_keeps_what_was_chosen(sign_in, her_steward, shelter):
    client = sign_in(her_steward)
    fields = {"organisation": str(shelter.id), "schema": "ctdc-kanon-7"}
    parts = [f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    parts.append('--B\r\nContent-Disposition: form-data; name="file"; filename="large.csv"\r\n\r\n' + "x" * 200_000)
    body = Unread("".join(parts).encode())
    answer = client.generic(
        "POST",
        reverse("contribution_bring"),
        CONTENT_TYPE="multipart/form-data; boundary=B",
        **{"wsgi.input": body, "CONTENT_LENGTH": str(2 * 2**30)},
    )
    assert answer.status_code == 422
    assert f"larger than {LIMIT // 2**20} MB" in answer.context["form"].errors["file"][0]
    assert len(answer.context["form"].errors["file"]) == 1
    assert body.read_so_far < 2**20
    assert 'value="ctdc-kanon-7" selected' in answer.text
    assert nothing_was_left()


def test_an_unknown_organisation_or_schema_is_named(command, shelter, tmp_path, capsys):
    path = making.write(tmp_path, GOOD)
    with pytest.raises(SystemExit):
        call_command("import_file", str(path), schema="ctdc-kanon", organisation="Nobody")
    said = capsys.readouterr().err
    assert "“Nobody”" in said
    assert shelter.name in said
    code, _, err = command(csv().encode(), schema="no-such")
    assert code == 2
    assert "ctdc-kanon-7" in err


def test_a_file_without_header_leaves_no_cell_in_clear(command, shelter):
    """Its first row stands where the names of columns should be: it is told to its owner, and kept sealed."""
    code, _, err = command(b"gender,Quintanarroyo,Marisol\nFemale,x,y\n")
    assert code == 2
    assert "Quintanarroyo" in err
    refused = Contribution.objects.get()
    assert refused.refusals
    assert b"Quintanarroyo" not in making.everything_in_the_database()
