"""Country packs: a folder or a zip is read whole or refused with every reason; nothing climbs out or is passed over."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import amparo
from amparo.cli import main
from amparo.desk.questions import documents, pack, xlsform
from amparo.desk.questions.form import from_data
from amparo.standard.reasons import LANGUAGES, Refused

TODAY = date(2026, 3, 2)
PACKS = Path(amparo.__file__).parent / "demo" / "packs"
FILES = pack.from_folder(PACKS / "costaverde-1")


def read(**changes):
    """Return the demo's pack with some files other than they are; None takes one away."""
    held = {**FILES, **{name.replace("__", "/"): text.encode() if text is not None else None for name, text in changes.items()}}
    return pack.read({name: text for name, text in held.items() if text is not None}, today=TODAY)


def codes(found):
    assert all(one.say(language) for one in found.wrong for language in LANGUAGES)
    return {one.code for one in found.wrong}


@pytest.mark.parametrize("name", ["costaverde-1", "costaverde-2"])
def test_the_demonstrations_packs_are_sound(name):
    found = pack.read(pack.from_folder(PACKS / name), today=TODAY)
    assert found.wrong == ()
    assert {one.kind for one in found.pieces} == {"form", "codes", "indicators", "template"}
    form = from_data(next(one for one in found.pieces if one.kind == "form").content)
    assert form.languages == ("en", "fr", "es", "ar")
    assert xlsform.read(xlsform.write(form))[0] == form


def test_a_zip_of_the_folder_holds_the_same():
    whole = pack.zipped(FILES)
    assert pack.zipped(FILES) == whole
    assert pack.from_zip(whole) == FILES
    topped = pack.zipped({f"costaverde/{name}": held for name, held in FILES.items()})
    assert pack.from_zip(topped) == FILES


PACK = FILES["pack.toml"].decode()
FORM = FILES["forms/living.toml"].decode()
NEEDS = FILES["lists/needs.csv"].decode()
EXTRA = FILES["lists/forms_added.csv"].decode()
SIGNS = FILES["indicators/orchards.csv"].decode()
PAPER = FILES["templates/presumed_status.toml"].decode()


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("bad_toml", {"forms__living.toml": "[[questions"}),
        ("pack_key", {"forms__living.toml": FORM + '\n[[questions]]\ntype = "text"\nname = "x"\nshow_if = "y"\n'}),
        ("pack_key", {"pack.toml": "colour = 'green'\n" + PACK}),
        ("pack_language", {"pack.toml": "country = 'XC'\nversion = '1'\n"}),
        ("unknown_type", {"forms__living.toml": FORM.replace('type = "date"', 'type = "photo"')}),
        ("unknown_secrecy", {"forms__living.toml": FORM.replace('secrecy = "health"', 'secrecy = "none"')}),
        ("pack_list", {"lists__needs.csv": None}),
        ("bad_csv", {"lists__needs.csv": "code,label_en\nfood\n"}),
        ("choice_twice", {"lists__needs.csv": NEEDS + NEEDS.splitlines()[1] + "\n"}),
        ("no_day", {"lists__needs.csv": NEEDS.replace("maps_to", "valid_from", 1) + "a,b,c,d,e,soon\n"}),
        ("list_unused", {"lists__spare.csv": NEEDS}),
        ("bad_file", {"scripts__run.py": "print()"}),
        ("bad_file", {"forms__deep__x.toml": ""}),
        ("code_known", {"lists__forms_added.csv": EXTRA.replace("ForcedGuarding", "ForcedLabour", 1)}),
        ("code_maps_nowhere", {"lists__forms_added.csv": EXTRA.replace(",ForcedLabour", ",Nothing")}),
        ("code_known", {"lists__forms_added.csv": EXTRA.replace("ForcedGuarding", "forcedlabour", 1)}),
        ("bad_added_code", {"lists__forms_added.csv": EXTRA.replace("ForcedGuarding", "Forced_Guarding", 1)}),
        ("code_maps_nowhere", {"lists__forms_added.csv": EXTRA.replace(",ForcedLabour", ",")}),
        (
            "code_added_twice",
            {"lists__more.csv": EXTRA, "pack.toml": PACK.replace("[extends]", '[extends]\nmore = "exploitation"')},
        ),
        ("list_kept_elsewhere", {"pack.toml": PACK.replace('"exploitation"', '"country"')}),
        ("list_decides", {"pack.toml": PACK.replace('"exploitation"', '"majority"')}),
        ("list_not_asked", {"pack.toml": PACK.replace('"exploitation"', '"vulnerability"')}),
        ("unknown_extended", {"pack.toml": PACK.replace('"exploitation"', '"nothing"')}),
        ("indicator_strength", {"indicators__orchards.csv": SIGNS.replace("supporting", "weak")}),
        ("indicator_phase", {"indicators__orchards.csv": SIGNS.replace("exploitation", "later")}),
        (
            "set_title",
            {"pack.toml": FILES["pack.toml"].decode().replace('es = "Trabajo en huertos', 'xx = "Trabajo en huertos')},
        ),
        ("no_question", {"indicators__orchards.csv": SIGNS.replace("question_fr", "question_xx")}),
        ("template_field", {"templates__presumed_status.toml": PAPER.replace("person.birth_date", "person.address")}),
        ("template_field", {"templates__presumed_status.toml": PAPER.replace("{office.name}", "{person.key_id}")}),
        ("template_kind", {"templates__presumed_status.toml": PAPER.replace('"signature"', '"script"')}),
        ("no_text", {"templates__presumed_status.toml": PAPER.replace("fr =", "de =")}),
        ("no_label", {"forms__living.toml": FORM.replace('ar = "', 'xx = "')}),
    ],
)
def test_what_is_wrong_in_a_pack_is_found_and_said(code, changes):
    assert code in codes(read(**changes))


PLAIN = "country = 'XC'\nversion = '1'\nlanguages = ['en']\n"
ASKS = "title = {en = 'F'}\n[[questions]]\nname = 'a'\ntype = 'integer'\nlabel = {en = 'x'}\n"


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("bad_toml", {"pack.toml": PLAIN + "source = " + "[" * 5000 + "]" * 5000}),
        ("bad_toml", {"pack.toml": PLAIN + "x = " + "9" * 5000}),
        ("pack_key", {"pack.toml": "country = 0x" + "f" * 9000 + "\nversion = '1'\nlanguages = ['en']\n"}),
        ("pack_key", {"pack.toml": "country = 2020-01-01\nversion = '1'\nlanguages = ['en']\n"}),
        ("pack_key", {"pack.toml": PLAIN.replace("['en']", "5")}),
        ("pack_key", {"pack.toml": PLAIN + "extends = 5\n"}),
        ("pack_key", {"pack.toml": PLAIN + "extends = {a = 5.5}\n"}),
        ("pack_key", {"forms/a.toml": "languages = 5\nquestions = []"}),
        ("pack_key", {"forms/a.toml": "languages = [5]\nquestions = []"}),
        ("pack_key", {"forms/a.toml": "questions = 5"}),
        ("pack_key", {"forms/a.toml": ASKS + "required = 'yes'\n"}),
        ("pack_key", {"forms/a.toml": ASKS + "hint = 5\n"}),
        ("pack_key", {"forms/a.toml": ASKS.replace("'x'", "'x\0'").replace("'", '"').replace("\0", "\\u0000")}),
        ("pack_key", {"templates/a.toml": "pieces = 5"}),
        ("pack_key", {"templates/a.toml": "[[pieces]]\nkind = 'fields'\nfields = 5"}),
        ("bad_csv", {"lists/a.csv": "code,label_en\na\0,b\n"}),
        ("bad_csv", {"lists/a.csv": "code,label_en\n" + "a" * 200_000 + ",b\n"}),
    ],
)
def test_a_value_of_another_type_is_a_reason_and_no_fault(code, files):
    found = pack.read({name: text.encode() for name, text in ({"pack.toml": PLAIN} | files).items()}, today=TODAY)
    assert code in codes(found)


@pytest.mark.parametrize("other", ["'NaN'", "'sNaN'", "'Infinity'", "'1E999999'", "date('0001-01-01')", "date('9999-12-31')"])
@pytest.mark.parametrize("kind", ["integer", "decimal", "date", "text"])
@pytest.mark.parametrize("sign", ["!=", ">", "="])
def test_a_condition_may_name_any_value(other, kind, sign):
    text = ASKS.replace("integer", kind) + f'constraint = ". {sign} {other}"\nconstraint_message = {{en = "m"}}\n'
    found = pack.read({"pack.toml": PLAIN.encode(), "forms/a.toml": text.encode()}, today=TODAY)
    assert codes(found) <= {"never_answered"}


STRANGE = [
    *("5", "-0.5", "true", "[]", "{}", "[5]", "{en = 5}", "2020-01-01", "inf", "nan", "''", '"\\u0000"', "0x" + "f" * 6000),
    *("9" * 5000, "[" * 3000 + "]" * 3000, "'NaN'", "'${a} > 5'", "'${a'", "{a = {b = {}}}", "'" + "(" * 900 + "'", "'.'"),
]


@st.composite
def spoilt(draw):
    """Return the demo's pack with something in it otherwise: bytes, a line, a value, a whole file."""
    held = dict(FILES)
    for _time in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(held)))
        text = held[name]
        match draw(st.sampled_from(["value", "value", "line", "bytes", "file"])):
            case "value":
                lines = text.decode(errors="replace").splitlines()
                told = [place for place, line in enumerate(lines) if " = " in line]
                if told:
                    place = draw(st.sampled_from(told))
                    lines[place] = lines[place].partition(" = ")[0] + " = " + draw(st.sampled_from(STRANGE))
                held[name] = "\n".join(lines).encode()
            case "line":
                lines = text.splitlines()
                at, other = (draw(st.integers(0, max(0, len(lines) - 1))) for _side in range(2))
                lines[at : at + 1] = lines[other : other + 2]
                held[name] = b"\n".join(lines)
            case "bytes":
                at = draw(st.integers(0, len(text)))
                held[name] = text[:at] + draw(st.binary(max_size=6)) + text[at + draw(st.integers(0, 9)) :]
            case "file":
                held[name] = held[draw(st.sampled_from(sorted(held)))]
    return held


@settings(max_examples=200, deadline=None)
@given(spoilt())
def test_a_pack_is_taken_or_refused_with_reasons_whatever_stands_in_it(files):
    try:
        found = pack.read(pack.from_zip(pack.zipped(files)), today=TODAY)
    except Refused:
        return
    codes(found)
    if not found.wrong:
        for one in found.pieces:
            assert "\\u0000" not in json.dumps(one.content)


def test_no_form_can_name_what_a_document_may_not_show():
    assert "person.address" not in documents.FIELDS
    assert documents.filled("{case.number} {x}", {"case.number": "<b>"}) == "<b> "


def bomb(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, held in entries:
            parts.writestr(name, held)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        bomb([("readme.txt", "x")]),
        bomb([("pack.toml", PACK), ("../../etc/x.toml", "x")]),
        bomb([("pack.toml", PACK), ("/abs.toml", "x")]),
        bomb([("pack.toml", PACK), ("lists/big.csv", b"0" * (9 * 1024 * 1024))]),
        bomb([("pack.toml", PACK), *((f"lists/{place}.csv", "code") for place in range(250))]),
    ],
)
def test_a_hostile_zip_is_refused(content):
    with pytest.raises(Refused):
        pack.read(pack.from_zip(content), today=TODAY)


def test_a_link_in_a_folder_is_not_followed(tmp_path):
    (tmp_path / "forms").mkdir()
    (tmp_path / "pack.toml").write_text(PACK)
    (tmp_path / "forms" / "secret.toml").symlink_to("/etc/passwd")
    assert set(pack.from_folder(tmp_path)) == {"pack.toml"}


def test_the_command_checks_a_folder_a_zip_and_a_workbook(tmp_path, capsys):
    whole, broken, sheet = tmp_path / "pack.zip", tmp_path / "broken.zip", tmp_path / "living.xlsx"
    whole.write_bytes(pack.zipped(FILES))
    broken.write_bytes(pack.zipped({**FILES, "forms/living.toml": FORM.replace("${safe} = 'no'", "${safe} = 'never'").encode()}))
    form = from_data(next(one for one in read().pieces if one.kind == "form").content)
    sheet.write_bytes(xlsform.write(form))
    assert main(["country", "check", str(PACKS / "costaverde-1")]) == 0
    assert main(["country", "check", str(whole)]) == 0
    assert main(["country", "check", str(sheet)]) == 0
    assert main(["country", "check", str(broken), "--language", "fr"]) == 1
    assert "n’a pas de code « never »" in capsys.readouterr().out
    assert main(["country", "check", str(tmp_path / "none.zip")]) == 2
