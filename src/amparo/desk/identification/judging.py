"""What a screening says of a list of indicators that an office brings, before it is taken. No Django here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amparo.desk.questions.form import Words
from amparo.desk.questions.indicators import FACT_LISTS, PLAIN, Indicator, IndicatorSet
from amparo.desk.questions.rules import reason
from amparo.standard.reasons import Reason

from . import indicators
from .indicators import GENERAL, LANGUAGES, Contradictory, Source
from .indicators import IndicatorSet as Asked
from .rules import Element, Strength

OWN = "own:"
"""Before the code of a list that an office brought, so that it never takes the name of one that comes with the program."""
GROUPS = ", ".join(FACT_LISTS)
TOLD = {"part_of_another_element", "fact_unknown", "code_twice"}
"""What is left to say of a list whose rows were judged one by one."""


def wrong_with(held: IndicatorSet, where: str) -> Iterator[Reason]:
    """Yield why a list, each of whose rows is sound, cannot be asked as a whole."""
    facts = {one.code: one.fact for one in held.rows}
    try:
        read(held, code=held.code, number=1)
    except Contradictory as refused:
        for flaw in refused.flaws:
            if flaw.reason in TOLD:
                yield reason(f"indicator_{flaw.reason}", where, value=flaw.place, fact=facts.get(flaw.place, ""), groups=GROUPS)


def read(held: IndicatorSet, *, code: str, number: int) -> Asked:
    """Return a list that an office brought as it is asked; raise `Contradictory` for one that cannot be."""
    made = source(held, code=code, number=number)
    return indicators.load([*indicators.shipped(), made])[made.key]


def source(held: IndicatorSet, *, code: str, number: int) -> Source:
    """Return a list that an office brought as screenings read one; languages that it lacks get the words of its first.

    A list that shows only a part of what must be shown is asked after the general one.
    """
    title = _in_every_language(held.title, held.languages, code)
    head: dict[str, Any] = {"code": f"{OWN}{code}", "version": str(number), "title": title, "source": held.source or code}
    if held.added:
        head["facts"] = held.added
    shown = {one.element for one in held.rows if one.strength == Strength.DIRECT}
    if shown < {element.value for element in Element}:
        head["takes"] = [{"set": GENERAL}]
    return Source(head, tuple(_row(one, held.languages) for one in held.rows))


def _row(one: Indicator, languages: tuple[str, ...]) -> dict[str, str]:
    question = _in_every_language(one.question, languages, one.code)
    hint = _in_every_language(one.hint, languages, "") if any(one.hint.values()) else dict.fromkeys(LANGUAGES, "")
    plain = {name: getattr(one, name) for name in PLAIN}
    return plain | {f"question_{tag}": question[tag] for tag in LANGUAGES} | {f"hint_{tag}": hint[tag] for tag in LANGUAGES}


def _in_every_language(words: Words, languages: tuple[str, ...], otherwise: str) -> dict[str, str]:
    """Fill the desk's languages that the country does not speak with the words of its first one."""
    first = next((words[tag] for tag in languages if words.get(tag)), otherwise)
    return {tag: words.get(tag) or first for tag in LANGUAGES}
