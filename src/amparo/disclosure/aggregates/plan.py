"""What a release of aggregates will measure and spend, decided from public facts alone.

Single values and pairs are counted in whole tables (`amparo.disclosure.measure`), where what does not occur is counted too.
Longer combinations are counted where they occur: of one row with c recorded attributes there are C(c, length). How many
attributes of a row count at most is public; which ones follows from the public order of the columns and this row alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from amparo.disclosure.accounting import Privacy, add_up, epsilon_of, rho_spent, sigma_for, threshold
from amparo.disclosure.domain import ROOM, Domain
from amparo.disclosure.plan import Plan
from amparo.disclosure.plan import plan as plan_tables
from amparo.standard.reasons import Reason, Refused

MOST_LENGTH = 5
MOST_KEYS = 20_000
FOUND_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class FoundStep:
    """All combinations of one length that occur: a row touches at most `keys`, so the squared L2 sensitivity is `keys`.

    A combination is shown from `threshold` on: with probability at least 1 - `delta` no combination that only one person
    has is shown, however many of them the person's rows make at once.
    """

    length: int
    keys: int
    rho: float
    sigma: float
    threshold: int
    delta: float


@dataclass(frozen=True)
class AggregatesPlan:
    """A release of aggregates before it happens.

    `least` is a public number below which nothing is listed; `attributes` how many recorded attributes of a row count at most
    in combinations of three or more: the first ones in the order of the columns.
    """

    domain: Domain
    privacy: Privacy
    length: int
    least: int
    attributes: int
    tables: Plan
    found: tuple[FoundStep, ...]

    def __post_init__(self) -> None:
        for step in self.found:
            needed = threshold(step.sigma, step.delta / step.keys, self.privacy.contributors_per_person)
            is_sound = step.keys >= math.comb(self.attributes, step.length) and step.threshold >= needed
            if not is_sound or step.rho < rho_spent(step.sigma, step.keys):
                raise ValueError("a step discloses more than it says")
        if self.rho > self.privacy.rho or math.fsum(step.delta for step in self.found) > self.privacy.delta_for_rows:
            raise ValueError("the steps disclose more than the promise")

    @property
    def rho(self) -> float:
        """The most that all steps together may spend."""
        tables = self.tables.privacy.rho
        return add_up([tables, *(step.rho for step in self.found)]) if self.found else tables

    @property
    def is_capped(self) -> bool:
        """Whether a row may have more recorded attributes than count in combinations of three or more."""
        return bool(self.found) and self.attributes < len(self.domain.attributes)


def plan(domain: Domain, privacy: Privacy, *, length: int = 3, least: int = 1, attributes: int | None = None) -> AggregatesPlan:
    """Plan a release of all combinations of recorded values up to `length`; raise `Refused` for what cannot be done.

    Without `attributes` all columns count, as long as one row then touches at most 20,000 combinations of one length.
    """
    _require(domain, length, least, attributes)
    longest = min(length, len(domain.attributes))
    lengths = range(3, longest + 1)
    counted = len(domain.attributes) if attributes is None else min(attributes, len(domain.attributes))
    while attributes is None and lengths and math.comb(counted, longest) > MOST_KEYS:
        counted -= 1
    lengths = range(3, min(longest, counted) + 1)
    tables = _tables(domain, privacy, 1.0 - (FOUND_SHARE if lengths else 0.0))
    if length == 1:
        tables = replace(tables, pairs=(), left_out=())
    left = (privacy.rho - tables.privacy.rho) * (1 - 1e-9)
    steps = tuple(_step(size, math.comb(counted, size), left / len(lengths), privacy, len(lengths)) for size in lengths)
    return AggregatesPlan(domain, privacy, longest, least, counted, tables, steps)


def _tables(domain: Domain, privacy: Privacy, share: float) -> Plan:
    """Plan the tables of one and two columns with a share of rho; nothing but tables is measured."""
    epsilon = privacy.epsilon if share == 1 else epsilon_of(share * privacy.rho, privacy.delta / 2)
    part = Privacy(epsilon, privacy.delta, privacy.contributors_per_person)
    return replace(plan_tables(domain, part), gate_sigma=None, row_histograms=(), probes=(), groups=())


def _step(length: int, keys: int, rho: float, privacy: Privacy, steps: int) -> FoundStep:
    sigma, delta = sigma_for(rho, keys), privacy.delta_for_rows / steps * (1 - 1e-12)
    shown = threshold(sigma, delta / keys, privacy.contributors_per_person)
    return FoundStep(length, keys, rho_spent(sigma, keys), sigma, shown, delta)


def _require(domain: Domain, length: int, least: int, attributes: int | None) -> None:
    reasons = []
    if type(length) is not int or not 1 <= length <= MOST_LENGTH:
        reasons.append(Reason(ROOM, "length_invalid", "length", {"limit": MOST_LENGTH}))
    if type(least) is not int or least < 1:
        reasons.append(Reason(ROOM, "least_invalid", "least"))
    if attributes is not None and (type(attributes) is not int or attributes < 1):
        reasons.append(Reason(ROOM, "attributes_invalid", "attributes"))
    if not reasons and attributes and length > 2:
        keys = math.comb(min(attributes, len(domain.attributes)), length)
        if keys > MOST_KEYS:
            reasons.append(Reason(ROOM, "combinations_too_many", "attributes", {"keys": keys, "limit": MOST_KEYS}))
    if reasons:
        raise Refused(*reasons)
