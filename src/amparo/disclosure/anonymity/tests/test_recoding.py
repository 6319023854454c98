"""Levels of recoding: they nest, they are spelled alike everywhere, and what does not fit is refused."""

import pytest

from amparo.disclosure.anonymity import Group, adjacent_bands
from amparo.disclosure.anonymity.recoding import ladder
from amparo.disclosure.domain import Attribute
from amparo.standard.reasons import Refused

AGES = ("0--8", "9--17", "18--20", "21--23", "24--26", "27--29", "30--38", "48+")


def test_bands_of_ages_and_years_read_as_people_write_them():
    assert [group.code for group in adjacent_bands(AGES, (2,))[0]] == ["0--17", "18--23", "24--29", "30+"]
    assert [group.code for group in adjacent_bands(("2019", "2020", "2021"), (2,))[0]] == ["2019--2020"]
    assert [group.code for group in adjacent_bands(("child", "adult", "old"), (2,))[0]] == ["child..adult"]


def test_bands_double_until_one_would_hold_everything():
    assert [len(level) for level in adjacent_bands(AGES)] == [4, 2]
    assert adjacent_bands(("0", "1")) == ()


def test_a_ladder_leads_from_every_value_to_nothing():
    found = ladder(Attribute("age", AGES), adjacent_bands(AGES))
    assert found.codes[-1] == "*"
    spelled = [["", *found.codes][code] for code in found.steps[:, 2]]
    assert spelled == ["9--17", "0--17", "0--23", "*"]
    assert [found.loss[code] for code in found.steps[:, 2]] == pytest.approx([0, 1 / 7, 3 / 7, 1])
    assert list(found.steps[:, 0]) == [0, 0, 0, len(found.codes)]


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        (((Group("x", ("a", "b")), Group("y", ("b", "c"))),), "recoding_overlaps"),
        (((Group("x", ("a", "b")),), (Group("y", ("b", "c")),)), "recoding_overlaps"),
        (((Group("x", ("a", "z")),),), "recoding_unknown_value"),
        (((Group("x", ("a",)),),), "recoding_unknown_value"),
        (((Group("*", ("a", "b")),),), "recoding_repeats"),
        (((Group("c", ("a", "b")),),), "recoding_repeats"),
    ],
)
def test_levels_that_do_not_fit_are_refused(levels, code):
    with pytest.raises(Refused) as refused:
        ladder(Attribute("letter", ("a", "b", "c")), levels)
    assert refused.value.reasons[0].code == code


def test_bands_that_do_not_nest_are_refused():
    with pytest.raises(Refused) as refused:
        adjacent_bands(AGES, (2, 3))
    assert refused.value.reasons[0].code == "bands_do_not_nest"
