"""What a consent covers, as tables: the tests run them, and the manual page prints them, in three languages.

`python -m amparo.desk.consent.manual LANGUAGE` prints `docs/consent*.md`.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from amparo.standard.specs import Spec, printed

from . import rules
from .rules import ConsentFacts, Purpose, State

BEFORE = date(2026, 1, 1)
NEXT = 10
VERBS = {"gives": State.GIVEN, "refuses": State.REFUSED, "asked": State.ASKED}
FILES = {"en": "consent.md", "fr": "consent.fr.md", "es": "consent.es.md"}
"""The page of each language under `docs/`."""


def _day(number: str | int) -> date:
    return BEFORE + timedelta(days=int(number))


def answered(words: str, *, on: int) -> ConsentFacts | None:
    """Return an answer as a table writes it: a verb, a recipient, the data, and what ends it; None for a dash."""
    if words == "–":
        return None
    verb, recipient, *rest = words.replace("taken back", "taken").split()
    ends = {name: _day(rest[rest.index(name) + 1]) for name in ("until", "taken", "guardian") if name in rest}
    data = rest[0].split("+") if rest and rest[0] not in ends else []
    state = State.WITHDRAWN if "taken" in ends else VERBS[verb]
    return ConsentFacts(
        purpose=Purpose.REFERRAL,
        recipient=recipient,
        data=frozenset(data),
        state=state,
        decided_on=None if state is State.ASKED else _day(on),
        withdrawn_on=ends.get("taken"),
        valid_until=ends.get("until"),
        order=on,
        guardian_until=ends.get("guardian"),
    )


def _covers(row: Mapping[str, str]) -> str:
    said = (answered(row["first answer"], on=1), answered(row["next answer"], on=NEXT))
    known = [one for one in said if one is not None]
    data = row["data"].split("+")
    verdict = rules.covers(known, Purpose.REFERRAL, on=_day(row["day"]), recipient=row["to"], data=data)
    return verdict.reason or "yes"


RUNS: dict[str, Callable[[Mapping[str, str]], str]] = {"covers": _covers}
"""What each table is run against."""


@cache
def _held() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("manual.toml").read_text(encoding="utf-8"))


def specs() -> tuple[Spec, ...]:
    """Return every rule with its table, in the order of the page."""
    return tuple(Spec(held["name"], held["title"], held["text"], held["table"], RUNS[held["runs"]]) for held in _held()["specs"])


def page(language: str) -> str:
    """Return the manual page in one language, as Markdown."""
    words = _held()["page"][language]
    parts = [f"# {words['title']}", "", words["intro"], ""]
    for spec in specs():
        parts += printed(spec, language)
    return "\n".join(parts).rstrip("\n") + "\n"


if __name__ == "__main__":
    sys.stdout.write(page(sys.argv[1]))
