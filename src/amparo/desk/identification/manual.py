"""The rules of identification as tables: the tests run them, and the manual page prints them, in three languages.

`python -m amparo.desk.identification.manual LANGUAGE` prints `docs/identification*.md`.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from amparo.desk.cases.rules import Age, Childhood, Finding, all_of, any_of, childhood
from amparo.standard.specs import Spec, printed, rule

from . import indicators, rules
from .rules import Element, Sign, Strength


def _trafficking(row: Mapping[str, str]) -> str:
    return str(rules.trafficking(**{name: Finding(value) for name, value in row.items()}).value)


def _sign(code: str, part: str, strength: Strength, cell: str) -> Sign:
    return Sign(code, Element.MEANS, part, strength, "" if cell == "–" else cell)


def _part(row: Mapping[str, str]) -> str:
    signs = [
        _sign("S-1", "coercion", Strength.DIRECT, row["direct sign"]),
        _sign("S-2", "coercion", Strength.SUPPORTING, row["supporting sign"]),
    ]
    return str(rules.element_finding(Element.MEANS, signs).value)


def _absent(row: Mapping[str, str]) -> str:
    signs = [_sign(f"S-{part}", part, Strength.DIRECT, row[part]) for part in ("force", "deception")]
    signs.append(_sign("S-3", "force", Strength.SUPPORTING, row["supporting sign"]))
    return str(rules.element_finding(Element.MEANS, signs).value)


def _told(row: Mapping[str, str]) -> str:
    signs = [
        _sign("S-1", "coercion", Strength.DIRECT, row["answer"]),
        _sign("S-2", "deception", Strength.DIRECT, row["another form, answered"]),
    ]
    told = {} if row["set by the person who decides"] == "–" else {"coercion": row["set by the person who decides"]}
    return str(rules.element_finding(Element.MEANS, signs, told=told).value)


def _child(row: Mapping[str, str]) -> str:
    least, most = (None, None) if row["age"] == "–" else tuple(int(part) for part in row["age"].split(" to "))
    return str(childhood(Age(least, most, row["contested"] == "yes"), majority_years=18).protected.value)


def _child_rule(row: Mapping[str, str]) -> str:
    said = zip(rules.WHEN, (row["child at entry"], row["child in exploitation"]), strict=True)
    applies, why = rules.child_rule(
        now=Childhood(row["now"]),
        at_opening=Childhood(row["at opening"]),
        recorded={name: Finding(value) for name, value in said if value != "–"},
    )
    return f"{applies} {why}"


def _all(row: Mapping[str, str]) -> str:
    return str(all_of(Finding(row["first"]), Finding(row["second"])).value)


def _any(row: Mapping[str, str]) -> str:
    return str(any_of(Finding(row["first"]), Finding(row["second"])).value)


def _proposes(row: Mapping[str, str]) -> str:
    elements = {element: Finding(row[element.value]) for element in Element}
    return str(rules.proposes(elements, child=Finding(row["child"])).value)


RUNS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "trafficking": _trafficking,
    "child": _child,
    "child_rule": _child_rule,
    "part": _part,
    "absent": _absent,
    "told": _told,
    "all": _all,
    "any": _any,
    "proposes": _proposes,
}
"""What each table is run against."""


@cache
def _held() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("manual.toml").read_text(encoding="utf-8"))


def specs() -> tuple[Spec, ...]:
    """Return every rule with its table, in the order of the page."""
    return tuple(Spec(held["name"], held["title"], held["text"], held["table"], RUNS[held["runs"]]) for held in _held()["specs"])


FILES = {"en": "identification.md", "fr": "identification.fr.md", "es": "identification.es.md"}
"""The page of each language under `docs/`."""


def page(language: str) -> str:
    """Return the manual page in one language, as Markdown."""
    words = _held()["page"][language]
    parts = [f"# {words['title']}", "", words["intro"], ""]
    for spec in specs():
        parts += printed(spec, language)
    parts += [*_sets(language), *_prompts(language)]
    parts += [f"## {words['indicators']}", "", words["indicators_text"], ""]
    parts += rule(words["columns"].split(" | "))
    for indicator in indicators.every().values():
        mark = " ♂" if indicator.prompts_men_and_boys else ""
        cells = (
            indicator.code,
            words[indicator.element.value],
            words[indicator.strength.value],
            indicator.question[language] + mark,
            indicator.framework,
        )
        parts.append("| " + " | ".join(cells) + " |")
    return "\n".join(parts) + "\n"


def _sets(language: str) -> Iterator[str]:
    """Yield the lists of indicators, each version with its source, its validity and how much it asks."""
    words = _held()["page"][language]
    yield from (f"## {words['sets']}", "", words["sets_text"], "", *rule(words["set_columns"].split(" | ")))
    for one in indicators.all_sets().values():
        days = " – ".join(str(day or "") for day in (one.valid_from, one.valid_until)).strip(" –") or "–"
        source = one.source.get(language, one.source["en"])
        yield f"| {one.title[language]} | {one.key} | {one.country or '–'} | {days} | {len(one.indicators)} | {source} |"
    yield ""


def _prompts(language: str) -> Iterator[str]:
    """Yield what every conversation is reminded of."""
    words = _held()["page"][language]
    yield from (f"## {words['prompts']}", "", words["prompts_text"], "")
    for one in indicators.prompts():
        yield f"- {one.words[language]} {one.why[language]}"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(page(sys.argv[1]))
