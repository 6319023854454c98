"""The invented region is repeatable, believable, and nobody's."""

from collections import Counter
from datetime import date
from random import Random

import pytest

from amparo.demo import partner_files, region
from amparo.demo.people import invent
from amparo.standard import reading, schemas
from amparo.standard.records import validate

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def people():
    return invent(1, TODAY)


def test_the_same_seed_and_day_give_the_same_persons(people):
    assert invent(1, TODAY) == people
    assert invent(2, TODAY) != people


def test_there_are_two_thousand_over_five_calendar_years(people):
    assert len(people) == 2000
    years = Counter(one.registered_on.year for one in people)
    assert sorted(years) == [2022, 2023, 2024, 2025, 2026]
    assert max(one.registered_on for one in people) < TODAY


def test_ages_birthdays_and_days_fit_together(people):
    for one in people:
        born, day = one.birth_date, one.registered_on
        age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        assert age == one.age_years
        assert all(stretch.begun < day for stretch in one.journey)


def test_a_journey_ends_where_the_exploitation_was(people):
    for one in people:
        assert one.journey[0].from_country == one.citizenship
        assert one.journey[-1].to_country == one.exploitation_country
        for before, after in zip(one.journey, one.journey[1:], strict=False):
            assert (before.to_country, before.to_place) == (after.from_country, after.from_place)


def test_men_and_boys_and_children_are_among_them(people):
    men = sum(not one.is_female for one in people)
    children = sum(one.is_child for one in people)
    assert 0.3 < men / len(people) < 0.7
    assert 0.1 < children / len(people) < 0.4


@pytest.mark.parametrize("partner", [one for one in region.PARTNERS if one.hands_on != "desk"], ids=lambda one: one.hands_on)
def test_each_partners_file_is_valid_in_its_own_layout(people, partner, tmp_path):
    mine = [one for one in people if one.partner is partner]
    name, content = partner_files.partner_file(mine, partner.hands_on, Random(1))
    path = tmp_path / name
    path.write_bytes(content)
    table = reading.read_table(path)
    frame, rejections = schemas.load(partner.hands_on).normalise(table.frame)
    assert frame.height == partner.persons
    assert rejections.height == 0


def test_every_record_is_valid(people):
    random = Random(1)
    assert not [reason for one in people for reason in validate(partner_files.record(one, random))]
