"""A chart draws, lists and says the same figures, and claims no more than its margins allow."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.pictures import numbers
from amparo.pictures.bars import Bar, Bars
from amparo.pictures.chart import Chart, file_svg, pair
from amparo.pictures.map import Place
from amparo.pictures.svg import Shape
from amparo.pictures.tests.samples import ARVANIA, BELMORA, CHARTS, MEN, UNKNOWN, WOMEN, bars, category, flow, region, said, trend
from amparo.pictures.values import RECORD_FIELDS, Category, Mark, Quantity, Share
from amparo.standard.reasons import LANGUAGES

SVG = "{http://www.w3.org/2000/svg}"
every_chart = pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())


@every_chart
@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_picture_is_sound_and_names_itself(chart: Chart, shape: Shape, language: str) -> None:
    drawing = chart.svg(language, shape=shape, key="k")
    root = ElementTree.fromstring(drawing)
    ids = [one.attrib["id"] for one in root.iter() if "id" in one.attrib]
    assert len(ids) == len(set(ids))
    assert root.attrib["role"] == "img"
    assert set(root.attrib["aria-labelledby"].split()) <= set(ids)
    assert root.findtext(f"{SVG}title") == chart.title[language]
    assert root.findtext(f"{SVG}desc") == chart.sentence(language)
    assert " style=" not in drawing
    assert "#" not in re.sub(r"url\(#k-[hm]\)", "", re.sub(r">[^<]*<", "><", drawing))


@every_chart
def test_two_drawings_on_a_page_share_no_id(chart: Chart) -> None:
    page = pair(chart, "en", key="one") + pair(chart, "en", key="two")
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("picture-wide") == page.count("picture-narrow") == 2


@every_chart
def test_a_file_of_its_own_needs_no_style_sheet(chart: Chart) -> None:
    alone = file_svg(chart, "fr")
    root = ElementTree.fromstring(alone)
    assert not [one for one in root.iter() if "class" in one.attrib or "style" in one.attrib]
    assert "var(" not in alone
    assert "rem" not in re.sub(r">[^<]*<", "><", alone)
    fills = {one.attrib["fill"] for one in root.iter() if "fill" in one.attrib}
    assert any(fill.startswith("#") for fill in fills)


@every_chart
@pytest.mark.parametrize("language", LANGUAGES)
def test_picture_table_and_file_show_the_same_numbers(chart: Chart, language: str) -> None:
    listed = [cell for row in chart.table.rows for cell in row.cells if isinstance(cell, Quantity)]
    assert sorted(q.count for q in listed) == sorted(figure.quantity.count for figure in chart.figures)
    text = " ".join(ElementTree.fromstring(chart.svg(language)).itertext())
    for figure in chart.figures:
        if not figure.quantity.is_shown:
            assert figure.record["count"] is None
            assert figure.record["percent"] is None
            assert figure.record["mark"] == "suppressed"
        else:
            assert figure.record["count"] == figure.quantity.count
    if isinstance(chart, Bars):
        assert all(numbers.number(bar.quantity.count, language) in text for bar in chart.bars if bar.quantity.is_shown)


@every_chart
def test_every_record_has_the_same_fields(chart: Chart) -> None:
    for figure in chart.figures:
        assert tuple(figure.record)[-len(RECORD_FIELDS) :] == RECORD_FIELDS
        assert len(figure.record) == len(figure.where) + len(RECORD_FIELDS)


def test_a_count_not_larger_than_its_margin_is_neither_drawn_nor_said() -> None:
    chart = bars(400, 29, 90, margin=30.0)
    text = " ".join(ElementTree.fromstring(chart.svg("en")).itertext())
    assert "29" not in text
    assert "not shown" in text
    assert [bar.quantity.mark for bar in chart.bars] == [None, Mark.SUPPRESSED, None]


def test_zero_is_not_suppressed_and_not_unknown() -> None:
    chart = bars(400, 0, 90)
    assert chart.bars[1].quantity.mark is Mark.ZERO
    assert chart.bars[2].category.mark is Mark.UNKNOWN
    assert chart.table.marks == (Mark.UNKNOWN, Mark.ZERO)
    assert '><tspan class="p-strong">0</tspan>' in chart.svg("en").replace("\n", "")


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [(500, 700, "up from"), (700, 500, "down from"), (500, 559, "within the margin"), (500, 561, "up from"), (10, 700, "too few")],
)
def test_a_trend_claims_a_change_only_beyond_its_margins(first: int, last: int, word: str) -> None:
    assert word in trend((WOMEN, (first, 1, 1, 1, last)), margin=30.0).sentence("en")


def test_a_trend_says_nothing_of_what_nobody_recorded() -> None:
    assert "Not recorded" not in CHARTS["trend"].sentence("en")


def test_a_trend_names_those_of_whom_nothing_can_be_said_once() -> None:
    chart = trend((WOMEN, (500, 1, 1, 1, 700)), (MEN, (5, 1, 1, 1, 700)), (category("X", "Trans"), (0, 0, 0, 0, 0)))
    rise = "Women: up from 500\u00a0±\u00a030 in 2019 to 700\u00a0±\u00a030 in 2023."
    assert chart.sentence("en") == f"{rise} Men, Trans: too few to say whether the numbers changed."


def test_a_category_without_a_number_to_show_is_in_the_table_and_not_in_the_drawing() -> None:
    chart = trend((WOMEN, (500, 510, 520, 700, 90)), (category("X", "Trans"), (0, 5, 0, 29, 0)))
    assert ">Women<" in chart.svg("en")
    assert ">Trans<" not in chart.svg("en")
    assert "Trans" in [header["en"] for header in chart.table.headers]


def test_a_long_name_at_the_end_of_a_line_is_told_whole() -> None:
    name = "Trans or gender non-conforming"
    lines = [(category(chr(65 + k), f"{name} {k}"), (5, 6, 7, 8, 100 + k)) for k in range(4)]
    drawn = re.findall(r'<text x="[\d.]+" y="([\d.]+)" class="p-strong">([^<]*)', trend(*lines).svg("en"))
    assert " ".join(words for _, words in drawn).count(name) == 4
    places = [float(y) for y, _ in drawn]
    assert min(abs(a - b) for k, a in enumerate(places) for b in places[:k]) >= 14, "no line is written over another"


def test_a_year_that_is_not_over_is_marked_and_not_compared() -> None:
    chart = trend((WOMEN, (500, 510, 520, 700, 90)), partial="2023")
    assert "in 2022" in chart.sentence("en")
    assert "2023" not in chart.sentence("en")
    assert "2023: part of the year" in chart.svg("en")
    assert "part of the year" not in trend((WOMEN, (500, 510, 520, 700, 90))).svg("en")


@pytest.mark.parametrize("chart", [trend((WOMEN, (5, 0, 9, 0, 3))), flow((5, 3), (0, 9))])
@pytest.mark.parametrize("shape", list(Shape))
def test_nothing_to_draw_is_said_in_words_in_place_of_axes(chart: Chart, shape: Shape) -> None:
    drawing = chart.svg("en", shape=shape)
    assert "Nothing to draw" in drawing
    assert not any(one in drawing for one in ("p-axis", "p-grid", "p-node", "<line"))


def test_bars_of_which_none_is_shown_have_no_axis() -> None:
    assert "p-axis" not in bars(5, 9, 3).svg("en")
    assert "p-axis" in bars(5, 0, 3).svg("en")


def test_a_percentage_of_a_number_that_is_not_shown_makes_no_column() -> None:
    assert len(bars(5, 9, 3).table.headers) == 2
    assert len(bars(50, 9, 3).table.headers) == 3


def test_a_line_never_crosses_a_gap() -> None:
    drawing = trend((MEN, (200, 300, 5, 400, 500)), margin=30.0).svg("en")
    assert drawing.count("<polyline") == 2


def test_bars_name_a_first_only_when_the_margins_do_not_touch() -> None:
    assert "Form A is recorded most often" in bars(461, 400, 90).sentence("en")
    assert "within the margin" in bars(460, 400, 90).sentence("en")
    assert (
        bars(20, 10, 90).sentence("en")
        == bars(0, 0, 90).sentence("en")
        == "Nothing in this selection is larger than its margin of error."
    )


def test_a_stream_that_is_not_shown_leaves_no_gap() -> None:
    shown, hidden = flow((100, 200), (300, 400)), flow((100, 200), (300, 19))
    assert shown.svg("en").count("p-stream") == 4
    assert hidden.svg("en").count("p-stream") == 3
    heights = [float(one.attrib["height"]) for one in ElementTree.fromstring(hidden.svg("en")).iter(f"{SVG}rect")]
    origins, destinations = sum(heights[:2]), sum(heights[2:])
    assert abs(origins - destinations) < 0.3


def test_flow_names_home_when_most_stay() -> None:
    assert "in the country they come from" in flow((900, 20), (30, 40)).sentence("en")
    assert "differ by no more than their margins" in flow((100, 120), (30, 40)).sentence("en")


def test_the_map_hatches_what_is_not_shown_and_draws_no_arrow_home() -> None:
    chart = region(600, 120, 15)
    drawing = chart.svg("en", key="k")
    assert (drawing.count("url(#k-h)"), drawing.count("url(#k-m)")) == (1, 1)
    assert drawing.count('class="p-flow"') == 2
    assert chart.missing() == ()


@pytest.mark.parametrize("shape", [Shape.WIDE, Shape.NARROW])
def test_the_map_keeps_countries_with_nobody_in_frame_and_named(shape: Shape) -> None:
    whole = region(600, 120, 15)
    around = (Place(ARVANIA, Quantity(0, 7.0), None), Place(BELMORA, None, None))
    thin = replace(whole, places=whole.places[2:], arcs=(), around=around)
    window = re.compile(r'viewBox="(-?[0-9]+ [^"]*)"')
    drawn, full = (window.findall(one.svg("en", shape=shape)) for one in (thin, whole))
    assert drawn[1] == full[1]
    told = thin.svg("en", shape=shape)
    nobody = numbers.quantity(Quantity(0, 7.0), "en")
    assert all(name in told for name in ("Arvania", "Belmora", "Costaverde", nobody, "not in the filter", "too few to show"))
    assert len(thin.figures) == 2


def test_labels_cannot_break_out_of_the_picture() -> None:
    wicked = category("x", '<script>"&')
    chart = Bars(said("<b>"), "c<", (Bar(wicked, Quantity(100, 10.0), Share(5.0, 1.0)), Bar(UNKNOWN, Quantity(5, 1.0))))
    for drawing in (chart.svg("en"), file_svg(chart, "en")):
        assert "<script" not in drawing
        ElementTree.fromstring(drawing)


counts = st.integers(min_value=0, max_value=2_000_000)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(counts, st.floats(0, 1e6)), min_size=1, max_size=30), st.sampled_from(list(Shape)))
def test_bars_of_any_size_stay_inside(rows: list[tuple[int, float]], shape: Shape) -> None:
    chart = Bars(said("t"), "c", tuple(Bar(category(str(at), "name"), Quantity(n, m)) for at, (n, m) in enumerate(rows)))
    root = ElementTree.fromstring(chart.svg("es", shape=shape))
    for one in root.iter(f"{SVG}rect"):
        assert float(one.attrib["x"]) + float(one.attrib["width"]) <= shape.value


@settings(max_examples=60, deadline=None)
@given(st.lists(counts, min_size=5, max_size=5), st.floats(0, 1e6))
def test_a_trend_of_any_size_stays_inside(values: list[int], margin: float) -> None:
    root = ElementTree.fromstring(trend((WOMEN, tuple(values)), margin=margin).svg("en"))
    for one in root.iter(f"{SVG}circle"):
        assert -0.1 <= float(one.attrib["cy"]) <= 330


WIDEST_LETTER = 8.2
"""What a letter of the widest of the system fonts takes on average at the size of a bar's name, in pixels."""


@pytest.mark.parametrize("shape", [Shape.WIDE, Shape.HALF])
@pytest.mark.parametrize("name", ["Violences psychologiques", "Retención de documentos de identidad", "Excessive working hours"])
def test_no_letter_of_a_name_stands_outside_the_picture(shape: Shape, name: str) -> None:
    """Names stand right-aligned before the bars: what is too long takes a second line, it does not lose its first letter."""
    one = Bar(Category("a", dict.fromkeys(LANGUAGES, name)), Quantity(5, 1.0))
    drawing = ElementTree.fromstring(Bars(dict.fromkeys(LANGUAGES, "t"), "c", (one,)).svg("fr", shape=shape))
    ends = [(text.attrib["x"], text.text or "") for text in drawing.iter(f"{SVG}text") if text.get("class") == "p-text p-end"]
    assert " ".join(words for _x, words in ends).replace("…", "")[:10] == name[:10]
    assert all(float(x) - WIDEST_LETTER * len(words) >= -4 for x, words in ends)
