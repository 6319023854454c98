"""Which secrets a role needs for a purpose: one table, and one pure verdict that every reading passes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.core.sensitivity import Topic

from .roles import OUTSIDE, Purpose, Role


@dataclass(frozen=True, slots=True)
class Clearance:
    """Labels that open, and of what is `SPECIAL` the topics that do."""

    labels: frozenset[S]
    topics: frozenset[Topic] = frozenset()


CODED = frozenset({S.PUBLIC, S.OPERATIONAL, S.PERSONAL})
ALL = CODED | {S.IDENTIFYING, S.NARRATIVE, S.SPECIAL}
LEADING = Clearance(ALL, frozenset(Topic))
NOTHING = Clearance(frozenset())

CLEARANCES: dict[Role, Clearance] = {
    Role.CASEWORKER: LEADING,
    Role.SUPERVISOR: LEADING,
    Role.HEALTH: Clearance(ALL, frozenset({Topic.HEALTH, Topic.INTIMACY})),
    Role.LAWYER: Clearance(ALL, frozenset({Topic.ACCOUNT})),
    Role.SHELTER_STAFF: Clearance(CODED | {S.NARRATIVE}),
    Role.DATA_STEWARD: Clearance(CODED),
    Role.COORDINATOR: Clearance(CODED),
}
"""A role that is not here reads no field about a person. `KEY` opens to nobody."""
WORKING = frozenset({Purpose.CASEWORK, Purpose.SUPERVISION})
"""Purposes for which what is sealed opens at all; for any other purpose only codes do."""


def sees(roles: Iterable[Role], purpose: Purpose, label: S, topic: Topic = Topic.UNSORTED) -> bool:
    """Say whether roles open a label and topic for a purpose; an outside body's role opens nothing, whatever stands beside it."""
    return _sees(frozenset(roles), purpose, label, topic)


@lru_cache(maxsize=4096)
def _sees(held: frozenset[Role], purpose: Purpose, label: S, topic: Topic) -> bool:
    if held & OUTSIDE or label is S.KEY or (label not in CODED and purpose not in WORKING):
        return False
    found = [CLEARANCES.get(role, NOTHING) for role in held]
    return any(label in one.labels and (label is not S.SPECIAL or topic in one.topics) for one in found)
