"""Sums in the reader's words: amounts with their currency, what they come to, and what was promised beside what was received."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from . import money
from .choices import MoneyFor, MoneyState, Period
from .models import Amount

EACH: dict[str, Any] = {
    Period.HOUR: gettext_lazy("%(sum)s an hour"),
    Period.DAY: gettext_lazy("%(sum)s a day"),
    Period.WEEK: gettext_lazy("%(sum)s a week"),
    Period.MONTH: gettext_lazy("%(sum)s a month"),
    Period.YEAR: gettext_lazy("%(sum)s a year"),
    Period.PIECE: gettext_lazy("%(sum)s a piece or client"),
}


@dataclass(frozen=True, slots=True)
class ShownSum:
    """What one kind of sum comes to in one currency."""

    purpose: str
    state: str
    total: str
    open: str


def decimal(text: str) -> Decimal | None:
    """Return a number as it was stored; None for none."""
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def value(row: Amount) -> money.Money:
    """Return a sum as the rules see it; what is withheld is not known."""
    return money.Money(row.standard_code("purpose"), row.state, decimal(row.amount), row.currency, row.period, decimal(row.times))


def number(told: Decimal) -> str:
    """Return a number as the reader writes it, without needless decimals."""
    plain = told.quantize(Decimal(1)) if told == told.to_integral_value() else told.normalize()
    return str(number_format(plain, use_l10n=True, force_grouping=True))


def bare(told: money.Money) -> str:
    """Return an amount with its currency; a question mark for what is not known."""
    return f"{number(told.amount) if told.amount is not None else '?'}\u00a0{told.currency or '?'}"


def in_words(told: money.Money) -> str:
    """Return a sum with its period and how often it was."""
    said = str(EACH[told.period]) % {"sum": bare(told)} if told.period in EACH else bare(told)
    if told.period in EACH and told.times is not None:
        often = int(told.times) if told.times == told.times.to_integral_value() else 2
        said = ngettext("%(sum)s, %(times)s time", "%(sum)s, %(times)s times", often) % {"sum": said, "times": number(told.times)}
    return said


def totals(told: Iterable[money.Money]) -> tuple[ShownSum, ...]:
    """Return what sums come to, currency by currency."""
    return tuple(
        ShownSum(
            str(dict(MoneyFor.choices).get(one.purpose, one.purpose)),
            str(dict(MoneyState.choices).get(one.state, one.state)),
            f"{number(one.total)}\u00a0{one.currency or '?'}" if one.total or not one.open else "",
            _open(one),
        )
        for one in money.sums(told)
    )


def _open(one: money.Sum) -> str:
    if not one.open:
        return ""
    if not one.total:
        return ngettext("%(number)s sum, not known in full", "%(number)s sums, not known in full", one.open) % {"number": one.open}
    said = ngettext("and %(number)s that is not known in full", "and %(number)s that are not known in full", one.open)
    return said % {"number": one.open}


def wage_sentences(told: Sequence[money.Money]) -> tuple[str, ...]:
    """Return a sentence for each currency in which a wage was promised; arithmetic on what is told, never a verdict."""
    return tuple(_sentence(line) for line in money.wages(told))


def _sentence(line: money.WageLine) -> str:
    promised, received = (", ".join(map(in_words, sums)) for sums in (line.promised, line.received))
    if not line.received:
        said = _("Was promised %(promised)s; nothing is told of what was received.") % {"promised": promised}
    else:
        said = _("Was promised %(promised)s; received %(received)s.") % {"promised": promised, "received": received}
    if line.deducted:
        said = f"{said} " + _("Deducted: %(sums)s.") % {"sums": ", ".join(map(in_words, line.deducted))}
    if line.short is not None:
        missing = f"{number(line.short)}\u00a0{line.currency}"
        said = f"{said} " + _("By this account %(missing)s were promised and not received.") % {"missing": missing}
    return said
