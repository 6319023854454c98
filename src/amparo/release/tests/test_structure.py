"""What a recipe can say of a table's structure: rules, bands of numbers, columns with several values, groups."""

import polars as pl
import pytest

from amparo.disclosure import AtMost, Implies
from amparo.release.columns import bands
from amparo.release.recipe import parse
from amparo.release.table import prepare
from amparo.standard.reasons import LANGUAGES, Refused

HEAD = 'title = "x"\nschema = "inline"\n[privacy]\nepsilon = 4\ndelta = 1e-6\n'
RECIPE = (
    HEAD
    + """
[[columns]]
name = "age"
kind = "interval"
edges = [0, 9, 18, 19]
[[columns]]
name = "majority"
domain = ["Minor", "Adult"]
[[columns]]
name = "means"
kind = "several"
domain = ["Threats", "Debt bondage"]
label = { en = "Means", fr = "Moyens", es = "Medios" }
[[columns]]
name = "fear"
domain = ["1"]
kind = "flag"
group = "means"
[[rules]]
when = { age = ["0--8", "9--17"] }
then = { majority = ["Minor", ""] }
"""
)


def rows(recipe, **columns):
    table, report = prepare(recipe, pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))
    return list(zip(*(table.values(name) for name in recipe.domain.names), strict=True)), report


def test_numbers_fall_into_their_bands():
    assert bands((0, 9, 18, 19)) == ("0--8", "9--17", "18", "19+")
    ages = ["0", "8", "8.9", "9", "17", "18", "18.5", "19", "120", "9--17", "-1", "x", "nan", "", None]
    made, report = rows(parse(RECIPE), age=ages, majority=[None] * 15, means=[None] * 15, fear=[None] * 15)
    assert [row[0] for row in made] == ["0--8"] * 3 + ["9--17"] * 2 + ["18"] * 2 + ["19+"] * 2 + ["9--17"] + [""] * 5
    assert report.outside["age"] == 3


def test_a_column_with_several_values_becomes_a_flag_for_each():
    recipe = parse(RECIPE)
    assert recipe.domain.names == ("age", "majority", "means=Threats", "means=Debt bondage", "fear")
    held = ["Threats", "Debt bondage; Threats", ";Debt bondage;", "", None, "Threats;Curse", "Curse"]
    made, report = rows(recipe, age=[None] * 7, majority=[None] * 7, means=held, fear=[None] * 7)
    assert [row[2:4] for row in made] == [("1", ""), ("1", "1"), ("", "1"), ("", ""), ("", ""), ("1", ""), ("", "")]
    assert report.outside["means=Threats"] == sum(report.outside.values()) == 1
    assert recipe.columns[2].label == {"en": "Means: Threats", "fr": "Moyens\u00a0: Threats", "es": "Medios: Threats"}
    assert {group.name: group.columns for group in recipe.groups} == {"means": ("means=Threats", "means=Debt bondage", "fear")}


def test_a_broken_rule_is_reported_and_blanks_what_it_begins_with():
    made, report = rows(
        parse(RECIPE), age=["7", "7", "30", ""], majority=["Adult", "", "Minor", "Adult"], means=[""] * 4, fear=[""] * 4
    )
    assert [row[:2] for row in made] == [("", "Adult"), ("0--8", ""), ("19+", "Minor"), ("", "Adult")]
    assert report.broken == 1


def test_rules_are_read():
    bands_twice = HEAD + "".join(f'[[columns]]\nname = "{name}"\nkind = "interval"\nedges = [0, 18]\n' for name in ("then", "now"))
    assert parse(RECIPE).rules == (Implies("age", ("0--8", "9--17"), "majority", ("Minor", "")),)
    assert parse(bands_twice + '[[rules]]\nat_most = ["then", "now"]').rules == (AtMost("then", "now"),)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ('[[rules]]\nwhen = { age = ["0--8"] }', "rule_needs_one_column"),
        ('[[rules]]\nwhen = "age"\nthen = { majority = ["Minor"] }', "rule_needs_one_column"),
        ('[[rules]]\nwhen = { age = ["0--8"], fear = ["1"] }\nthen = { majority = ["Minor"] }', "rule_needs_one_column"),
        ('[[rules]]\nwhen = { age = "0--8" }\nthen = { majority = ["Minor"] }', "not_texts"),
        ('[[rules]]\nat_most = ["age"]', "rule_not_two_columns"),
        ('[[rules]]\nat_most = ["age", "fear"]', "rule_needs_one_order"),
        ('[[rules]]\nif = 1\nwhen = { age = ["0--8"] }\nthen = { majority = ["Minor"] }', "unknown_key"),
        ('[[rules]]\nwhen = { age = ["baby"] }\nthen = { majority = ["Minor"] }', "rule_value_unknown"),
        ('[[columns]]\nname = "months"\nkind = "interval"\nedges = [12, 6]', "edges_not_rising"),
        ('[[columns]]\nname = "months"\nkind = "interval"\nedges = ["a"]', "edges_not_rising"),
        ('[[columns]]\nname = "months"\nkind = "interval"', "key_missing"),
        ('[[columns]]\nname = "months"\nkind = "interval"\nedges = [0]\ndomain = ["0"]', "unknown_key"),
        ('[[columns]]\nname = "types"\nkind = "several"\ndomain = ["a;b"]', "separator_in_value"),
        ('[[columns]]\nname = "types"\nkind = "several"', "key_missing"),
    ],
)
def test_what_cannot_be_meant_is_refused(more, code):
    with pytest.raises(Refused) as problem:
        parse(RECIPE + more)
    assert code in {reason.code for reason in problem.value.reasons}
    assert all(problem.value.say(language) for language in LANGUAGES)


OPEN = (
    HEAD
    + """
[[columns]]
name = "year"
domain = ["2024", "2025"]
outside = "leave_out"
[[columns]]
name = "country"
domain = ["XA", "XB"]
outside = "Other"
"""
)


def test_a_row_is_left_out_and_another_value_is_counted_as_one():
    made, report = rows(parse(OPEN), year=["2024", "2019", "", "2025", "1999"], country=["XA", "XA", "QQ", "ZZ", None])
    assert made == [("2024", "XA"), ("", "Other"), ("2025", "Other")]
    assert (report.rows, report.persons, report.left_out) == (5, 3, 2)
    assert report.outside == {"year": 2, "country": 2}
    assert parse(OPEN).columns[1].labels["Other"]["fr"] == "Autre valeur"


def test_of_a_person_the_first_row_that_is_not_left_out_stays():
    """Rows are left out one by one before persons are told apart: a row of hers that is left out takes no other along."""
    by_person = parse(OPEN.replace('schema = "inline"', 'schema = "inline"\nperson = "who"'))
    made, report = rows(by_person, who=["a", "b", "a"], year=["2019", "2019", "2025"], country=["XA", "XA", "XB"])
    assert made == [("2025", "XB")]
    assert report.persons == 1


def test_rows_are_left_out_of_a_stream_too(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("who,year,country\n" + "".join(f"{k % 400},{2023 + k % 3},XA\n" for k in range(1_000)))
    by_person = parse(OPEN.replace('schema = "inline"', 'schema = "inline"\nperson = "who"'))
    held, _ = prepare(by_person, path)
    monkeypatch.setattr("amparo.release.table.HELD", 100)
    monkeypatch.setattr("amparo.standard.streaming.PART", 700)
    streamed, _ = prepare(by_person, path)
    assert sum(block.rows for block in streamed.blocks()) == held.rows
    assert [c for block in streamed.blocks() for c in block.columns[0].tolist()] == held.columns[0].tolist()


@pytest.mark.parametrize("outside", ['"=x"', "3", '""'])
def test_an_unusable_value_for_others_is_refused(outside):
    with pytest.raises(Refused):
        parse(OPEN.replace('"Other"', outside))
