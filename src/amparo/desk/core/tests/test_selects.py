"""A list to choose from is the same as its template makes, Django's or the desk's, whatever stands in it."""

import copy

from django import forms
from django.forms.renderers import DjangoTemplates
from django.template.loader import render_to_string
from django.test import SimpleTestCase
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.core import damage
from amparo.desk.core.forms import TICKED, Renderer
from amparo.desk.core.selects import Ready

TEXTS = st.text(alphabet="ab<>&\"' é\u200f", max_size=6)
CHOICE = st.tuples(TEXTS, TEXTS)
GROUP = st.tuples(TEXTS.filter(str.strip), st.lists(CHOICE, min_size=1, max_size=3))
CHOICES = st.lists(st.one_of(CHOICE, GROUP), max_size=4)
WIDGETS = st.sampled_from([forms.Select, forms.SelectMultiple, forms.CheckboxSelectMultiple, forms.RadioSelect])
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={"id": TEXTS, "class": TEXTS, **dict.fromkeys(("required", "data-x"), st.one_of(TEXTS, st.booleans(), st.integers()))},
)


def same(widget, value):
    """Compare, for the same widget and value, what the desk's renderer writes with what the template makes that stands for it."""
    ours = widget.render("a<b", value, renderer=Renderer())
    if widget.template_name in TICKED:
        theirs = render_to_string(widget.template_name, widget.get_context("a<b", value, widget.attrs))
    else:
        theirs = widget.render("a<b", value, renderer=DjangoTemplates())
    SimpleTestCase().assertHTMLEqual(ours, theirs)
    return ours


@given(WIDGETS, CHOICES, ATTRIBUTES, st.one_of(TEXTS, st.lists(TEXTS, max_size=2)))
def test_it_is_what_the_template_makes(kind, choices, attributes, value):
    same(kind(attrs=attributes, choices=choices), value)


def test_words_are_escaped_once_and_markup_that_is_safe_stays():
    widget = forms.Select(choices=[("<i>", "<b>"), ("safe", mark_safe("<b>&amp;</b>")), ("late", gettext_lazy("Yes"))])
    written = same(widget, "<i>")
    assert '<option value="&lt;i&gt;" selected>&lt;b&gt;</option>' in written
    assert "<b>&amp;</b>" in written
    written = same(forms.CheckboxSelectMultiple({"id": "x"}, choices=widget.choices), ["<i>"])
    box = '<input type="checkbox" name="a&lt;b" value="&lt;i&gt;" id="x_0" checked>'
    assert f'<div class="opt" id="x"><label for="x_0">{box}<span>&lt;b&gt;</span></label>' in written
    assert "<b>&amp;</b>" in written


def test_a_name_that_cannot_be_opened_is_a_choice_that_says_so():
    for kind in (forms.Select, forms.RadioSelect):
        assert damage.words() in same(kind(choices=[("x", damage.DAMAGED)]), "")


@given(st.lists(CHOICE, max_size=4), TEXTS)
def test_choices_that_are_in_order_already_are_shown_and_accepted_like_others(choices, value):
    ready, plain = forms.ChoiceField(choices=Ready(choices)), forms.ChoiceField(choices=choices)
    assert ready.valid_value(value) == plain.valid_value(value)
    shown = [field.widget.render("a", value, renderer=Renderer()) for field in (ready, plain, copy.deepcopy(ready))]
    assert shown[0] == shown[1] == shown[2]
