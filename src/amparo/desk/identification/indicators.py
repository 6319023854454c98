"""The indicators as data: what each asks, in three languages, and for which part of which element it speaks.

`indicators.csv` follows the ILO's eleven indicators of forced labour (2012), the elements of the
Palermo Protocol, a country's list of groups and the practices asked in surveys along the routes;
the wording is our own. *Yes* always means that the sign is present.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from .rules import Element, Sign, Strength

STEPS = ("recruitment", "freedom", "work", "violence")
"""The pages of questions, in the order in which a conversation goes."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One question and what a yes speaks for; `fact` names the standard's code that a yes would record, as `group.code`."""

    code: str
    framework: str
    phase: str
    step: str
    element: Element
    part: str
    strength: Strength
    fact: str
    prompts_men_and_boys: bool
    question: Mapping[str, str]
    hint: Mapping[str, str]

    def sign(self, answer: str, source: str = "") -> Sign:
        """Return the indicator as answered."""
        return Sign(self.code, self.element, self.part, self.strength, answer, source)


def _indicator(row: Mapping[str, str]) -> Indicator:
    return Indicator(
        code=row["code"],
        framework=row["framework"],
        phase=row["phase"],
        step=row["step"],
        element=Element(row["element"]),
        part=row["part"],
        strength=Strength(row["strength"]),
        fact=row["fact"],
        prompts_men_and_boys=row["prompt"] == "men_boys",
        question=MappingProxyType({language: row[f"question_{language}"] for language in ("en", "fr", "es")}),
        hint=MappingProxyType({language: row[f"hint_{language}"] for language in ("en", "fr", "es")}),
    )


@cache
def every() -> Mapping[str, Indicator]:
    """Return all indicators by code, in the order of asking."""
    text = files(__package__).joinpath("indicators.csv").read_text(encoding="utf-8")
    return MappingProxyType({row["code"]: _indicator(row) for row in csv.DictReader(text.splitlines())})


def of_step(step: str) -> tuple[Indicator, ...]:
    """Return the indicators asked on one page."""
    return tuple(indicator for indicator in every().values() if indicator.step == step)


def parts(element: Element) -> tuple[str, ...]:
    """Return the parts of an element that some indicator speaks for, in the order of asking."""
    return tuple(dict.fromkeys(indicator.part for indicator in every().values() if indicator.element is element))
