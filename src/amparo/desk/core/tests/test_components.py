"""Components say the same to eyes and to screen readers, and never by colour alone."""

from datetime import date

import pytest
from django import forms
from django.template.loader import render_to_string
from django.utils import translation

from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.core.templatetags import components


@pytest.mark.parametrize("tone", sorted(components.TONES))
def test_every_tone_has_a_shape_of_its_own_and_a_word(tone):
    page = render_to_string("core/components/tag.html", {"tone": tone, "words": "a word"})
    assert components.SHAPES[components.TONES[tone]] in page
    assert "a word" in page


def test_danger_attention_and_settled_differ_in_shape():
    shapes = [components.TONES[tone] for tone in ("high", "mid", "low", "ok", "no", "stop")]
    assert len(set(shapes)) == len(shapes)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("suppressed", "too few"), ("unknown", "unknown"), ("declined", "prefers not to say"), ("zero", "asked, and none")],
)
def test_what_is_no_ordinary_number_has_its_own_mark_and_words(kind, words):
    with translation.override("en"):
        assert words in components.mark(kind)


def test_unknown_refused_suppressed_and_zero_look_different():
    marks = {components.mark(kind) for kind in ("suppressed", "unknown", "declined", "zero")}
    assert len(marks) == 4


@pytest.mark.parametrize(
    ("written", "language", "words"),
    [
        ("1991-04-02", "en", "2 April 1991"),
        ("1991-04", "en", "April 1991"),
        ("1991", "en", "1991"),
        ("1991-04~", "en", "about April 1991"),
        ("1991-04~", "fr", "vers avril 1991"),
        ("1991-04-02", "es", "2 de abril de 1991"),
        ("", "en", ""),
    ],
)
def test_a_partial_date_is_written_as_the_reader_does(written, language, words):
    with translation.override(language):
        assert components.in_words(PartialDate.parse(written)) == words


def test_an_unknown_and_a_refused_date_are_marks_and_a_day_is_in_words():
    with translation.override("en"):
        assert "unknown" in components.in_words(PartialDate.parse("unknown"))
        assert "prefers not to say" in components.in_words(PartialDate.parse("declined"))
        assert components.in_words(date(2026, 11, 22)) == "22 November 2026"


@pytest.mark.parametrize(
    ("value", "words"), [("yes", "Yes"), ("no", "No"), ("unknown", "unknown"), ("declined", "prefers"), ("", "not asked")]
)
def test_four_answers_and_not_asked_are_five_things(value, words):
    with translation.override("en"):
        assert words in components.answer(value)


def test_words_in_a_component_are_escaped():
    assert "<b>" not in render_to_string("core/components/tag.html", {"tone": "ok", "words": "<b>x</b>"})
    assert "<b>" not in render_to_string("core/components/note.html", {"title": "<b>x</b>", "words": "<b>"})
    assert "<b>" not in render_to_string("core/components/empty.html", {"title": "<b>x</b>", "words": "<b>"})


@pytest.mark.parametrize(("language", "words"), [("en", "20,000"), ("fr", "20\u202f000"), ("es", "20\u202f000")])
def test_a_great_number_is_grouped_as_the_reader_does(language, words):
    with translation.override(language):
        assert components.grouped(20_000).replace("\u00a0", "\u202f") == words
        assert components.grouped(143) == "143"


@pytest.mark.parametrize(("label", "said"), [("On which day?", "On which day? An"), ("Day", "Day: An")])
def test_the_error_summary_ends_a_label_once(label, said):
    class Asked(forms.Form):
        day = forms.CharField(label=label)

    with translation.override("en"):
        page = render_to_string("core/components/error_summary.html", {"form": Asked({})})
    assert f'<a href="#id_day">{said} answer is needed' in page
