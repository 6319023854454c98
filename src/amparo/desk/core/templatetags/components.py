"""What templates need to show components: shapes, marks, anchors, dates in words."""

from __future__ import annotations

from typing import Any

from django.template import Library
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amparo.desk.core import damage
from amparo.desk.core.partial_dates import Known, PartialDate

register = Library()

SHAPES = {
    "triangle": "M6 .5 11.8 11H.2z",
    "diamond": "M6 .2 11.8 6 6 11.8.2 6z",
    "ring": "M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1m0 1.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4",
    "tick": "M4.5 10.4.8 6.7l1.5-1.5 2.2 2.2L9.8 2l1.6 1.5z",
    "cross": "M10.6 2.8 9.2 1.4 6 4.6 2.8 1.4 1.4 2.8 4.6 6 1.4 9.2l1.4 1.4L6 7.4l3.2 3.2 1.4-1.4L7.4 6z",
    "octagon": "M3.6.3h4.8l3.3 3.3v4.8l-3.3 3.3H3.6L.3 8.4V3.6zM2.6 5v2h6.8V5z",
    "dot": "M6 2.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7",
}
"""Paths on a ground of 12 by 12, drawn for Amparo."""
TONES = {
    "high": "triangle",
    "stop": "octagon",
    "mid": "diamond",
    "wait": "diamond",
    "low": "ring",
    "ok": "tick",
    "no": "cross",
    "plain": "dot",
}
"""The shape that always goes with a tone, so that colour never speaks alone."""


@register.simple_tag
def shape(tone: str) -> SafeString:
    """Draw the shape of a tone (`high`, `mid`, `low`, `ok`, `no`, `stop`, `wait`, `plain`) in the current colour."""
    path = SHAPES[TONES.get(tone, tone)]
    return format_html('<svg class="{}" viewBox="0 0 12 12" aria-hidden="true"><path d="{}"/></svg>', tone, path)


@register.simple_tag
def mark(kind: str) -> SafeString:
    """Show what is no ordinary number: `suppressed`, `unknown`, `declined` or `zero`; the words go with it for screen readers."""
    sign, css, words = {
        "suppressed": ("S", "mk-s", _("suppressed: too few persons to show")),
        "unknown": ("?", "mk-u", _("unknown")),
        "declined": ("R", "mk-r", _("prefers not to say")),
        "zero": ("0", "mk-z", _("zero: asked, and none")),
    }[kind]
    return format_html(
        '<span class="mk {}" title="{}"><span aria-hidden="true">{}</span><span class="vh">{}</span></span>',
        css,
        words,
        sign,
        words,
    )


@register.filter
def anchor(field: Any) -> str:
    """Return the id of the first input of a bound field: where a link from the error summary must lead."""
    if field.use_fieldset and not field.field.widget.needs_multipart_form:
        return f"{field.auto_id}_0"
    return str(field.auto_id)


@register.filter
def is_checkbox(field: Any) -> bool:
    """Say whether a bound field is one tick box, whose label stands beside it."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not field.use_fieldset


@register.filter
def has_group(field: Any) -> bool:
    """Say whether a bound field is a group of inputs under a legend."""
    return bool(field.use_fieldset) and not field.field.widget.needs_multipart_form


@register.filter
def grouped(number: int) -> str:
    """Write a whole number as the reader groups its digits."""
    return str(number_format(number, use_l10n=True, force_grouping=True))


@register.filter
def in_words(value: Any) -> SafeString | str:
    """Write a date as the reader does, month in words; a `PartialDate` with how well it is known."""
    if not isinstance(value, PartialDate):
        return date_format(value, "DATE_FORMAT") if value else ""
    if value.known in (Known.ABSENT, Known.WITHHELD):
        return ""
    if value.known is Known.ERASED:
        return _("erased")
    if value.known is Known.DAMAGED:
        return damage.words()
    if value.known is Known.UNKNOWN:
        return mark("unknown")
    if value.known is Known.DECLINED:
        return mark("declined")
    if value.day:
        words = date_format(value.earliest, "DATE_FORMAT")
        return pgettext("day", "about %(date)s") % {"date": words} if value.known is Known.ESTIMATED else words
    words = date_format(value.earliest, "YEAR_MONTH_FORMAT") if value.month else str(value.year)
    return pgettext("date", "about %(date)s") % {"date": words} if value.known is Known.ESTIMATED else words


@register.filter
def answer(value: str) -> SafeString | str:
    """Show a four-valued answer: yes and no in words, unknown and declined as their marks, not asked as a dash."""
    if value in ("unknown", "declined"):
        return mark(value)
    if value in ("yes", "no"):
        return pgettext("answer", "Yes") if value == "yes" else pgettext("answer", "No")
    return format_html('<span class="muted" title="{}">–<span class="vh"> {}</span></span>', _("not asked"), _("not asked"))


@register.simple_tag
def emblem() -> SafeString:
    """Draw Amparo's sign: a doorway with somebody in it."""
    return mark_safe(
        '<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="currentColor" '
        'd="M12 2c5 0 9 4 9 9v11h-3.4V11a5.6 5.6 0 0 0-11.2 0v11H3V11c0-5 4-9 9-9z'
        'M9.4 22v-9.2a2.6 2.6 0 0 1 5.2 0V22z"/></svg>'
    )
