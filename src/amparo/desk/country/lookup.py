"""What holds in a country on a day: read from `profiles/*.toml`, never from code.

A country without a profile of its own, or a profile silent on a question, gets the neutral default,
which holds the floor of the treaties and says which article.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from amparo.standard import codes

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Valid:
    """Where a rule comes from and when it holds; first and last day included. `source_in`: the source in other languages."""

    source: str
    valid_from: date | None = None
    valid_until: date | None = None
    source_in: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), compare=False)

    def holds_on(self, day: date) -> bool:
        """Say whether the rule is in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Majority:
    """The age in years from which a person is an adult."""

    years: int
    valid: Valid


@dataclass(frozen=True, slots=True)
class Reflection:
    """The recovery and reflection period, in days."""

    adult_days: int
    child_days: int
    review_on_day: int | None
    extension_grounds: tuple[str, ...]
    valid: Valid


@dataclass(frozen=True, slots=True)
class Body:
    """A body with a task in the country's mechanism; `does` are task codes such as `formal_decision`."""

    code: str
    does: frozenset[str]
    name: Mapping[str, str]
    decides_as: str
    valid: Valid


@dataclass(frozen=True, slots=True)
class Form:
    """A form of exploitation that the country's law adds; `maps_to` is the standard's code for it."""

    code: str
    label: Mapping[str, str]
    maps_to: str
    valid: Valid


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept for a purpose stays: months after the latest of the days in `starts`, and what happens then."""

    purpose: str
    months: int
    starts: tuple[str, ...]
    end: str
    is_proposal: bool
    valid: Valid


@dataclass(frozen=True, slots=True)
class Requests:
    """In how many months a person's request is answered, by how many it is extended once, and where they can complain."""

    months: int
    extension_months: int
    is_proposal: bool
    remedy: Mapping[str, str]
    valid: Valid


@dataclass(frozen=True, slots=True)
class Reconsideration:
    """Within how many days after the decision a person can ask to reconsider it; None where no time is set."""

    days: int | None
    valid: Valid


@dataclass(frozen=True, slots=True)
class Transition:
    """For how many months after majority a child who was protected keeps that protection."""

    months: int
    is_proposal: bool
    valid: Valid


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that holds in one country on one day."""

    country: str
    majority: Majority
    reflection: Reflection
    bodies: tuple[Body, ...]
    forms: tuple[Form, ...]
    retention: tuple[Retention, ...]
    requests: Requests
    reconsideration: Reconsideration
    transition: Transition

    def bodies_that(self, task: str) -> tuple[Body, ...]:
        """Return the bodies charged with a task; empty where the country names none."""
        return tuple(body for body in self.bodies if task in body.does)

    @property
    def exploitation(self) -> codes.CodeList:
        """The standard's forms of exploitation that a form offers, with those the country adds."""
        return _exploitation(self.forms)


def _exploitation(forms: tuple[Form, ...]) -> codes.CodeList:
    added = tuple(
        codes.Code(form.code, form.label, form.valid.source, is_extension=True, maps_to=form.maps_to, fit=codes.Fit.BROADER)
        for form in forms
    )
    every = codes.load("exploitation").offered.codes + added
    return codes.CodeList("exploitation", every, MappingProxyType({code.code: code for code in every}))


def countries() -> tuple[str, ...]:
    """Return the countries that have a profile of their own."""
    found = (path.name.removesuffix(".toml") for path in files(__package__).joinpath("profiles").iterdir())
    return tuple(sorted(name for name in found if name != DEFAULT and not name.startswith("_")))


@cache
def _read(country: str) -> Mapping[str, Any]:
    path = files(__package__).joinpath("profiles", f"{country}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _valid(held: Mapping[str, Any]) -> Valid:
    return Valid(held["source"], held.get("valid_from"), held.get("valid_until"), MappingProxyType(held.get("source_in", {})))


def _majority(held: Mapping[str, Any]) -> Majority:
    return Majority(held["years"], _valid(held))


def _reflection(held: Mapping[str, Any]) -> Reflection:
    grounds = tuple(held.get("extension_grounds", ()))
    return Reflection(held["adult_days"], held["child_days"], held.get("review_on_day"), grounds, _valid(held))


def _body(held: Mapping[str, Any]) -> Body:
    return Body(held["code"], frozenset(held["does"]), MappingProxyType(held["name"]), held.get("decides_as", ""), _valid(held))


def _form(held: Mapping[str, Any]) -> Form:
    return Form(held["code"], MappingProxyType(held["label"]), held["maps_to"], _valid(held))


def _retention(held: Mapping[str, Any]) -> Retention:
    starts, proposal = tuple(held["starts"]), held.get("is_proposal", False)
    return Retention(held["purpose"], held["months"], starts, held["end"], proposal, _valid(held))


def _requests(held: Mapping[str, Any]) -> Requests:
    remedy, proposal = MappingProxyType(held["remedy"]), held.get("is_proposal", False)
    return Requests(held["months"], held["extension_months"], proposal, remedy, _valid(held))


def _reconsideration(held: Mapping[str, Any]) -> Reconsideration:
    return Reconsideration(held.get("days"), _valid(held))


def _transition(held: Mapping[str, Any]) -> Transition:
    return Transition(held["months"], held.get("is_proposal", False), _valid(held))


def _kept(own: Mapping[str, Any], neutral: Mapping[str, Any], day: date) -> tuple[Retention, ...]:
    """One rule for each purpose: the country's own where it has one, else the default's."""
    found = {entry["purpose"]: _retention(entry) for held in (neutral, own) for entry in _in_force(held, "retention", day)}
    return tuple(found.values())


def _in_force(held: Mapping[str, Any], key: str, day: date) -> list[Mapping[str, Any]]:
    return [entry for entry in held.get(key, ()) if _valid(entry).holds_on(day)]


@lru_cache(1024)
def on(country: str, day: date) -> Profile:
    """Return what holds in a country on a day; each question that its profile leaves open is answered by the default."""
    own = _read(country) if country in countries() else {}
    neutral = _read(DEFAULT)

    def one(key: str) -> Mapping[str, Any]:
        return (_in_force(own, key, day) or _in_force(neutral, key, day))[-1]

    return Profile(
        country=country,
        majority=_majority(one("majority")),
        reflection=_reflection(one("reflection")),
        bodies=tuple(_body(entry) for entry in _in_force(own, "bodies", day)),
        forms=tuple(_form(entry) for entry in _in_force(own, "forms", day)),
        retention=_kept(own, neutral, day),
        requests=_requests(one("requests")),
        reconsideration=_reconsideration(one("reconsideration")),
        transition=_transition(one("transition")),
    )


def body(country: str, code: str) -> Body | None:
    """Return a body of a country by its code, whichever day it was named for; None for one that nobody knows."""
    held = _read(country).get("bodies", ()) if country in countries() else ()
    return next((_body(entry) for entry in held if entry["code"] == code), None)


def standard_form(code: str) -> str:
    """Return the standard's code for a form of exploitation, whichever country added it; "" for a code that nobody knows."""
    if code in codes.load("exploitation"):
        return code
    for country in countries():
        for entry in _read(country).get("forms", ()):
            if entry["code"] == code:
                return str(entry["maps_to"])
    return ""


def form_label(code: str, language: str) -> str:
    """Return the label of a form of exploitation, whichever country added it; an unknown code is shown as it is."""
    for country in countries():
        for entry in _read(country).get("forms", ()):
            if entry["code"] == code:
                return str(entry["label"].get(language, entry["label"]["en"]))
    return codes.load("exploitation").label(code, language)
