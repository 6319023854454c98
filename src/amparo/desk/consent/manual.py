"""What a consent covers, as tables: the tests run them, and the manual page prints them, in three languages.

`python -m amparo.desk.consent.manual LANGUAGE` prints `docs/consent*.md`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from amparo.desk.cases.rules import Finding
from amparo.standard.specs import Spec, printed

from . import rules
from .rules import Answered, ConsentFacts, Giver, Purpose, Signed, State

BEFORE = date(2026, 1, 1)
NEXT = 10
TODAY = date(2026, 6, 1)
VERBS = {"gives": State.GIVEN, "refuses": State.REFUSED, "asked": State.ASKED}
MARKS = frozenset({"until", "taken", "guardian", "agreed", "despite"})
FILES = {"en": "consent.md", "fr": "consent.fr.md", "es": "consent.es.md"}
"""The page of each language under `docs/`."""


def _day(number: str | int) -> date:
    return BEFORE + timedelta(days=int(number))


def answered(words: str, *, on: int, order: int | None = None, written: int | None = None) -> ConsentFacts | None:
    """Return an answer as a table writes it: a verb, a recipient, the data, and what else holds of it; None for a dash."""
    if words == "–":
        return None
    verb, recipient, *rest = words.replace("taken back", "taken").split()
    ends = {name: _day(rest[rest.index(name) + 1]) for name in ("until", "taken") if name in rest}
    data = rest[0].split("+") if rest and rest[0] not in MARKS else []
    state = State.WITHDRAWN if "taken" in ends else VERBS[verb]
    return ConsentFacts(
        purpose=Purpose.REFERRAL,
        recipient="" if recipient == "everybody" else recipient,
        data=frozenset(data),
        state=state,
        decided_on=None if state is State.ASKED else _day(on),
        withdrawn_on=ends.get("taken"),
        valid_until=ends.get("until"),
        order=on if order is None else order,
        written_on=None if written is None else _day(written),
        giver=Giver.GUARDIAN if "guardian" in rest else Giver.PERSON,
        child_agreed="agreed" in rest,
        despite_no="despite" in rest,
    )


def _said(*rows: ConsentFacts | None) -> list[ConsentFacts]:
    return [one for one in rows if one is not None]


def _asked(row: Mapping[str, str]) -> dict[str, Any]:
    child = Finding(row.get("child today", Finding.UNKNOWN))
    return {"on": _day(row["day"]), "recipient": row["to"], "data": row["data"].split("+"), "child": child}


def _covers(row: Mapping[str, str]) -> str:
    known = _said(answered(row["first answer"], on=1), answered(row["next answer"], on=NEXT))
    return rules.covers(known, Purpose.REFERRAL, **_asked(row)).reason or "yes"


def _one_day(row: Mapping[str, str]) -> str:
    """Two answers of day 1, the second written down after the first, each on that day or on another."""
    days = {"that day": 1, "later": 2}
    first, second = (
        answered(row[f"{name} answer"], on=1, order=order, written=days[row[f"{name} written"]])
        for order, name in enumerate(("first", "next"))
    )
    asked = {"on": _day(NEXT), "recipient": "A", "data": ["contact"]}
    return rules.covers(_said(first, second), Purpose.REFERRAL, **asked).reason or "yes"


def _cases(row: Mapping[str, str]) -> str:
    own, other = _said(answered(row["this case"], on=1)), _said(answered(row["another case"], on=NEXT))
    earlier = _said(answered(row["another case before"], on=0, order=0))
    return rules.covers_joined(own, [*earlier, *other], Purpose.REFERRAL, **_asked(row)).reason or "yes"


def _same(row: Mapping[str, str]) -> str:
    """The tables write a character that a page does not show, or shows like another, by its number."""
    one, other = (re.sub(r"U\+([0-9A-F]{4})", lambda found: chr(int(found[1], 16)), row[name]) for name in ("one", "other"))
    return "yes" if rules.named(one) == rules.named(other) else "no"


def _told(row: Mapping[str, str], **more: Any) -> str:
    """Return why an answer that says nothing wrong besides cannot be recorded; what no column tells is as it should be."""
    said = {
        "purpose": Purpose(row.get("purpose", Purpose.ASSISTANCE)),
        "state": VERBS[row.get("answer", "gives")],
        "recipient": "A",
        "data": frozenset(["contact"]),
        "giver": Giver.PERSON,
        "assent": row.get("child answers", "–").strip("–"),
        "says_why_child_was_not_asked": row.get("reason why not asked") == "yes",
        "is_treated_as_child": row.get("treated as a child") == "yes",
        "is_of_age": row.get("treated as a child", "no") == "no",
        "told_of_publication": True,
        "was_explained": True,
        "asked_on": TODAY,
        "decided_on": TODAY,
        "valid_until": None,
    }
    return " ".join(one.reason for one in rules.missing(Answered(**said | more), today=TODAY)) or "yes"


def _informed(row: Mapping[str, str]) -> str:
    return _told(
        row,
        recipient=row["to"].strip("–"),
        data=frozenset(filter(None, [row["data"].strip("–")])),
        was_explained=row["explained"] == "yes",
        told_of_publication=row["told it stays published"] == "yes",
        said_no_to_all=row["no to everybody before"] != "no",
        despite_no=row["no to everybody before"].endswith("despite it"),
    )


def _nobody_else(row: Mapping[str, str]) -> str:
    answer = Answered(
        purpose=Purpose(row["purpose"]),
        state=VERBS[row["answer"]],
        recipient=row["to"].strip("–"),
        data=frozenset(["contact"]),
        giver=Giver.PERSON,
        assent="",
        says_why_child_was_not_asked=False,
        is_treated_as_child=False,
        told_of_publication=True,
        was_explained=True,
        asked_on=TODAY - timedelta(days=3),
        decided_on={"today": TODAY, "yesterday": TODAY - timedelta(days=1)}.get(row["answered"]),
        valid_until=None,
        despite_no=True,
    )
    return " ".join(one.reason for one in rules.missing_for_nobody_else(answer, today=TODAY)) or "yes"


def _for_a_child(row: Mapping[str, str]) -> str:
    return _told(row, giver=Giver(row["who answers"]), says_who_guardian_is=row["guardian named"] == "yes")


def _no_guardian(row: Mapping[str, str]) -> str:
    said = {"says_who_decided": row["who decided"] == "yes", "says_why_so_decided": row["why"] == "yes"}
    return _told(row, giver=Giver.INTERESTS, **said)


def _days(row: Mapping[str, str]) -> str:
    columns = {"asked_on": "asked on", "decided_on": "answered on", "valid_until": "last day"}
    days = {name: None if row[column] == "–" else date.fromisoformat(row[column]) for name, column in columns.items()}
    return _told(row, **days)


def _signature(row: Mapping[str, str]) -> str:
    name, witness = (row[column].strip("–") for column in ("name", "who heard it"))
    return rules.may_sign(Signed(row["signed"]), name=name, has_paper=row["picture"] == "yes", witness=witness).reason or "yes"


RUNS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "covers": _covers,
    "one_day": _one_day,
    "cases": _cases,
    "same": _same,
    "informed": _informed,
    "nobody-else": _nobody_else,
    "for_a_child": _for_a_child,
    "no_guardian": _no_guardian,
    "days": _days,
    "signature": _signature,
}
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
