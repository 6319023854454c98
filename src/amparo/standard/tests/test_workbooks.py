"""Workbooks made to exhaust their reader are refused before it sees them, by what their cells would take."""

import io
import zipfile

import pytest

from amparo.standard import schemas, workbooks, writing
from amparo.standard.reading import Form, read_table
from amparo.standard.reasons import LANGUAGES, Refused
from amparo.standard.tests.generating import table
from amparo.standard.untrusted import parse

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>gender</t></is></c></row>'
FIRST = HEADER + '<row r="2"><c r="A2"><v>1</v></c></row>'


def sheet(rows):
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>".encode()


def workbook(*sheets, strings=None, more=(), part="worksheets/sheet{}.xml"):
    """A workbook of raw sheets, as a program other than Excel might pack it."""
    numbers = range(1, len(sheets) + 1)
    named = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    related = "".join(f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="{part.format(n)}"/>' for n in numbers)
    parts = [
        (
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/></Types>',
        ),
        (
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        ),
        ("xl/workbook.xml", f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>{named}</sheets></workbook>'),
        ("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>'),
        *((f"xl/{part.format(n)}", content) for n, content in zip(numbers, sheets, strict=True)),
        *([("xl/sharedStrings.xml", f"<sst {MAIN}>{strings}</sst>")] if strings is not None else []),
        *more,
    ]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts:
            packed.writestr(name, text)
    return content.getvalue()


def refusal(content):
    with pytest.raises(Refused) as refused:
        workbooks.formulas_in(content)
    for language in LANGUAGES:
        assert refused.value.say(language)
    return [reason.code for reason in refused.value.reasons]


def test_an_ordinary_workbook_of_raw_parts_is_read():
    content = workbook(sheet(FIRST))
    assert workbooks.formulas_in(content) == 0
    assert parse(content, Form.EXCEL).frame.rows() == [("1",)]


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1048576'><c\tr = 'XFD1048576'><v>1</v></c></row>",
        '<row r="1048576"><c s="1" r="XFD1048576" ><v>1</v></c></row>',
        '<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>',
        '<row><c t="inlineStr" r="XFD3"><is><t>x</t></is></c></row>',
        "<row>" + "<c><v>1</v></c>" * 2_001 + "</row>",
        '<row r="3"><c r="BXY3"><v>1</v></c></row>',
        '<!-- <c r="A1"> --><row r="3"><c r="XFD3"><v>1</v></c></row>',
    ],
)
def test_a_cell_in_a_far_column_is_refused_however_it_is_written(far):
    assert refusal(workbook(sheet(FIRST + far))) == ["too_many_columns"]


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1048576"><c r="AN1048576"><v>1</v></c></row>',
        '<row r="1048575"/><row><c r="AN1048576"><v>1</v></c></row>',
        '<row r="1048576">' + "<c><v>1</v></c>" * 40 + "</row>",
    ],
)
def test_a_cell_so_far_that_the_sheet_is_too_large_is_refused(far):
    assert refusal(workbook(sheet(FIRST + far))) == ["far_cell"]


def test_prefixes_do_not_hide_a_cell():
    rows = '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c><x:c r="XFD1"><x:v>1</x:v></x:c></x:row>'
    named = f"<x:worksheet {MAIN.replace('xmlns', 'xmlns:x')}><x:sheetData>{rows}</x:sheetData></x:worksheet>"
    assert refusal(workbook(named.encode())) == ["too_many_columns"]


def test_a_sheet_is_found_whatever_its_part_is_called():
    assert refusal(workbook(sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>'), part="else/where{}.dat")) == ["too_many_columns"]


def test_sheets_count_together():
    far = '<row r="1000000"><c r="Y1000000"><v>1</v></c></row>'
    assert workbooks.formulas_in(workbook(sheet(FIRST + far))) == 0
    assert refusal(workbook(sheet(FIRST + far), sheet(FIRST + far))) == ["too_many_cells"]


def test_cells_that_hold_nothing_do_not_count():
    rows = FIRST + '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    content = workbook(sheet(rows))
    assert workbooks.formulas_in(content) == 0
    assert parse(content, Form.EXCEL).frame.height == 1


def test_the_last_column_that_is_read():
    content = workbook(sheet(HEADER + '<row r="2"><c r="A2"><v>1</v></c><c r="BXX2"><v>2</v></c></row>'))
    frame = parse(content, Form.EXCEL).frame
    assert frame.columns == ["gender", "column_2000"]
    assert frame.rows() == [("1", "2")]


def test_a_glance_and_a_walk_agree():
    content = writing.excel_bytes(table(schemas.load("ctdc-kanon"), seed=1, rows=50))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        part = parts.getinfo("xl/worksheets/sheet1.xml")
        glanced, walked = workbooks._glance(parts, part), workbooks._extent(parts, part)
    assert glanced == walked
    assert (walked.rows, walked.columns) == (51, 63)


def test_a_glance_reads_on_over_the_edge_of_a_block(monkeypatch):
    content = writing.excel_bytes(table(schemas.load("ctdc-kanon-7"), seed=1, rows=20))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        part = parts.getinfo("xl/worksheets/sheet1.xml")
        walked = workbooks._extent(parts, part)
        for block in (160, 161, 509):
            monkeypatch.setattr(workbooks, "MIB", block)
            assert workbooks._holds_a_sheet(parts, part)
            assert workbooks._glance(parts, part) in (walked, None)


def test_one_long_text_in_many_cells_is_refused():
    long = f"<si><t>{'x' * 1_000_000}</t></si>"
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 1_000))
    assert refusal(workbook(sheet(cells), strings=long)) == ["too_large"]
    short = "<si><t>short</t></si>"
    assert workbooks.formulas_in(workbook(sheet(cells), strings=short + long)) == 0
    assert refusal(workbook(sheet(cells.replace("<v>0<", "<v>1<")), strings=short + long)) == ["too_large"]


def test_an_entity_bomb_is_refused():
    bomb = f'<!DOCTYPE x [<!ENTITY a "{"x" * 100}"><!ENTITY b "{"&a;" * 100}">]>'.encode()
    assert refusal(workbook(bomb + sheet(FIRST))) == ["unsafe_file"]
    assert refusal(workbook(sheet(FIRST), strings="<!DOCTYPE x>")) == ["cut_short"]


@pytest.mark.parametrize(
    "content", [sheet(FIRST + '<row r="3"><c>'), sheet(FIRST) + b"<!", sheet('<row r="1"><c r="1A"><v>1</v></c></row>')]
)
def test_broken_sheets_are_refused_whole(content):
    with pytest.raises(Refused):
        parse(workbook(content), Form.EXCEL)


def test_a_sheet_in_another_encoding_cannot_hide_its_cells():
    far = sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>').decode()
    content = f'<?xml version="1.0" encoding="utf-7"?><!-- sheetData -->{far}'.encode()
    assert refusal(workbook(content)) == ["too_many_columns"]


@pytest.mark.parametrize("name", ["XL/Workbook.xml", "xl\\workbook.xml", "/xl/workbook.xml"])
def test_two_parts_of_one_name_are_refused(name):
    assert refusal(workbook(sheet(FIRST), more=[(name, "<workbook/>")])) == ["unsafe_file"]


@pytest.mark.parametrize("name", ["xl/workbook.bin", "content.xml"])
def test_a_workbook_that_is_also_another_format_is_refused(name):
    assert refusal(workbook(sheet(FIRST), more=[(name, "")])) == ["packed_file"]


def test_a_zip_inside_a_workbook_is_never_opened():
    inner = workbook(sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>'))
    assert parse(workbook(sheet(FIRST), more=[("xl/embeddings/inner.xlsx", inner)]), Form.EXCEL).frame.height == 1
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as packed:
        packed.writestr("cases.xlsx", inner)
    assert refusal(outer.getvalue()) == ["packed_file"]


def test_a_file_under_a_password_is_named_as_such(tmp_path):
    path = tmp_path / "cases.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(Refused) as refused:
        read_table(path)
    assert [reason.code for reason in refused.value.reasons] == ["locked_file"]
    content = bytearray(workbook(sheet(FIRST)))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(content)) == ["locked_file"]
