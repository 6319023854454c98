"""Every kind of file that offices send: read whole, or refused with a reason that says what to do."""

import contextlib
import gzip
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.standard import apart, reading, schemas, splitting, tables, untrusted, writing
from amparo.standard.reading import Form, read_table, read_text
from amparo.standard.reasons import LANGUAGES, Refused
from amparo.standard.tests.generating import table

SEVEN = schemas.load("ctdc-kanon-7")
HEADER = ",".join(SEVEN.names)
ROW = "2016,Female,9--17,UA,0.0,1.0,PL"
FILE = f"{HEADER}\n{ROW}\n{ROW.replace('UA', 'MD')}\n"


def refusal(content, tmp_path, **options):
    path = tmp_path / "cases"
    path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        read_table(path, **options)
    for language in LANGUAGES:
        assert refused.value.say(language)
    return [(reason.code, reason.where) for reason in refused.value.reasons]


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", False),
        ("utf-8", True),
        ("utf-16-le", False),
        ("utf-16-le", True),
        ("utf-16-be", False),
        ("utf-16-be", True),
        ("utf-32-le", True),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_line_ends_and_separators_are_found_in_the_file(bom, encoding, newline, separator):
    text = FILE.replace(",", separator).replace("\n", newline)
    content = ("\ufeff" * bom + text).encode(encoding)
    found = read_text(content)
    assert found.frame.columns == list(SEVEN.names)
    assert found.frame["citizenship"].to_list() == ["UA", "MD"]
    assert found.found.has_bom == bom
    assert found.found.separator == separator
    assert found.found.encoding.startswith(encoding.removesuffix("-le").removesuffix("-be")[:6])


@pytest.mark.parametrize(
    ("encoding", "word"), [("latin-1", "Espa\xf1a"), ("cp1252", "Espa\xf1a \u2019"), ("utf-8", "Espa\xf1a \u2019")]
)
def test_accents_survive(encoding, word):
    found = read_text(f"name;country\na;{word}\n".encode(encoding))
    assert found.frame["country"].to_list() == [word]
    assert found.found.encoding == encoding


def test_latin_1_that_ends_on_an_accent_is_not_taken_for_a_cut_file():
    assert read_text("a,b\n1,caf\xe9".encode("latin-1")).frame["b"].to_list() == ["caf\xe9"]


def test_the_sep_line_of_excel_is_understood():
    assert read_text(("sep=;\n" + FILE.replace(",", ";")).encode()).frame.height == 2


def test_quotes_hold_separators_newlines_and_quotes():
    found = read_text(b'a,b\n"1,2","line\nbreak ""said"""\nx,\n')
    assert found.frame.rows() == [("1,2", 'line\nbreak "said"'), ("x", None)]


def test_one_column_keeps_its_blank_cells():
    assert read_text(b"gender\nFemale\n\nMale\n").frame["gender"].to_list() == ["Female", None, "Male"]


def test_blank_rows_are_left_out_and_places_stay_true():
    found = read_text(f"{HEADER}\n\n{ROW}\n,,,,,,\n{ROW}\n\n".encode())
    assert found.rows.to_list() == [2, 4]
    assert [(note.code, note.values["count"]) for note in found.found.notes] == [("blank_rows", 2)]


def test_a_duplicate_column_is_named(tmp_path):
    assert refusal(b"gender,citizenship, gender\n1,2,3\n", tmp_path) == [("duplicate_column", "gender")]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b" \n\n"])
def test_an_empty_file(content, tmp_path):
    assert refusal(content, tmp_path) == [("empty_file", "")]


@pytest.mark.parametrize("content", [HEADER.encode(), HEADER.encode() + b"\n\n", HEADER.encode() + b"\n,,,,,,\n", b'"a","b"\n'])
def test_a_header_without_rows(content, tmp_path):
    assert refusal(content, tmp_path) == [("no_rows", "")]


@pytest.mark.parametrize(
    "content",
    [
        (FILE + "2016,Female,9-").encode(),
        b'a,b\n1,2\n3,"open',
        FILE.encode("utf-16")[:-1],
        "a,b\n\xe9,\xe9".encode()[:-1],
    ],
)
def test_a_truncated_file_is_refused_whole(content, tmp_path):
    assert refusal(content, tmp_path) == [("cut_short", "")]


def test_rows_of_another_width_are_counted_and_the_first_is_named(tmp_path):
    assert refusal(f"{HEADER}\n{ROW},extra\n{ROW}\n2016,Female\n{ROW}\n".encode(), tmp_path) == [("ragged_rows", "2")]
    assert refusal(b'a,b\n"1",2\n"1",2,3\n1,2\n', tmp_path) == [("ragged_rows", "3")]


def test_a_zip_is_refused_even_when_it_is_called_csv(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("cases.csv", FILE)
    assert refusal(content.getvalue(), tmp_path) == [("packed_file", "")]
    assert refusal(gzip.compress(FILE.encode()), tmp_path) == [("packed_file", "")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_excel"),
        (b"%PDF-1.7\n", "not_a_table"),
        (b"PAR1broken", "cut_short"),
        (b"PK\x03\x04broken", "cut_short"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "not_text"),
        (b'a,b\n1,"2"x"\n', "cut_short"),
        (b'a,b\n1,"2"x""\n', "bad_quotes"),
    ],
)
def test_files_that_are_no_table(content, code, tmp_path):
    assert refusal(content, tmp_path) == [(code, "")]


def test_two_gigabytes_are_refused_at_once_and_the_limit_is_said(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)  # sparse: takes no space
    with pytest.raises(Refused) as refused:
        read_table(path)
    assert refused.value.reasons[0].values == {"limit": 128, "size": 2048}
    for language in LANGUAGES:
        assert "2048" in refused.value.say(language)
        assert "128" in refused.value.say(language)


def test_a_small_zip_that_unpacks_to_too_much_is_refused(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
    assert refusal(content.getvalue(), tmp_path, limit=1024 * 1024) == [("too_large", "")]


def test_no_file_and_a_folder(tmp_path):
    for path, code in ((tmp_path / "nothing.csv", "no_file"), (tmp_path, "unreadable_file")):
        with pytest.raises(Refused) as refused:
            read_table(path)
        assert refused.value.reasons[0].code == code


def test_a_refusal_never_repeats_what_the_file_holds(tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text('name\n"Invented Person')
    with pytest.raises(Refused) as refused:
        read_table(path)
    assert "Invented" not in refused.value.say("en") + str(refused.value)


def test_excel_numbers_dates_and_formulas_become_plain_text(tmp_path):
    path = tmp_path / "cases.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Cases")
        sheet.write_row(0, 0, ["yearOfRegistration", "isForcedLabour", "when", "citizenship"])
        sheet.write_row(1, 0, [2016, 1.0])
        sheet.write(1, 2, "2020-02-03")
        sheet.write_formula(1, 3, '="UA"', None, "UA")
        sheet.write_row(3, 0, [2017, 0, None, "MD"])
    found = read_table(path)
    assert found.frame.rows() == [("2016", "1", "2020-02-03", "UA"), ("2017", "0", None, "MD")]
    assert found.found.sheet == "Cases"
    assert {note.code: note.values["count"] for note in found.found.notes} == {"formula_cells": 1, "blank_rows": 1}


def test_only_the_first_filled_sheet_is_read_and_the_others_are_mentioned(tmp_path):
    path = tmp_path / "cases.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Cover")
        for name in ("2020", "2021"):
            book.add_worksheet(name).write_row(0, 0, ["gender"])
            book.get_worksheet_by_name(name).write(1, 0, "Female")
    found = read_table(path).found
    assert found.sheet == "2020"
    assert [(note.code, note.values["count"]) for note in found.notes] == [("other_sheets", 1)]


def test_quoted_files_longer_than_a_batch_are_read_whole():
    rows = splitting.BATCH_CELLS // 2 + 7
    found = read_text(("a,b\n" + '"x",1\n' * rows + "\n" + '"y",2\n').encode())
    assert found.frame.height == rows + 1
    assert found.rows.to_list()[-1] == rows + 2
    assert found.frame.row(-1) == ("y", "2")


def test_excel_with_macros_or_cut_short_is_refused(tmp_path):
    content = writing.excel_bytes(table(SEVEN, seed=3))
    assert refusal(content[: len(content) // 2], tmp_path) == [("cut_short", "")]
    with_macros = io.BytesIO(content)
    with zipfile.ZipFile(with_macros, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"")
    assert refusal(with_macros.getvalue(), tmp_path) == [("macro_file", "")]


def test_parquet_with_nested_cells_is_refused(tmp_path):
    content = io.BytesIO()
    pl.DataFrame({"a": [[1, 2]]}).write_parquet(content)
    assert refusal(content.getvalue(), tmp_path) == [("not_a_table", "")]


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd", "-cmd", "\tx", "\nx", "=HYPERLINK(1)"])
def test_no_written_cell_is_taken_for_a_formula(cell):
    written = writing.csv_bytes(pl.DataFrame({"a": [cell]})).decode()
    assert "'" + cell in written


@pytest.mark.parametrize("cell", ["-99", "-1.5", "+3", "9--17", "UA", ""])
def test_ordinary_cells_are_written_as_they_are(cell):
    assert writing.inert(cell) == cell


def test_an_excel_cell_is_text_and_no_formula(tmp_path):
    path = tmp_path / "out.xlsx"
    path.write_bytes(writing.excel_bytes(pl.DataFrame({"a": ["=1+1", "-99"]})))
    found = read_table(path)
    assert found.frame["a"].to_list() == ["=1+1", "-99"]
    assert found.found.notes == ()


def whole(content):
    """Read or refuse: nothing else may happen to a file, whatever is in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases"
        path.write_bytes(content)
        with contextlib.suppress(Refused):
            read_table(path)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet='ab,;"\n\r\t= \x00é', max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(content):
    whole(content)


def _bases():
    frame = table(schemas.load("ctdc-kanon"), seed=1, rows=30)
    parquet = io.BytesIO()
    frame.write_parquet(parquet)
    return {"csv": writing.csv_bytes(frame), "excel": writing.excel_bytes(frame), "parquet": parquet.getvalue()}


BASES = _bases()


@pytest.mark.parametrize("base", BASES)
@settings(max_examples=80, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(min_value=0), st.integers(0, 255)), min_size=1, max_size=8), cut=st.integers(min_value=0)
)
def test_damaged_files_are_read_or_refused(base, changes, cut):
    content = bytearray(BASES[base])
    for place, byte in changes:
        content[place % len(content)] = byte
    damaged = bytes(content if cut % 3 else content[: cut % len(content)])
    if base == "csv":
        whole(damaged)
        return
    with contextlib.suppress(Refused):
        untrusted.parse(damaged, Form(base))


def test_a_small_parquet_file_with_too_many_cells_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "CELLS", 10)
    content = io.BytesIO()
    pl.DataFrame({"a": [1] * 6, "b": [2] * 6}).write_parquet(content)
    with pytest.raises(Refused) as refused:
        untrusted.parse(content.getvalue(), Form.PARQUET)
    assert [reason.code for reason in refused.value.reasons] == ["too_many_cells"]


def test_a_csv_of_too_many_columns_or_cells_is_refused_before_it_is_split(tmp_path):
    wide = ",".join(f"c{place}" for place in range(2_001))
    assert refusal(f"{wide}\n{',' * 2_000}\n".encode(), tmp_path) == [("too_many_columns", "")]
    assert refusal(f'"{wide.replace(",", chr(34) + "," + chr(34))}"\n'.encode(), tmp_path) == [("too_many_columns", "")]
    assert refusal(b'"a","b"\n"1\n' + b"," * 200_000, tmp_path) == [("too_many_columns", "")]
    thousand = ",".join(f"c{place}" for place in range(2_000))
    assert refusal(f"{thousand}\n".encode() + b"1\n" * 20_000, tmp_path) == [("too_many_cells", "")]
    assert refusal(f'"q",{thousand[3:]}\n'.encode() + b"1\n" * 20_001, tmp_path) == [("too_many_cells", "")]
    kept = read_text(f"{thousand}\n{'1,' * 1_999}1\n".encode())
    assert kept.frame.shape == (1, 2_000)


MEASURE = """
import resource, sys
from pathlib import Path
from amparo.standard.reading import Form, read_table, read_text
read_text(b"a,b\\n1,2\\n")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(read_table(Path(sys.argv[1])).frame.height, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


@pytest.mark.parametrize(
    ("line", "lines", "columns"),
    [
        ("1,2\n", 2_000_000, 2),
        ("1\n", 4_000_000, 1),
        ('"1",2,3,4\n', 600_000, 4),
        ("some words, \U0001f600 and a face\n", 300_000, 2),
    ],
)
def test_reading_a_csv_takes_no_more_memory_than_is_promised(line, lines, columns, tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text(",".join("abcd"[:columns]) + "\n" + line * lines, encoding="utf-8")
    measured = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, check=True, env=apart.environment())
    height, taken = map(int, measured.stdout.split())
    assert height == lines
    assert taken <= reading.TIMES * path.stat().st_size + reading.CELL_BYTES * lines * columns + 32 * reading.MIB


def test_the_limit_is_the_one_the_manual_names():
    assert reading.LIMIT == 128 * reading.MIB
