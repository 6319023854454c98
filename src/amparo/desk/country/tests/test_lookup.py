"""A country's rules: found by country and day, each with its source, the treaties' floor below them."""

from datetime import date

import pytest

from amparo.desk.country import lookup
from amparo.standard import codes

TODAY = date(2026, 11, 23)


def test_a_country_without_a_profile_gets_the_floor_of_the_treaties():
    profile = lookup.on("FR", TODAY)
    assert profile.majority.years == 18
    assert "Palermo" in profile.majority.valid.source
    assert profile.reflection.adult_days == 30
    assert "art. 13" in profile.reflection.valid.source
    assert profile.bodies == ()
    assert profile.forms == ()


def test_no_name_of_a_country_leaves_the_folder():
    assert lookup.on("../../../etc/passwd", TODAY).reflection.adult_days == 30


@pytest.mark.parametrize("country", lookup.countries())
@pytest.mark.parametrize("day", [date(1990, 1, 1), date(2013, 5, 5), TODAY])
def test_every_question_has_an_answer_on_every_day(country, day):
    profile = lookup.on(country, day)
    assert profile.majority.valid.source
    assert profile.reflection.valid.source


@pytest.mark.parametrize("country", lookup.countries())
def test_no_period_is_below_the_convention(country):
    reflection = lookup.on(country, TODAY).reflection
    assert min(reflection.adult_days, reflection.child_days) >= 30


def test_a_rule_changes_on_its_day():
    assert lookup.on("XB", date(2019, 3, 31)).reflection.adult_days == 30
    assert lookup.on("XB", date(2019, 4, 1)).reflection.adult_days == 45


def test_a_form_counts_from_the_day_the_law_adds_it():
    before, after = lookup.on("XC", date(2020, 6, 30)), lookup.on("XC", date(2020, 7, 1))
    assert "ExtortionDetention" not in before.exploitation
    assert "ExtortionDetention" in after.exploitation
    assert after.exploitation.label("ExtortionDetention", "es").startswith("Privación")


@pytest.mark.parametrize("country", lookup.countries())
def test_each_added_form_maps_back_to_the_standard(country):
    profile = lookup.on(country, TODAY)
    assert profile.forms
    for form in profile.forms:
        assert form.maps_to in codes.load("exploitation")
        assert lookup.standard_form(form.code) == form.maps_to
        assert set(form.label) == {"en", "fr", "es"}


def test_a_code_of_the_standard_stands_for_itself():
    assert lookup.standard_form("ForcedLabour") == "ForcedLabour"
    assert lookup.standard_form("Nothing") == ""


@pytest.mark.parametrize("country", lookup.countries())
def test_every_body_decides_as_a_body_the_standard_knows(country):
    bodies = lookup.on(country, TODAY).bodies
    assert any("formal_decision" in body.does for body in bodies)
    for body in bodies:
        assert body.decides_as in codes.load("status_decision_body")
        assert set(body.name) == {"en", "fr", "es"}
