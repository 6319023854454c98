"""XLSForm in and out: what is written reads back the same, what others write is read, what changes the questions is refused."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import amparo
from amparo.desk.questions import pack, xlsform
from amparo.desk.questions.form import Kind, as_data, checksum, from_data
from amparo.standard.reasons import Refused

from .making import ask, form

PACKS = Path(amparo.__file__).parent / "demo" / "packs"
WHOLE = form(
    ask("about", "note"),
    ask("home", "group"),
    ask("where", "select_one", list_name="places", within=("home",), hint={"en": "Where now", "fr": "Où"}),
    ask("rooms", "integer", within=("home",), relevant="${where} = 'flat'", constraint=". > 0", secrecy="whereabouts"),
    ask("people", "repeat", within=("home",)),
    ask("age", "decimal", within=("home", "people"), is_required=True, secrecy="family"),
    ask("safe", "answer", maps_to="abduction"),
    ask("since", "date", secrecy="special"),
    ask("signs", "select_multiple", list_name="places"),
)


def workbook(**sheets):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return out.getvalue()


def codes(refused):
    return [one.code for one in refused.value.reasons]


def test_what_is_written_reads_back_the_same():
    back, notes = xlsform.read(xlsform.write(WHOLE, version="3"))
    assert back == WHOLE
    assert notes == ()
    assert from_data(as_data(WHOLE)) == WHOLE
    assert checksum(as_data(WHOLE)) == checksum(as_data(from_data(as_data(WHOLE))))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20), min_size=1, max_size=4))
def test_any_words_survive_the_way_out_and_in(texts):
    """Also those that a spreadsheet would take for a formula."""
    kept = [text.strip() or "x" for text in (*texts, "=1+1", "@SUM(A1)", "-3", "https://example.org")]
    one = form(*(ask(f"q{place}", label={"en": text, "fr": text}) for place, text in enumerate(kept)))
    assert xlsform.read(xlsform.write(one))[0].questions == one.questions


def test_a_form_as_others_write_it_is_read():
    found, notes = xlsform.read(
        workbook(
            survey=[
                ["type", "name", "label::English (en)", "label::Français (fr)", "relevant", "required", "appearance"],
                ["start", "start", "", "", "", "", ""],
                ["begin group", "g", "Part", "Partie", "", "", "field-list"],
                ["select_one yn", "safe", "Safe?", "En sécurité ?", "", "", ""],
                ["text", "why", "Why?", "Pourquoi ?", "${safe} = 'no'", "", ""],
                ["end group", "", "", "", "", "", ""],
            ],
            choices=[
                ["list_name", "name", "label::English (en)", "label::Français (fr)"],
                *(["yn", code, code.title(), code.title()] for code in ("yes", "no", "unknown", "declined")),
            ],
            settings=[["form_title", "form_id", "default_language"], ["Safety", "safety", "French (fr)"]],
        )
    )
    assert (found.code, found.languages) == ("safety", ("fr", "en"))
    assert [(one.name, one.kind, one.within) for one in found.questions] == [
        ("g", Kind.GROUP, ()),
        ("safe", Kind.ANSWER, ("g",)),
        ("why", Kind.TEXT, ("g",)),
    ]
    assert {one.code for one in notes} == {"row_left_out", "column_left_out"}
    assert all(one.secrecy == "special" for one in found.asked())


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("column_changes", [["type", "name", "label::en", "calculation"], ["text", "a", "A", "1 + 1"]]),
        ("unknown_type", [["type", "name", "label::en"], ["geopoint", "a", "A"]]),
        ("unknown_type", [["type", "name", "label::en"], ["select_one_from_file x.csv", "a", "A"]]),
        ("unknown_type", [["type", "name", "label::en"], ["select_one places or_other", "a", "A"]]),
        ("closes_nothing", [["type", "name", "label::en"], ["text", "a", "A"], ["end_group", "", ""]]),
        ("closes_nothing", [["type", "name", "label::en"], ["begin_group", "a", "A"], ["end_repeat", "", ""]]),
        ("left_open", [["type", "name", "label::en"], ["begin_group", "a", "A"], ["text", "b", "B"]]),
        ("required_sometimes", [["type", "name", "label::en", "required"], ["text", "a", "A", "${b} = 'x'"]]),
        ("unknown_secrecy", [["type", "name", "label::en", "amparo_secrecy"], ["text", "a", "A", "open"]]),
    ],
)
def test_what_would_change_the_questions_is_refused_with_its_row(code, rows):
    with pytest.raises(Refused) as refused:
        xlsform.read(workbook(survey=rows))
    assert code in codes(refused)
    assert all(one.say(language) for one in refused.value.reasons for language in ("en", "fr", "es"))


def test_a_workbook_that_is_no_form_is_refused():
    with pytest.raises(Refused) as refused:
        xlsform.read(workbook(People=[["name"], ["x"]]))
    assert codes(refused) == ["no_survey"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nonsense", b"name,label\n", b"\0" * 2000])
def test_a_file_that_is_no_workbook_is_refused(content):
    with pytest.raises(Refused):
        xlsform.read(content)


def test_a_workbook_that_unpacks_to_a_bomb_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", "<workbook/>")
        parts.writestr("xl/worksheets/sheet1.xml", "<sheetData>" + " " * 60_000_000)
    with pytest.raises(Refused):
        xlsform.read(out.getvalue())


def test_a_workbook_with_an_entity_bomb_is_refused():
    whole = xlsform.write(WHOLE)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as parts, zipfile.ZipFile(out, "w") as made:
        for name in parts.namelist():
            held = parts.read(name)
            if name.endswith("sheet1.xml"):
                held = held.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet', 1)
            made.writestr(name, held)
    with pytest.raises(Refused):
        xlsform.read(out.getvalue())


@pytest.mark.parametrize("version", ["costaverde-1", "costaverde-2"])
def test_another_program_reads_the_workbook_without_a_warning(version, tmp_path):
    """pyxform is what data collection on telephones reads XLSForm with; it knows nothing of ours."""
    from pyxform.xls2xform import convert

    read = pack.read(pack.from_folder(PACKS / version), today=date(2026, 3, 2))
    one = from_data(next(piece for piece in read.pieces if piece.kind == "form").content)
    path = tmp_path / "form.xlsx"
    path.write_bytes(xlsform.write(one, version="1"))
    found = convert(str(path), validate=False)
    assert found.warnings == []
    assert 'lang="Arabic (ar)"' in found.xform


def test_another_program_reads_every_sound_form(tmp_path):
    from pyxform.xls2xform import convert

    from .test_rules import GOOD

    path = tmp_path / "form.xlsx"
    for questions in GOOD:
        path.write_bytes(xlsform.write(form(*questions)))
        assert convert(str(path), validate=False).xform
