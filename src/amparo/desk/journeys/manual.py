"""The rules of gaps and contradictions as tables: the tests run them, and the manual page prints them, in three languages.

`python -m amparo.desk.journeys.manual LANGUAGE` prints `docs/journey*.md`.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from amparo.desk.core.partial_dates import PartialDate
from amparo.standard.specs import Run, Spec, printed

from . import money, rules
from .rules import DocumentFacts, LegFacts, MoneyFacts, PersonFacts

ABSENT = "–"


def leg(text: str, position: int) -> LegFacts:
    """Read a leg as the tables write it: `Recruitment, XA Tavrin > XB, 2026-01 to 2026-02, own_papers, holds passport …`."""
    facts: dict[str, Any] = {"position": position, "id": str(position), "documents": [], "money": []}
    for part in (part.strip() for part in text.split(",")):
        _read(part, facts)
    return LegFacts(**{**facts, "documents": tuple(facts["documents"]), "money": tuple(facts["money"])})


def _read(part: str, facts: dict[str, Any]) -> None:
    words = part.split()
    match words:
        case [] | ["–"]:
            return
        case ["told", "as", account]:
            facts["position"], facts["account"] = int(account[:-1]), account[-1]
        case ["holds" | "carries" as who, what, *dates]:
            since, until = [*dates, "", ""][:2]
            facts["documents"].append(
                DocumentFacts(
                    is_held=who == "holds",
                    opens_borders=what == "passport",
                    since=PartialDate.parse(since),
                    until=PartialDate.parse(until),
                    was_returned=bool(until),
                )
            )
        case ["withholds", answer]:
            facts["withholds"] = answer
        case [("wage" | "debt" | "fee") as purpose, state, *party]:
            who = party[1] if len(party) > 1 else ""
            named = {"payer": who} if party[:1] == ["from"] else {"payee": who}
            facts["money"].append(MoneyFacts(purpose, state, **named, names_actor=who == "somebody"))
        case [start, "to", end] if start[0].isdigit():
            facts["started"], facts["ended"] = PartialDate.parse(start), PartialDate.parse(end)
        case ["until", end]:
            facts["ended"] = PartialDate.parse(end)
        case [day] if day[0].isdigit():
            facts["started"] = PartialDate.parse(day)
        case _ if ">" in part:
            for end, side in zip(("from", "to"), part.split(">"), strict=True):
                country, _, place = side.strip().partition(" ")
                facts[f"{end}_country"], facts[f"{end}_place"] = country, place
        case [word] if word[0].isupper():
            facts["kind"] = word
        case [word]:
            facts["border"] = word


def _found(row: Mapping[str, str]) -> str:
    columns = [name for name in row if name.startswith("leg")]
    legs = [leg(row[name], number) for number, name in enumerate(columns, start=1) if row[name] != ABSENT]
    born = row.get("born", ABSENT)
    person = PersonFacts(PartialDate.parse("" if born == ABSENT else born), row.get("at entry", "").replace(ABSENT, ""))
    found = rules.oddities(legs, person)
    return ", ".join(one.oddity.value for one in found) or ABSENT


def sum_of(text: str) -> money.Money | None:
    """Read a sum as the tables write it: `promised 900 EUR a month x7`; – is none."""
    if text == ABSENT:
        return None
    state, amount, currency, *rest = text.split()
    times = next((Decimal(word[1:]) for word in rest if word.startswith("x")), None)
    period = next((word for word in rest if word not in ("a", "an") and not word.startswith("x")), money.ONCE)
    return money.Money("wage", state, None if amount == "?" else Decimal(amount), currency, period, times)


def _sum(row: Mapping[str, str]) -> str:
    told = [one for one in (sum_of(text) for text in row.values()) if one is not None]
    parts = [f"{one.state} {one.total} {one.currency}" + (f" + {one.open} open" if one.open else "") for one in money.sums(told)]
    parts += [f"short {line.short} {line.currency}" for line in money.wages(told) if line.short is not None]
    return "; ".join(parts)


@cache
def _held() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("manual.toml").read_text(encoding="utf-8"))


RUNS: Mapping[str, Run] = {"money": _sum}
"""What a table is run against, where it is not the search for what does not fit."""


def specs() -> tuple[Spec, ...]:
    """Return every rule with its table, in the order of the page."""
    return tuple(
        Spec(held["name"], held["title"], held["text"], held["table"], RUNS.get(held["runs"], _found)) for held in _held()["specs"]
    )


FILES = {"en": "journey.md", "fr": "journey.fr.md", "es": "journey.es.md"}
"""The page of each language under `docs/`."""


def page(language: str) -> str:
    """Return the manual page in one language, as Markdown."""
    words = _held()["page"][language]
    parts = [f"# {words['title']}", "", words["intro"], ""]
    for spec in specs():
        parts += printed(spec, language)
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page(sys.argv[1]))
