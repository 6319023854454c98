"""What is read and written again is the same, for every family of files; what a family cannot say is reported."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.standard import pool, schemas, writing
from amparo.standard.pool import POOL_COLUMNS
from amparo.standard.reading import read_table, read_text
from amparo.standard.records import Record, validate
from amparo.standard.schemas import Way
from amparo.standard.tests.generating import every_schema, pool_frame, table

seeds = st.integers(min_value=0, max_value=2**32)
few = settings(max_examples=15, deadline=None)

# The words that CTDC files join in one cell, written out a second time so that the table of data is not its own witness.
EXPLOITATION = [
    ("isForcedLabour", "Forced labour"),
    ("isSexualExploit", "Sexual exploitation"),
    ("isOtherExploit", "Other"),
    ("isForcedMarriage", "Forced marriage"),
    ("isForcedMilitary", "Forced military"),
    ("isOrganRemoval", "Organ removal"),
    ("isSlaveryAndPractices", "Slavery and similar practices"),
]
RECRUITER = [
    ("recruiterRelationIntimatePartner", "Intimate Partner"),
    ("recruiterRelationFriend", "Friend/Acquaintance"),
    ("recruiterRelationFamily", "Family/Relative"),
    ("recruiterRelationOther", "Other"),
]


def stored(schema):
    """The columns that a way out and back must keep."""
    return [column.name for column in schema.columns if column.way not in (Way.JOINED, Way.CONSENT)]


@pytest.mark.parametrize("schema", every_schema(), ids=lambda schema: schema.name)
@few
@given(seed=seeds)
def test_a_generated_file_comes_back_as_it_was(schema, seed):
    before = table(schema, seed)
    read = read_text(writing.csv_bytes(before, schema)).frame
    normalised = schema.normalise(read)
    assert normalised.rejections.height == 0
    after = schema.project(normalised.pool)
    if not schema.blank:  # a line in which nothing stands is no person; a line of -99 is one
        before = before.filter(~pl.all_horizontal(pl.all().is_null()))
    assert after.select(stored(schema)).equals(before.select(stored(schema)))


@few
@given(seed=seeds)
def test_the_kanon_file_itself_is_written_byte_for_byte(seed):
    schema = schemas.load("ctdc-kanon")
    first = writing.csv_bytes(schema.project(schema.normalise(table(schema, seed)).pool), schema)
    assert first.splitlines()[0].decode() == ",".join(schema.names)
    again = writing.csv_bytes(schema.project(schema.normalise(read_text(first).frame).pool), schema)
    assert again == first


@few
@given(seed=seeds)
def test_joined_cells_repeat_the_flags_that_are_yes(seed):
    schema = schemas.load("ctdc-kanon")
    before = table(schema, seed)
    after = schema.project(schema.normalise(before).pool)
    for joined, parts in (("typeOfExploitConcatenated", EXPLOITATION), ("RecruiterRelationship", RECRUITER)):
        for row, cell in zip(before.iter_rows(named=True), after[joined], strict=True):
            assert cell == (";".join(word for name, word in parts if row[name] == "1") or "-99")


@few
@given(seed=seeds)
def test_both_spellings_of_the_synthetic_file_are_read_alike(seed):
    schema = schemas.load("ctdc-synthetic")
    before = table(schema, seed)
    later = before.rename(dict(zip(schema.names, schema.aliases, strict=True)))
    assert schema.normalise(later).pool.equals(schema.normalise(before).pool)
    assert schema.project(schema.normalise(before).pool, aliases=True).equals(later)


@pytest.mark.parametrize("schema", every_schema(), ids=lambda schema: schema.name)
@few
@given(seed=seeds)
def test_what_a_family_of_files_cannot_say_is_reported(schema, seed):
    before = pool_frame(seed)
    file = schema.project(before)
    read = schema.normalise(file)
    assert read.rejections.height == 0
    changed = {
        (name, value)
        for name in POOL_COLUMNS
        for value, back in zip(before[name], read.pool[name], strict=True)
        if value is not None and value != back
    }
    losses = schema.losses(before)
    assert {(loss.column, loss.value) for loss in losses} == changed
    assert all(loss.count > 0 and loss.returns_as != loss.value for loss in losses)


def test_the_pool_s_own_schema_loses_nothing():
    assert schemas.load("amparo-pool").losses(pool_frame(seed=7, rows=60)) == ()


def test_a_finer_age_leaves_as_the_band_that_holds_it_and_says_so():
    frame = pool.complete(pl.DataFrame({"age_band": ["12--14", "15--17", "15--17", "9--17", "48+"]}))
    schema = schemas.load("ctdc-kanon")
    assert schema.project(frame)["ageBroad"].to_list() == ["9--17"] * 4 + ["48+"]
    assert [(loss.value, loss.returns_as, loss.count) for loss in schema.losses(frame)] == [
        ("15--17", "9--17", 2),
        ("12--14", "9--17", 1),
    ]


def test_local_extensions_map_back_to_other_once():
    frame = pl.DataFrame(
        {
            "means_restricts_movement": ["yes", None],
            "means_uses_children": ["yes", None],
            "means_debt_bondage": ["yes", "no"],
            "exploitation_forced_criminality": ["yes", None],
        }
    )
    sheet = schemas.load("htcds-spreadsheet").project(frame)
    assert sheet["vic_MethodsOfControl"].to_list() == ["DebtBondage;Other", None]
    assert sheet["vic_TypeOfExploitation"].to_list() == ["Other", None]
    assert schemas.load("ctdc-kanon").project(frame)["isOtherExploit"].to_list() == ["1", "-99"]


def test_merged_means_of_the_synthetic_file_gather_their_parts():
    frame = pl.DataFrame(
        {
            "means_takes_earnings": ["yes", "no", None],
            "means_sexual_abuse": [None, "yes", "no"],
            "means_threat_of_law_enforcement": ["yes", None, None],
        }
    )
    file = schemas.load("ctdc-synthetic").project(frame)
    assert file["meansDebtBondageEarnings"].to_list() == ["1", None, None]
    assert file["meansAbusePsyPhySex"].to_list() == [None, "1", None]
    assert file["meansThreats"].to_list() == ["1", None, None]


def test_countries_change_their_spelling_between_the_families():
    frame = pl.DataFrame({"citizenship": ["UA", "XB", "0", None]})
    assert schemas.load("ctdc-kanon").project(frame)["citizenship"].to_list() == ["UA", "XB", "0", "-99"]
    assert schemas.load("ctdc-synthetic").project(frame)["citizenship"].to_list() == ["UKR", "XBB", None, None]
    assert schemas.load("htcds-spreadsheet").project(frame)["prs_Citizenship"].to_list() == ["UA", "XB", None, None]


def test_minus_99_and_blank_are_the_same_and_a_zero_country_is_kept():
    schema = schemas.load("ctdc-kanon-7")
    file = "\n".join(
        [
            ",".join(schema.names),
            "2016,-99,-99,0,-99,1,-99",
            "2016,,,0,,1.0,",
            "2016,,,00,,1,",
        ]
    )
    frame = schema.normalise(read_text(file.encode()).frame).pool
    assert frame.row(0) == frame.row(1)
    assert frame["citizenship"].to_list() == ["0", "0", "0"]
    assert schema.project(frame).row(0) == ("2016", None, None, "0", None, "1.0", None)


def test_a_file_saved_with_decimal_commas_is_read_like_its_original():
    schema = schemas.load("ctdc-kanon-7")
    header = ";".join(schema.names)
    french = read_text(f"{header}\n2016,0;Female;-99,0;UA;0,0;1,0;PL\n".encode()).frame
    original = read_text(f"{header}\n2016;Female;-99;UA;0.0;1.0;PL\n".encode()).frame
    assert schema.normalise(french).pool.equals(schema.normalise(original).pool)


@few
@given(seed=seeds)
def test_a_record_is_the_row_it_came_from(seed):
    frame = pool_frame(seed, rows=3)
    for row in frame.iter_rows(named=True):
        record = Record.from_row(row)
        assert record.to_row() == row
        assert Record.from_row(record.to_row()) == record
        assert {reason.code for reason in validate(record)}.isdisjoint({"unknown_code", "withdrawn_code", "bad_year"})


@pytest.mark.parametrize("schema", every_schema(), ids=lambda schema: schema.name)
@few
@given(seed=seeds)
def test_one_row_at_a_time_agrees_with_the_whole_table(schema, seed):
    before = table(schema, seed, rows=2)
    whole = schema.normalise(before).pool
    for place, row in enumerate(before.iter_rows(named=True)):
        record = schema.to_record(row)
        assert record.to_row() == whole.row(place, named=True)
        projected = schema.project(whole.slice(place, 1)).row(0, named=True)
        assert schema.from_record(record) == {name: value or "" for name, value in projected.items()}


def test_an_excel_file_with_the_spreadsheet_s_exact_first_lines_is_read(tmp_path):
    schema = schemas.load("htcds-spreadsheet")
    before = table(schema, seed=11, rows=30)
    path = tmp_path / "cases.xlsx"
    path.write_bytes(writing.excel_bytes(before, schema))
    read = read_table(path)
    assert read.found.form == "excel"
    assert schema.normalise(read.frame).pool.equals(schema.normalise(before).pool)


def test_a_parquet_file_with_numbers_is_read_like_its_text(tmp_path):
    schema = schemas.load("ctdc-kanon-7")
    frame = pl.DataFrame({"yearOfRegistration": [2016.0, 2017.0], "isForcedLabour": [1.0, None], "gender": ["Female", "Male"]})
    frame.write_parquet(tmp_path / "cases.parquet")
    source = read_table(tmp_path / "cases.parquet")
    assert source.found.form == "parquet"
    read = schema.normalise(source.frame).pool
    assert read["registration_year"].to_list() == ["2016", "2017"]
    assert read["exploitation_forced_labour"].to_list() == ["yes", None]
