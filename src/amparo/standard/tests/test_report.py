"""The validation report says, per column and value, what does not fit and what was probably meant."""

import argparse
import json

import pytest

from amparo.standard import schemas, writing
from amparo.standard.command import validate
from amparo.standard.dates import DateOrder
from amparo.standard.reading import read_text
from amparo.standard.reasons import LANGUAGES, Refused
from amparo.standard.report import examine
from amparo.standard.tests.generating import every_schema, table

KANON, SEVEN = schemas.load("ctdc-kanon"), schemas.load("ctdc-kanon-7")


def examined(text, schema=SEVEN, **options):
    return examine(read_text(text.encode()), schema, **options)


def misfits(report):
    return {
        (column.name, misfit.value): (misfit.count, misfit.first_row, misfit.reason.code, misfit.suggestion)
        for column in report.columns
        for misfit in column.misfits
    }


def command(path, **options):
    return argparse.Namespace(**{"file": path, "schema": "ctdc-kanon-7", "language": "en", "json": False} | options)


@pytest.mark.parametrize("schema", every_schema(), ids=lambda schema: schema.name)
def test_a_generated_file_fits(schema):
    report = examine(read_text(writing.csv_bytes(table(schema, seed=5, rows=40), schema)), schema)
    assert report.fits
    assert report.missing == ()
    assert report.accepted == report.found.rows
    assert misfits(report) == {}


def test_every_kind_of_misfit_is_counted_and_explained():
    text = "\n".join(
        [
            ",".join(SEVEN.names),
            "2016,female,9--17,Ukraine,0.0,1.0,PL",
            "2016,female,9-17,UKR,2,1.0,CS",
            "16,Female,9--17,=1+1,0.0,yes,ZZ",
            "2016,Male,9--17,UA,0,1,0",
        ]
    )
    report = examined(text)
    assert misfits(report) == {
        ("gender", "female"): (2, 1, "unknown_value", "Female"),
        ("citizenship", "Ukraine"): (1, 1, "unknown_value", "UA"),
        ("citizenship", "UKR"): (1, 2, "unknown_value", "UA"),
        ("citizenship", "=1+1"): (1, 3, "formula", ""),
        ("ageBroad", "9-17"): (1, 2, "unknown_value", "9--17"),
        ("isForcedLabour", "2"): (1, 2, "unknown_value", ""),
        ("isSexualExploit", "yes"): (1, 3, "unknown_value", ""),
        ("CountryOfExploitation", "CS"): (1, 2, "withdrawn_value", ""),
        ("CountryOfExploitation", "ZZ"): (1, 3, "unknown_value", ""),
        ("yearOfRegistration", "16"): (1, 3, "bad_year", ""),
    }
    assert (report.accepted, report.rejected, report.fits) == (1, 3, False)


def test_three_misspelt_columns_of_63_are_named_with_the_right_names():
    frame = table(KANON, seed=8).rename(
        {"citizenship": "citizenshp", "typeOfSexPornography": "TypeOfSexPornografy", "isAbduction": "is_abduction"}
    )
    report = examine(read_text(writing.csv_bytes(frame)), KANON)
    assert {(reason.code, reason.where, reason.values["suggestion"]) for reason in report.obstacles} == {
        ("misspelt_column", "citizenshp", "citizenship"),
        ("misspelt_column", "TypeOfSexPornografy", "typeOfSexPornography"),
        ("misspelt_column", "is_abduction", "isAbduction"),
    }
    assert not report.fits
    with pytest.raises(Refused) as refused:
        KANON.normalise(frame)
    for language in LANGUAGES:
        assert refused.value.say(language).count("\n") == 2
        assert "typeOfSexPornography" in refused.value.say(language)


def test_misspelt_columns_can_be_renamed_and_unknown_ones_left_out():
    frame = table(SEVEN, seed=8).rename({"citizenship": "nationality"}).with_columns(remark=None)
    assert [reason.code for reason in SEVEN.match(frame.columns).reasons] == ["unknown_column", "unknown_column"]
    mended = SEVEN.normalise(frame, rename={"nationality": "citizenship"}, ignore=["remark"])
    assert mended.pool.equals(SEVEN.normalise(table(SEVEN, seed=8)).pool)


def test_one_fact_in_two_columns_is_refused():
    schema = schemas.load("ctdc-synthetic")
    frame = table(schema, seed=2).with_columns(sectorOfSexProstitution=None)
    report = examine(read_text(writing.csv_bytes(frame)), schema)
    assert [(reason.code, reason.where) for reason in report.obstacles] == [("column_twice", "typeOfSexProstitution")]


def test_a_file_of_another_family_is_recognised():
    report = examined("prs_Gender,vic_MethodsOfControl\nFeminine,DebtBondage\n")
    assert report.obstacles[-1].code == "wrong_schema"
    assert report.obstacles[-1].values["suggestion"] == "htcds-spreadsheet"


def test_a_file_without_a_header_is_told_so_and_its_first_row_is_not_repeated():
    report = examined("2016,Invented Person,9--17\n2017,Another,48+\n")
    assert [reason.code for reason in report.obstacles] == ["no_known_column"]
    assert "Invented" not in json.dumps(report.as_json())
    assert "header" in report.obstacles[0].say("en")


def test_missing_columns_are_named_and_stay_unrecorded():
    report = examined("gender\nFemale\n")
    assert report.fits
    assert "citizenship" in report.missing
    assert len(report.missing) == 6


def test_what_contradicts_itself_is_pointed_out_and_not_rejected():
    frame = table(KANON, seed=4, rows=2).with_columns(ageBroad=None, majorityStatus=None, meansOfControlConcatenated=None)
    text = writing.csv_bytes(frame.with_columns(gender=None)).decode()
    assert examined(text, KANON).fits
    lines = ["ageBroad,majorityStatus,meansOfControlThreats,meansOfControlOther,meansOfControlConcatenated"]
    lines += ["9--17,Adult,1,1,other; Threats", "30--38,Minor,1,0,Other", "30--38,Adult,1,0,-99", "30--38,Adult,0,0,Not specified"]
    report = examined("\n".join(lines), KANON)
    assert report.fits
    assert [(reason.code, reason.where, count) for reason, count in report.notes] == [("age_and_majority", "ageBroad", 2)]
    joined = next(column for column in report.columns if column.name == "meansOfControlConcatenated")
    assert [(reason.code, count) for reason, count in joined.notes] == [("joined_differs", 1)]


def test_identity_is_announced_as_left_behind_and_its_content_is_not_shown():
    sheet = schemas.load("htcds-spreadsheet")
    report = examined("prs_FirstName;prs_Gender;vic_LocationOfRecruitment\nInvented Person;X;=cmd\n", sheet)
    by_name = {column.name: column for column in report.columns}
    assert [(reason.code, count) for reason, count in by_name["prs_FirstName"].notes] == [("not_carried", 1)]
    assert [reason.code for reason, _ in by_name["vic_LocationOfRecruitment"].notes] == ["formula", "left_out"]
    assert "Invented" not in json.dumps(report.as_json())


def test_unclear_dates_are_an_obstacle_and_the_rest_is_still_reported():
    sheet = schemas.load("htcds-spreadsheet")
    text = "cas_IncomingReferralDate;prs_Gender\n03/04/2021;F\n05/06/2021;Feminine\n"
    report = examined(text, sheet)
    assert [(reason.code, reason.where) for reason in report.obstacles] == [("ambiguous_dates", "cas_IncomingReferralDate")]
    assert ("prs_Gender", "F") in misfits(report)
    assert examined(text, sheet, orders={"cas_IncomingReferralDate": DateOrder.MONTH_FIRST}).obstacles == ()


def test_a_zero_in_place_of_a_country_is_pointed_out():
    report = examined("citizenship\n0\n0\nUA\n")
    assert report.fits
    assert [(reason.code, count) for reason, count in report.columns[0].notes] == [("zero_country", 2)]


def test_dates_with_spaces_around_them_are_still_found_unclear():
    report = examined("cas_IncomingReferralDate;prs_Gender\n 03/04/2021 ;Feminine\n", schemas.load("htcds-spreadsheet"))
    assert [reason.code for reason in report.obstacles] == ["ambiguous_dates"]


def test_many_wrong_values_are_cut_and_counted():
    report = examined("\n".join(["gender", *(f"wrong {place}" for place in range(30))]))
    gender = report.columns[0]
    assert (len(gender.misfits), gender.hidden, report.rejected) == (20, 10, 30)


def test_control_characters_of_a_file_cannot_act_on_a_terminal():
    report = examined("gender\n\x1b[2Jx\n")
    assert report.columns[0].misfits[0].value == "\N{REPLACEMENT CHARACTER}[2Jx"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_prints_and_answers(language, tmp_path, capsys):
    path = tmp_path / "cases.csv"
    path.write_bytes(writing.csv_bytes(table(SEVEN, seed=1), SEVEN))
    assert validate(command(path, language=language)) == 0
    good = capsys.readouterr().out
    path.write_text("gender,citizenshp\nfemale,UA\n")
    assert validate(command(path, language=language)) == 1
    bad = capsys.readouterr().out
    assert "ctdc-kanon-7" in good
    assert "“Female”" in bad or "« Female »" in bad or "«Female»" in bad
    assert "citizenship" in bad


def test_the_command_speaks_json(tmp_path, capsys):
    path = tmp_path / "cases.csv"
    path.write_text("yearOfRegistration,gender\n2016,female\n2017,Male\n")
    assert validate(command(path, json=True, language="fr")) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["rows"] == {"read": 2, "accepted": 1, "rejected": 1}
    assert said["columns"][1]["misfits"] == [
        {
            "value": "female",
            "count": 1,
            "first_row": 1,
            "code": "unknown_value",
            "says": "gender : la valeur ne figure pas dans la liste de codes de cette colonne.",
            "suggestion": "Female",
        }
    ]


def test_the_command_takes_the_order_of_dates_and_other_names(tmp_path, capsys):
    path = tmp_path / "cases.csv"
    path.write_text("referred;sex;remark\n03/04/2021;Feminine;x\n")
    given = {
        "rename": ["referred=cas_IncomingReferralDate", "sex=prs_Gender"],
        "ignore": ["remark"],
        "date_order": ["referred=day-first"],
    }
    assert validate(command(path, schema="htcds-spreadsheet", **given)) == 0
    capsys.readouterr()
    for wrong, code in (
        ({"date_order": ["referred"]}, "not_a_pair"),
        ({"date_order": ["referred=backwards"]}, "unknown_date_order"),
    ):
        with pytest.raises(Refused) as refused:
            validate(command(path, schema="htcds-spreadsheet", **wrong))
        assert refused.value.reasons[0].code == code
