"""Gaps and contradictions in the reader's words, each with what came of asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from amparo.desk.cases import fields

from .models import OddityAnswer
from .rules import Found, Oddity

WORDS: Mapping[Oddity, tuple[Any, Any]] = {
    Oddity.TWO_ACCOUNTS: (_("Two accounts: legs %(legs)s"), _("Both are kept; neither is chosen for the person.")),
    Oddity.ENDS_BEFORE_IT_BEGINS: (
        _("Leg %(legs)s ends before it begins"),
        _("It would end by %(since)s and not begin before %(until)s."),
    ),
    Oddity.OUT_OF_ORDER: (
        _("Out of order: legs %(legs)s"),
        _("The later leg begins by %(since)s, the earlier one not before %(until)s."),
    ),
    Oddity.OVERLAP: (
        _("Overlap: legs %(legs)s"),
        _("The later leg begins by %(since)s; the earlier one does not end before %(until)s."),
    ),
    Oddity.COUNTRY_GAP: (_("Gap between legs %(legs)s"), _("How the person came from %(left)s to %(reached)s is not told.")),
    Oddity.PLACE_GAP: (
        _("Gap between legs %(legs)s"),
        _("The first ends in another place of the country than the next begins in: how the person came there is not told."),
    ),
    Oddity.TIME_GAP: (
        _("Gap between legs %(legs)s"),
        _("Nothing is told from %(since)s to %(until)s. Ask only if the person wants to."),
    ),
    Oddity.BEFORE_BIRTH: (
        _("Leg %(legs)s lies before the birth"),
        _("It would have ended by %(since)s, before the date of birth in the record. One of the two dates is wrong."),
    ),
    Oddity.AGE_AT_ENTRY: (
        _("Age at the beginning: leg %(legs)s"),
        _("By the date of birth the person was on the other side of the age of majority than the facts of the case say."),
    ),
    Oddity.EXPLOITED_BEFORE_RECRUITED: (
        _("Exploited before recruited: legs %(legs)s"),
        _("Exploitation stands before the first recruitment. Move a leg, or tell how it was."),
    ),
    Oddity.EXPLOITED_AFTER_EXIT: (
        _("Exploitation after the exit: legs %(legs)s"),
        _("No new recruitment is told in between. If it was another trafficking, it is another case."),
    ),
    Oddity.BORDER_WITHIN_A_COUNTRY: (
        _("A border inside one country: leg %(legs)s"),
        _("A border was crossed, and both ends of the leg lie in one country."),
    ),
    Oddity.HELD_BUT_SHOWN: (
        _("Document held, and shown at a border: legs %(legs)s"),
        _("Others kept it in the first of these legs; in the second the person crossed with own papers. Perhaps it was lent."),
    ),
    Oddity.HELD_AND_NOT_HELD: (
        _("Document held or not: leg %(legs)s"),
        _("The means of control say that no documents were withheld; one is told of as kept."),
    ),
    Oddity.HELD_WITHOUT_DOCUMENT: (
        _("Which document? Leg %(legs)s"),
        _("Documents were withheld; which, and by whom, is not told."),
    ),
    Oddity.PAID_BY_NOBODY: (_("Paid by whom? Leg %(legs)s"), _("A wage was paid; by whom is not told.")),
    Oddity.DEBT_TO_NOBODY: (_("Owed to whom? Leg %(legs)s"), _("A debt or a claim is told; to whom it is owed is not.")),
}


@dataclass(frozen=True, slots=True)
class ShownOddity:
    """An oddity in words, with its answer; an answer to something else that was found before is no answer any more."""

    found: Found
    title: str
    detail: str
    is_contradiction: bool
    answer: OddityAnswer | None = None
    is_outdated: bool = False

    @property
    def is_open(self) -> bool:
        """Say whether nobody has answered what is found now."""
        return self.answer is None or self.is_outdated

    @property
    def subject(self) -> str:
        """What its answer is about, for the address of the answer's page."""
        return self.found.subject


def shown(found: Found, answers: Mapping[str, OddityAnswer]) -> ShownOddity:
    """Return an oddity in words, with what came of asking."""
    title, detail = WORDS[found.oddity]
    values = {
        "legs": " · ".join(found.legs),
        "since": _day(found.since),
        "until": _day(found.until),
        "left": fields.label("country", found.left),
        "reached": fields.label("country", found.reached),
    }
    answer = answers.get(found.subject)
    outdated = answer is not None and answer.found not in ("", found.told)  # "": what was compared is kept no more
    return ShownOddity(found, str(title) % values, str(detail) % values, found.is_contradiction, answer, outdated)


def _day(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""
