"""What the worker does for many, so that what is damaged for one stops nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

One = TypeVar("One")


def each(many: Iterable[One], act: Callable[[One], int]) -> int:
    """Act on each and return the sum; a failure is raised once all the others had their turn."""
    done, failure = 0, None
    for one in many:
        try:
            done += act(one)
        except Exception as error:
            failure = error
    if failure is not None:
        raise failure
    return done
