"""The states of a contribution, and which may follow which. No Django here."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    """Where a contribution stands. Until `DONE` nothing of it is in the pool."""

    UPLOADED = "uploaded"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


class Origin(StrEnum):
    """Where the rows come from: a partner's file, or the desk's own cases."""

    FILE = "file"
    OWN_CASES = "own_cases"


class Relation(StrEnum):
    """How the rows of a file stand to the rows that the same organisation contributed before."""

    REPEATS = "repeats"
    """The file may hold earlier rows again: only what is not in the pool yet is added."""
    NEW = "new"
    """Every row is a person who was in no earlier file."""
    REPLACES = "replaces"
    """The file is the corrected form of one earlier contribution."""


FOLLOWING: dict[State, frozenset[State]] = {
    State.UPLOADED: frozenset({State.QUEUED, State.RUNNING, State.CANCELLED, State.REFUSED}),
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED, State.UPLOADED, State.REFUSED}),
    State.RUNNING: frozenset({State.DONE, State.REFUSED, State.CANCELLED, State.QUEUED, State.UPLOADED}),
    State.DONE: frozenset({State.WITHDRAWN}),
    State.REFUSED: frozenset(),
    State.CANCELLED: frozenset(),
    State.WITHDRAWN: frozenset(),
}
WAITS_FOR = timedelta(days=30)
"""How long a file that was looked at waits for a decision; then it is given up and erased."""
OPEN = frozenset({State.UPLOADED, State.QUEUED, State.RUNNING})
"""States in which the file itself is still kept."""


class IllegalTransition(Exception):
    """A contribution cannot go from its state to the one asked for."""


def check(before: State, after: State) -> None:
    """Return if the change is legal, or raise `IllegalTransition`."""
    if after not in FOLLOWING[before]:
        raise IllegalTransition(f"{before} -> {after}")
