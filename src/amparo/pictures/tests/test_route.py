"""One person's way on a map: countries shaded and named, arrows numbered, places without a name."""

import xml.etree.ElementTree as ElementTree

import pytest

from amparo.pictures.route import RoutePicture, Stop, Way
from amparo.pictures.svg import Shape

NAMES = {"MA": "Morocco", "ES": "Spain", "FR": "France <north>", "XA": "Arvania", "XB": "Belmora", "MC": "Monaco"}


def route(*ways):
    return RoutePicture("The way", "Two borders.", tuple(ways), NAMES)


def leg(number, start, end, point=None, *, certain=True):
    return Way(Stop(start), Stop(end, point), number, certain)


@pytest.mark.parametrize("shape", list(Shape))
def test_it_is_sound_and_says_itself(shape):
    drawn = route(leg("1", "MA", "ES"), leg("2", "ES", "FR", (45.7, 4.8), certain=False), leg("3", "FR", "FR")).svg(shape=shape)
    ElementTree.fromstring(drawn)
    assert "<title" in drawn
    assert "Two borders." in drawn
    assert "style=" not in drawn
    assert "France &lt;north&gt; · 3" in drawn
    assert (drawn.count("p-certain"), drawn.count("p-uncertain"), drawn.count('"p-stop"')) == (1, 1, 1)
    assert drawn.count("p-shade-1") == 3


def test_legs_of_one_way_share_an_arrow_and_the_way_back_is_another():
    drawn = route(leg("1", "XA", "XB"), leg("3", "XA", "XB"), leg("2", "XB", "XA")).svg()
    assert drawn.count("p-flow-head") == 2
    assert ">1, 3<" in drawn
    assert ">2<" in drawn


def test_what_no_map_knows_is_not_drawn_and_is_named():
    one = route(leg("1", "FR", "MC"))
    assert one.missing() == ("MC",)
    assert "Monaco" not in one.svg()
    assert route(leg("1", "MC", "MC")).svg() == ""
    assert route().svg() == ""


def test_a_place_beyond_the_window_falls_back_to_its_country():
    drawn = route(leg("1", "MA", "ES", (-40.0, 170.0))).svg()
    ElementTree.fromstring(drawn)
    assert "p-flow-head" in drawn
