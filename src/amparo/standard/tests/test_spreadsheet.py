"""The HTCDS spreadsheet: identity stays behind, several codes in a cell become flags, a birth date becomes an age band."""

import polars as pl
import pytest

from amparo.standard import schemas
from amparo.standard.dates import DateOrder
from amparo.standard.reading import read_text
from amparo.standard.reasons import Refused
from amparo.standard.records import Answer

SHEET = schemas.load("htcds-spreadsheet")


def read(**cells):
    columns = {name: value if isinstance(value, list) else [value] for name, value in cells.items()}
    return SHEET.normalise(pl.DataFrame(columns))


def test_names_addresses_and_narratives_never_reach_the_pool():
    frame = read(
        prs_FirstName="Invented",
        prs_Email="nobody@example.org",
        cas_IncomingReferralDetails="told in confidence",
        prs_Gender="Feminine",
    ).pool
    assert "Feminine" in frame.row(0)
    assert not {"Invented", "nobody@example.org", "told in confidence"} & set(frame.row(0))


@pytest.mark.parametrize(
    "cell", ["DebtBondage WithholdsDocuments", "DebtBondage;WithholdsDocuments", "WithholdsDocuments, DebtBondage"]
)
def test_several_codes_in_one_cell(cell):
    row = read(vic_MethodsOfControl=cell).pool.row(0, named=True)
    assert row["means_debt_bondage"] == row["means_withholds_documents"] == "yes"
    assert row["means_other"] is None


def test_one_wrong_code_among_several_rejects_the_row():
    normalised = read(vic_MethodsOfControl="DebtBondage Nonsense")
    assert normalised.pool.height == 0
    assert normalised.rejections.row(0) == (1, "vic_MethodsOfControl", "DebtBondage Nonsense", "unknown_value")


@pytest.mark.parametrize(
    ("born", "referred", "band"),
    [
        ("2003-06-15", "2021-06-14", "9--17"),
        ("2003-06-15", "2021-06-15", "18--20"),
        ("2012-02-29", "2021-02-28", "0--8"),
        ("2012-02-29", "2021-03-01", "9--17"),
        ("1960-01-01", "2021-06-15", "48+"),
        ("2003-06-15", None, None),
        ("2003-06-15", "2021", None),
    ],
)
def test_a_birth_date_becomes_the_age_on_the_day_of_referral(born, referred, band):
    row = read(prs_Birthdate=born, cas_IncomingReferralDate=referred).pool.row(0, named=True)
    assert row["age_band"] == band
    assert row["registration_year"] == (referred[:4] if referred else None)


@pytest.mark.parametrize("born", ["2022-01-01", "1890-01-01", "no date", "2020-02-30"])
def test_an_impossible_birth_date_rejects_the_row(born):
    normalised = read(prs_Birthdate=born, cas_IncomingReferralDate="2021-06-15")
    assert normalised.pool.height == 0
    assert normalised.rejections["code"].to_list() == ["bad_date"]


def test_a_row_without_consent_is_not_taken_over():
    normalised = read(con_Consent=["TRUE", "FALSE", None], prs_Gender=["Feminine"] * 3)
    assert normalised.pool.height == 2
    assert normalised.rejections.row(0) == (2, "con_Consent", "FALSE", "no_consent")


def test_a_country_is_found_by_its_code_or_by_its_name_in_three_languages():
    frame = read(
        prs_Citizenship=["UA", "ukr", "Ucrania", "Ukraine; Moldova"], vic_LocationOfExploitation=["France", "a farm", None, "XC"]
    ).pool
    assert frame["citizenship"].to_list() == ["UA"] * 4
    assert frame["exploitation_country"].to_list() == ["FR", None, None, "XC"]


def test_a_branch_of_industry_also_says_the_kind_of_work_where_the_lists_agree():
    frame = read(vic_ForcedLabourIndustry=["F_Construction", "P_Education", None]).pool
    assert frame["labour_construction"].to_list() == ["yes", None, None]
    assert frame["labour_other"].to_list() == [None, "yes", None]
    assert frame["labour_industry"].to_list() == ["F_Construction", "P_Education", None]


def test_the_survey_s_spelling_of_the_columns_is_read_too():
    frame = SHEET.normalise(pl.DataFrame({"vic_Methods_of_Control": ["DebtBondage"], "prs_First_Name": ["Invented"]})).pool
    assert frame["means_debt_bondage"].to_list() == ["yes"]


def test_the_line_of_labels_and_the_empty_numbered_rows_of_the_template_are_no_cases():
    header = ",".join(SHEET.header)
    labels = ",".join(SHEET.label_row)
    row = ["1"] + [""] * 38
    row[SHEET.names.index("prs_Gender")] = "Masculine"
    blank = "2" + "," * 38
    found = read_text("\n".join([header, labels, ",".join(row), blank]).encode()).frame
    assert found.height == 1
    assert SHEET.normalise(found).pool["gender"].to_list() == ["Masculine"]


def test_dates_that_can_be_read_both_ways_are_asked_for():
    frame = pl.DataFrame({"cas_IncomingReferralDate": ["03/04/2021", "05/06/2021"]})
    with pytest.raises(Refused) as refused:
        SHEET.normalise(frame)
    assert [(reason.code, reason.where) for reason in refused.value.reasons] == [("ambiguous_dates", "cas_IncomingReferralDate")]
    answered = SHEET.normalise(frame, orders={"cas_IncomingReferralDate": DateOrder.DAY_FIRST})
    assert answered.pool["registration_year"].to_list() == ["2021", "2021"]


def test_a_row_becomes_a_record():
    record = SHEET.to_record({"prs_Gender": "Feminine", "vic_TypeOfExploitation": "ForcedLabour ForcedBegging"})
    assert record.gender == "Feminine"
    assert record.exploitation == {"ForcedLabour": Answer.YES, "ForcedBegging": Answer.YES}
    with pytest.raises(Refused) as refused:
        SHEET.to_record({"prs_Gender": "F"})
    assert [(reason.code, reason.where) for reason in refused.value.reasons] == [("unknown_value", "prs_Gender")]
    assert "prs_Gender" in refused.value.say("es")
