"""The rules of partial dates, ages and warnings as tables: the tests run them, and the manual page prints them.

`python -m amparo.desk.cases.manual LANGUAGE` prints `docs/partial-dates*.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from importlib.resources import files

from amparo.desk.core.partial_dates import PartialDate
from amparo.standard import specs

from . import rules
from .rules import Age, Finding, PersonFacts


def _span(row: Mapping[str, str]) -> str:
    held = _date(row["written"])
    return f"{held.earliest} to {held.latest}" if held.earliest else "–"


def _date(text: str) -> PartialDate:
    return PartialDate.parse("" if text == "not asked" else text)


def _age(row: Mapping[str, str]) -> str:
    stated = int(row["stated age"]) if row["stated age"] != "–" else None
    on = date.fromisoformat(row["stated on"]) if row["stated on"] != "–" else None
    return _range(rules.age_on(date.fromisoformat(row["on"]), born=_date(row["born"]), stated=stated, stated_on=on))


def _range(age: Age) -> str:
    if age.least is None:
        return "unknown"
    return str(age.least) if age.least == age.most else f"{age.least} to {age.most}"


def _child(row: Mapping[str, str]) -> str:
    day = date.fromisoformat(row["on"])
    age = rules.age_on(day, born=_date(row["born"]), stated=None, stated_on=None, contested=row["contested"] == "yes")
    ground = rules.childhood(age, majority_years=18)
    return " · ".join([ground.value, ground.protected.value, rules.majority(age, majority_years=18) or "–"])


def _joined(row: Mapping[str, str]) -> str:
    return str(rules.strongest(rules.Childhood(value) for value in row.values()).value)


def _order(row: Mapping[str, str]) -> str:
    return str(rules.in_order(_date(row["first"]), _date(row["second"])).value)


def _first_day(row: Mapping[str, str]) -> str:
    stated = int(row["stated age"]) if row["stated age"] != "–" else None
    on = date.fromisoformat(row["stated on"]) if row["stated on"] != "–" else None
    born = rules.births(_date(row["born"]), stated=stated, stated_on=on)
    return "–" if born is None else str(rules.years_after(born[0], 18))


def _doubts(row: Mapping[str, str]) -> str:
    facts = PersonFacts(
        child=Finding(row["child"]),
        is_presumed=row["presumed"] == "yes",
        is_child_elsewhere=row["says another record"] == "yes",
        has_guardian=row["guardian"] == "yes",
        age=Age(is_contested=row["contested"] == "yes"),
        age_is_estimated=row["age is a guess"] == "yes",
        papers_with_another=row["papers with another"] == "yes",
        presumed_before_the_case=row["presumed before the case"] == "yes",
    )
    days = int(row["of age in days"]) if row["of age in days"] != "–" else None
    return ", ".join(rules.doubts(facts, majority_in_days=days)) or "–"


def _doubts_of_kin(row: Mapping[str, str]) -> str:
    born, child = (PartialDate() if row[name] == "–" else _date(row[name]) for name in ("born", "child born"))
    facts = PersonFacts(
        child=Finding.NO,
        is_stateless=row["stateless"] == "yes",
        has_citizenship=row["has a citizenship"] == "yes",
        born=born,
        children_born=(PartialDate(), child),
    )
    return ", ".join(rules.doubts(facts)) or "–"


def _told_otherwise(row: Mapping[str, str]) -> str:
    told = rules.contradicts(_date(row["born"]), stated=int(row["told age"]), stated_on=date.fromisoformat(row["told on"]))
    return ", ".join(rules.doubts(PersonFacts(child=Finding.NO, age_told_otherwise=told))) or "–"


def _then_and_now(row: Mapping[str, str]) -> str:
    entry, lasting = (row[name].strip("–") for name in ("at entry", "in exploitation"))
    least, most = (None, None) if row["age today"] == "unknown" else map(int, row["age today"].split(" to "))
    now = Age(least, most, row["contested"] == "yes")
    if rules.grows_younger(entry, lasting):
        return "grows younger"
    too_early = any(rules.was_of_age_too_early(then, now, majority_years=18) for then in (entry, lasting))
    return "of age too early" if too_early else "–"


def _again(row: Mapping[str, str]) -> str:
    levels = {"not assessed": 0, "low": 1, "medium": 2, "high": 3}
    return str(rules.risk_again_on(levels[row["risk"]], date.fromisoformat(row["assessed on"])) or "–")


RUNS: dict[str, specs.Run] = {
    "span": _span,
    "age": _age,
    "child": _child,
    "joined": _joined,
    "order": _order,
    "first_day": _first_day,
    "doubts": _doubts,
    "doubts_of_kin": _doubts_of_kin,
    "told_otherwise": _told_otherwise,
    "then_and_now": _then_and_now,
    "again": _again,
}
"""What each table is run against."""
FILES = {"en": "partial-dates.md", "fr": "partial-dates.fr.md", "es": "partial-dates.es.md"}
"""The page of each language under `docs/`."""


def page() -> specs.Page:
    """Return the page."""
    return specs.page(files(__package__).joinpath("manual.toml").read_text(encoding="utf-8"), RUNS)


if __name__ == "__main__":
    sys.stdout.write(page().markdown(sys.argv[1]))
