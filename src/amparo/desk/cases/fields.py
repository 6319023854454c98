"""Form fields of the record: codes of the standard, and groups of four-valued answers in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from amparo.desk.core.answers import Answer
from amparo.desk.questions import coded

from . import common

SORTED = frozenset({"country", "language"})
"""Lists so long that they are offered by label, not in the list's own order."""


def language() -> str:
    """Return the reader's language as the code lists know it."""
    return (get_language() or "en")[:2]


def label(name: str, code: str) -> str:
    """Return the label of a code in the reader's language, also of one that the office ever added; "" for no code."""
    return coded.label(name, code, language())


def form_label(code: str) -> str:
    """Return the label of a form of exploitation in the reader's language, whoever added it."""
    return label("exploitation", code)


def labels(name: str, found: list[str]) -> list[str]:
    """Return the labels of several codes."""
    return [label(name, code) for code in found]


def code_choices(name: str) -> list[tuple[str, str]]:
    """Return a code list's offered codes with their labels, also those that the office adds, an empty one first."""
    offered = [(code.code, code.label[language()]) for code in coded.offered(name).codes]
    if name in SORTED:
        offered.sort(key=lambda pair: pair[1].casefold())
    return [("", ""), *offered]


def grouped_choices(name: str) -> list[tuple[str, Any]]:
    """Return a long list with the office's own most frequent codes in a group on top; they stand in the whole list too."""
    first, *every = code_choices(name)
    words = dict(every)
    own = [(code, words[code]) for code in common.codes_of(name) if code in words]
    return [first, (str(_("Most used here")), own), (str(_("All")), every)] if own else [first, *every]


class CodeSelect(forms.Select):
    """A select that writes hundreds of options in one go, in groups where it has some."""

    def render(self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Return the element; an option outside the list, from older data, stays chosen."""
        chosen = "" if value is None else str(value)
        groups = [
            (str(head), list(rest)) if isinstance(rest, list | tuple) else ("", [(head, rest)]) for head, rest in self.choices
        ]
        if chosen and all(chosen != str(code) for _head, pairs in groups for code, _words in pairs):
            groups.append(("", [(chosen, chosen)]))
        options, waits = SafeString(""), True
        for head, pairs in groups:
            written, waits = self._options(pairs, chosen, waits=waits)
            options += format_html('<optgroup label="{}">{}</optgroup>', head, written) if head else written
        built = self.build_attrs(self.attrs, dict(attrs or {})) | {"name": name}
        written = format_html_join("", ' {}="{}"', ((key, value) for key, value in built.items() if value not in (False, None)))
        return format_html("<select{}>{}</select>", written, options)

    @staticmethod
    def _options(pairs: list[tuple[Any, Any]], chosen: str, *, waits: bool) -> tuple[SafeString, bool]:
        """Return options; of a code that stands in two groups only the first is ticked, `waits` says that none is yet."""
        rows, ticked = [], mark_safe(" selected")
        for code, words in pairs:
            is_ticked = waits and str(code) == chosen
            waits = waits and not is_ticked
            rows.append((str(code), ticked if is_ticked else "", str(words)))
        return format_html_join("", '<option value="{}"{}>{}</option>', rows), waits


def kept_words(name: str, code: str) -> str:
    """Return the words of a code that a record holds and that is no longer offered."""
    return str(_("%(code)s (no longer offered)") % {"code": label(name, code)})


class OfAList(forms.Field):
    """A field that offers the codes of a list of the standard, and what its record holds of it besides."""

    list_name = ""

    def get_bound_field(self, form: Any, field_name: str) -> Any:
        """Bind the field; a code that is no longer offered stays where it was given, and can be taken away."""
        held = form.get_initial_for_field(self, field_name)
        self.keep(held if isinstance(held, Mapping) else dict.fromkeys(coded.codes_in(held or ""), ""))
        return super().get_bound_field(form, field_name)

    def keep(self, held: Mapping[str, str]) -> None:
        """Offer also what a record holds, at the end of the choices; the field is the form's own copy."""
        offered = list(self.choices)  # type: ignore[has-type]
        flat = [pair for code, words in offered for pair in (words if isinstance(words, list | tuple) else [(code, words)])]
        more = [(code, kept_words(self.list_name, code)) for code in held if code not in dict(flat)]
        self.choices = [*offered, *more]


class CodeField(OfAList, forms.ChoiceField):
    """A choice of one code."""


class CodesField(OfAList, forms.MultipleChoiceField):
    """A choice of several codes."""


def code_field(
    name: str, text: Any, *, help_text: Any = "", required: bool = False, widget: Any = CodeSelect, initial: Any = None
) -> forms.ChoiceField:
    """Return a choice of one code of a list; with another widget than a select it has no empty choice."""
    offers = grouped_choices if name in common.FIELDS else code_choices if widget is CodeSelect else offered
    made = CodeField(
        label=text, help_text=help_text, required=required, choices=partial(offers, name), widget=widget, initial=initial
    )
    made.list_name = name
    return made


def codes_field(name: str, text: Any, choices: Callable[[], list[tuple[str, str]]], *, help_text: Any = "") -> forms.Field:
    """Return a choice of several codes of a list, each to be ticked."""
    made = CodesField(label=text, help_text=help_text, required=False, choices=choices, widget=forms.CheckboxSelectMultiple)
    made.list_name = name
    return made


class AnswersWidget(forms.Widget):
    """A table: one row a code, one column an answer; each row can be left as not asked."""

    template_name = "cases/fields/answers.html"
    use_fieldset = True
    offered: Callable[[], list[tuple[str, str]]] = staticmethod(list)
    kept: Mapping[str, str] = MappingProxyType({})
    """Answers to codes that are no longer offered: a form that does not name them leaves them as they are."""
    columns: tuple[tuple[str, Any], ...] = (("", pgettext_lazy("answer", "Not asked")), *Answer.choices)

    def id_for_label(self, id_: str) -> str:
        """The group is named by its legend."""
        return ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        """Return what was ticked, by code."""
        found = {code: data.get(f"{name}.{code}", self.kept.get(code, "")) for code, _words in self.offered()}
        return {code: answer for code, answer in found.items() if answer}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Say whether the table was not in the form at all."""
        return name not in data

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        held = value if isinstance(value, Mapping) else {}
        base = (attrs or {}).get("id", f"id_{name}")
        number = 0
        rows = []
        for code, words in self.offered():
            cells = []
            for answer, answer_words in self.columns:
                cells.append(
                    {"id": f"{base}_{number}", "value": answer, "words": answer_words, "ticked": held.get(code, "") == answer}
                )
                number += 1
            rows.append({"name": f"{name}.{code}", "words": words, "cells": cells})
        context["widget"]["columns"] = [words for _answer, words in self.columns]
        context["widget"]["rows"] = rows
        return context


class AnswersField(OfAList):
    """Four-valued answers to a whole code list; cleans to a mapping of code to answer, without what was not asked.

    Answers that the form did not offer, from older data or another country, are kept: `initial` holds them.
    """

    widget = AnswersWidget
    default_error_messages = {"invalid": _("Choose one of the offered answers.")}

    def __init__(self, *, offered: Callable[[], list[tuple[str, str]]], **kwargs: Any) -> None:
        self._offered = offered
        super().__init__(required=False, **kwargs)
        self.offer(offered)

    def __deepcopy__(self, memo: Any) -> AnswersField:
        copied: AnswersField = super().__deepcopy__(memo)
        copied.offer(self._offered)
        return copied

    def offer(self, offered: Callable[[], list[tuple[str, str]]]) -> None:
        """Say which codes the table offers."""
        self._offered = offered
        self.widget.offered = offered

    def keep(self, held: Mapping[str, str]) -> None:
        """Ask also about what is no longer offered, where the record answers it."""
        offered = self._offered()
        more = {code: answer for code, answer in held.items() if code not in dict(offered)}
        listed = [*offered, *((code, kept_words(self.list_name, code)) for code in more)]
        self.widget.offered, self.widget.kept = lambda: listed, more

    def clean(self, value: Any) -> dict[str, str]:
        """Return the answers, or refuse one that was not offered."""
        answers = dict(value or {})
        allowed = {answer for answer, _words in self.widget.columns}
        if any(answer not in allowed for answer in answers.values()):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return answers


def offered(name: str) -> list[tuple[str, str]]:
    """Return a code list's offered codes with labels, for a table of answers or a row of buttons."""
    return code_choices(name)[1:]


def answers_field(name: str, text: Any, *, help_text: Any = "") -> AnswersField:
    """Return a table of answers to a code list."""
    made = AnswersField(offered=partial(offered, name), label=text, help_text=help_text)
    made.list_name = name
    return made
