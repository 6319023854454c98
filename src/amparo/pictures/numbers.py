"""Numbers as the reader writes them: grouped by a narrow space in French and Spanish, a comma in English."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from babel.numbers import format_decimal

from amparo.pictures.values import Quantity, Share
from amparo.standard.reasons import say

NARROW = "\u202f"
"""The narrow no-break space (ISO 80000-1 groups digits by a thin space)."""


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@lru_cache(maxsize=4096)
def number(value: float, language: str, *, digits: int = 0) -> str:
    """Return a number with `digits` decimals; Spanish takes the narrow space too, since its point reads as a decimal elsewhere."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    text = str(format_decimal(value, format=pattern, locale=_locale(language)))
    if language == "es":
        text = text.replace(".", NARROW)
    return text.replace("-", "\u2212")


def margin(value: float, language: str) -> str:
    """Return a margin in whole persons, rounded up: a margin is never shown smaller than it is."""
    whole = int(value) if value == int(value) else int(value) + 1
    return number(whole, language)


def quantity(value: Quantity, language: str) -> str:
    """Return `1,610 ± 70`, or the words for a count that is not shown."""
    if not value.is_shown:
        return say("pictures", "suppressed", language)
    return say("pictures", "with_margin", language, number=number(value.count, language), margin=margin(value.margin, language))


def percent(value: float, language: str) -> str:
    """Return a percentage, with a no-break space before the sign except in English; one decimal under ten."""
    text = number(value, language, digits=0 if value >= 9.95 or value == 0 else 1)
    return f"{text}%" if language == "en" else f"{text}{NARROW}%"


def share(value: Share, language: str) -> str:
    """Return `43% ± 2` as in text."""
    wide = number(value.margin, language, digits=0 if value.margin >= 9.95 else 1)
    return f"{percent(value.percent, language)}\u00a0±\u00a0{wide}"
