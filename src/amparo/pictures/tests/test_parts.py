"""Numbers, scales, geography and words: the parts that pictures are made of."""

import hashlib
import itertools
import re
import tomllib
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.pictures import numbers
from amparo.pictures.geography import alpha2, demo_region, equal_earth, geography_for, outline, rings_of, view_on, within_180, world
from amparo.pictures.scale import every, spread, steps, wrapped
from amparo.pictures.values import Quantity, Share
from amparo.standard.reasons import LANGUAGES, sentences


def test_numbers_are_grouped_as_the_reader_writes_them() -> None:
    assert [numbers.number(1234567, language) for language in LANGUAGES] == [
        "1,234,567",
        "1\u202f234\u202f567",
        "1\u202f234\u202f567",
    ]
    assert [numbers.number(2.25, language, digits=1) for language in LANGUAGES] == ["2.2", "2,2", "2,2"]
    assert numbers.number(-5, "en") == "−5"


def test_a_margin_is_never_shown_smaller_than_it_is() -> None:
    assert numbers.margin(34.01, "en") == "35"
    assert numbers.margin(34.0, "en") == "34"
    assert numbers.quantity(Quantity(1610, 69.3), "fr") == "1\u202f610\u00a0±\u00a070"


def test_shares_have_one_decimal_under_ten() -> None:
    assert numbers.share(Share(43.2, 2.1), "en") == "43%\u00a0±\u00a02.1"
    assert numbers.share(Share(4.31, 2.1), "fr") == "4,3\u202f%\u00a0±\u00a02,1"
    assert numbers.percent(9.96, "en") == "10%"
    assert numbers.percent(9.94, "en") == "9.9%"


@given(st.floats(min_value=0.001, max_value=1e12))
def test_steps_are_round_and_reach_the_top(top: float) -> None:
    found = steps(top)
    assert found[0] == 0
    assert found[-1] >= top
    assert len(found) <= 12
    assert re.fullmatch(r"[125]0*", f"{found[1]:.0f}")


@given(st.lists(st.floats(0, 300), min_size=1, max_size=6))
def test_spread_keeps_order_and_distance(places: list[float]) -> None:
    moved = spread(places, 30.0, 0.0, 300.0)
    inside = sorted(moved)
    assert all(b - a >= 29.99 for a, b in itertools.pairwise(inside))
    assert [moved[at] for at in sorted(range(len(places)), key=lambda at: places[at])] == inside


def test_labels_wrap_at_words() -> None:
    assert wrapped("Slavery and practices similar", 20) == ("Slavery and", "practices similar")
    assert wrapped("Short", 20) == ("Short",)
    assert wrapped("one two three four five six seven eight", 10)[1].endswith("…")
    assert every(11, 4) == 3


def test_equal_earth_meets_its_published_bounds() -> None:
    """The map of the paper spans 2.70663 units to the east and 1.31736 to the north."""
    edge = equal_earth(np.array([[180.0, 0.0], [0.0, 90.0], [0.0, 0.0]]))
    assert np.allclose(edge, np.array([[2.70663, 0.0], [0.0, 1.31736], [0.0, 0.0]]), atol=1e-5)


def test_equal_earth_keeps_areas() -> None:
    """Two bands of the same area on the sphere are drawn with the same area (Archimedes: equal differences of the sine)."""

    def band(low: float, high: float) -> float:
        north = np.degrees(np.arcsin(np.linspace(low, high, 400)))
        right = equal_earth(np.column_stack([np.full(400, 10.0), north]))
        return float(np.trapezoid(right[:, 0], right[:, 1]))

    assert band(0.0, 0.3) == pytest.approx(band(0.6, 0.9), rel=1e-4)


def test_topojson_arcs_are_decoded_joined_and_reversed() -> None:
    topology = {
        "transform": {"scale": [2, 1], "translate": [10, 20]},
        "arcs": [[[0, 0], [1, 0]], [[1, 0], [0, 1], [-1, 0]], [[0, 0], [0, 1]]],
        "objects": {"o": {"geometries": [{"type": "Polygon", "id": "7", "arcs": [[0, 1, ~2]]}]}},
    }
    (ring,) = rings_of(topology, "o")["7"]
    assert ring.tolist() == [[10, 20], [12, 20], [12, 21], [10, 21], [10, 20]]


def test_a_ring_over_the_date_line_is_cut_in_two() -> None:
    ring = np.array([[170.0, 0.0], [-170.0, 0.0], [-170.0, 10.0], [170.0, 10.0], [170.0, 0.0]])
    parts = within_180(ring)
    assert sorted((part[:, 0].min(), part[:, 0].max()) for part in parts) == [(-180, -170), (170, 180)]


def test_the_vendored_shapes_are_what_their_source_says() -> None:
    folder = files("amparo.pictures").joinpath("geometry/natural-earth")
    source = tomllib.loads(folder.joinpath("SOURCE.toml").read_text(encoding="utf-8"))
    assert hashlib.sha256(folder.joinpath(source["file"]).read_bytes()).hexdigest() == source["sha256"]
    assert "Permission to use, copy" in folder.joinpath("LICENSE").read_text(encoding="utf-8")


def test_a_map_is_chosen_by_its_codes() -> None:
    assert geography_for({"XA", "XC"}) is demo_region()
    assert geography_for({"UA", "PH", "XA"}) is world()
    assert geography_for({"ZZ"}) is None
    assert geography_for(()) is None
    assert [alpha2(code) for code in ("UKR", "804", "UA", "XA")] == ["UA", "UA", "UA", "XA"]
    assert {"UA", "PH", "FR", "NO", "XK", "US", "RU"} <= world().shapes.keys()
    assert "AQ" not in world().shapes


def test_anchors_lie_in_their_country() -> None:
    for code in ("XA", "XB", "XC"):
        x, y = demo_region().anchor(code)
        ring = max(demo_region().shapes[code], key=len)
        assert ring[:, 0].min() < x < ring[:, 0].max()
        assert ring[:, 1].min() < y < ring[:, 1].max()


def test_a_window_holds_the_countries_named() -> None:
    view = view_on(world(), ["UA", "MD"], width=1080, tallest=470)
    for code in ("UA", "MD"):
        corners = [view.place((float(x), float(y))) for x, y in world().shapes[code][0]]
        assert all(0 <= x <= view.width and 0 <= y <= view.height for x, y in corners)
        assert view.sees(code, world())
    assert not view.sees("NZ", world())


def test_outlines_fit_their_window() -> None:
    """An outline is written once for a level; the view box of a window moves it to where its points fall."""
    for width, codes in ((1080, ["UA", "MD"]), (340, ["UA"]), (1080, sorted(world().shapes))):
        view = view_on(world(), codes, width=width, tallest=470)
        assert 0.6 < view.grain / 10 < 1.5
        left, top, wide, _ = (float(part) for part in view.box.split(" "))
        found = re.match(r"M(-?\d+) ?(-?\d+)l", outline("world", "UA", view.level))
        assert found
        x, y = ((float(found[1]) - left) / view.grain, (float(found[2]) - top) / view.grain)
        first = view.place(tuple(world().shapes["UA"][0][0].tolist()))
        assert (x, y) == pytest.approx(first, abs=0.25)
        assert wide / view.grain == pytest.approx(view.width, abs=0.2)


def test_the_words_are_complete_and_take_the_same_values() -> None:
    english = sentences("pictures", "en")
    for language in LANGUAGES:
        other = sentences("pictures", language)
        assert other.keys() == english.keys()
        for key, sentence in other.items():
            assert set(re.findall(r"\{(\w+)\}", sentence)) == set(re.findall(r"\{(\w+)\}", english[key])), key
