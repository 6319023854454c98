"""The rules of comparing as tables: the tests run them, and the manual page prints them, in three languages.

`python -m amparo.linkage.manual LANGUAGE` prints `docs/linkage*.md`.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from amparo.standard.specs import Run, Spec, printed, rule

from .comparing import Description, Level, Span, birth_level, compare, name_level, phone_tail, weight
from .words import CLOSE, alike, words

Row = Mapping[str, str]


def span(text: str) -> Span | None:
    """Read a birth as the tables write it: a day, a month, a year, `about` a year, or – for not known."""
    if text == "–":
        return None
    is_guess = text.startswith("about ")
    parts = [int(part) for part in text.removeprefix("about ").split("-")]
    year, month, day = (*parts, 0, 0)[:3]
    last = date(year, month, day) if day else date(year + (month or 12) // 12, (month or 12) % 12 + 1, 1)
    latest = last if day else date.fromordinal(last.toordinal() - 1)
    return Span(date(year, month or 1, day or 1), latest, is_guess)


def _word(row: Row) -> str:
    [one], [other] = words(row["one word"]), words(row["another"])
    return "same" if alike(one, other) == 1.0 else "close" if alike(one, other) >= CLOSE else "different"


def _name(row: Row) -> str:
    return str(name_level([row["one name"]], row["names of the other"].split("; ")) or "–").removeprefix("name_")


def _born(row: Row) -> str:
    return str(birth_level(span(row["one birth"]), span(row["another"])) or "–").removeprefix("birth_")


def _phone(row: Row) -> str:
    ones, others = phone_tail(row["one number"]), phone_tail(row["another"])
    return "–" if not ones or not others else "same" if ones == others else "differs"


def _rest(row: Row) -> str:
    told = ([part for part in row[name].split("; ") if part != "–"] for name in ("one", "another"))
    what, (first, other) = row["what"], told
    given: tuple[dict[str, Any], ...] = tuple(
        {what: "".join(each) if what == "gender" else frozenset(each)} for each in (first, other)
    )
    found = compare(*(Description(names=(), **each) for each in given))
    return next((reason.level.value.partition("_")[2] for reason in found.reasons), "–")


def _whole(row: Row) -> str:
    found = compare(_description(row["one person"]), _description(row["another"]))
    return "strong" if found.is_strong else "worth a look" if found.is_worth_a_look else "not shown"


def _description(text: str) -> Description:
    """Read a person as the last table writes them: name, birth, gender, citizenship, telephone, – for not known."""
    name, born, gender, citizenship, phone = (part.strip() for part in text.split(","))
    known = {"gender": gender, "citizenships": citizenship, "phones": phone}
    given: dict[str, Any] = {key: value for key, value in known.items() if value != "–"}
    given |= {key: frozenset({given[key]}) for key in ("citizenships", "phones") if key in given}
    return Description(names=() if name == "–" else (name,), born=span(born), **given)


RUNS: dict[str, Run] = {"word": _word, "name": _name, "born": _born, "phone": _phone, "rest": _rest, "whole": _whole}
"""What each table is run against."""


@cache
def _held() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("manual.toml").read_text(encoding="utf-8"))


def specs() -> tuple[Spec, ...]:
    """Return every rule with its table, in the order of the page."""
    return tuple(Spec(held["name"], held["title"], held["text"], held["table"], RUNS[held["name"]]) for held in _held()["specs"])


FILES = {"en": "linkage.md", "fr": "linkage.fr.md", "es": "linkage.es.md"}
"""The page of each language under `docs/`."""


def page(language: str) -> str:
    """Return the manual page in one language, as Markdown."""
    held = _held()["page"][language]
    parts = [f"# {held['title']}", "", held["intro"], ""]
    for spec in specs():
        parts += printed(spec, language)
    parts += [f"## {held['weights']}", "", held["weights_text"], ""]
    parts += rule(held["columns"].split(" | "))
    parts += [f"| `{level.value}` | {weight(level):+.1f} |" for level in Level]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page(sys.argv[1]))
