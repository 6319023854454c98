"""What a failure may leave behind: its kind and its place in the code, never the words that were being handled."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from logging import getLogger

log = getLogger(__name__)


class Failed(Exception):
    """Work that ended by an exception; the log says of which kind and where, and nothing else is kept."""


def place_of(error: BaseException) -> str:
    """Return kind and innermost place of an exception, without its message: that may quote what a person typed."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__qualname__} at {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__qualname__


@contextlib.contextmanager
def told_by_place(work: str) -> Iterator[None]:
    """Let whatever ends this work come out as a bare `Failed`, told to the log by kind and place.

    The queue of tasks writes down whatever ends a task, with its message and those of its causes, in
    clear: so every task runs inside this.
    """
    try:
        yield
    except BaseException as error:  # the queue writes down an exit too, with what was being handled at that moment
        log.error("%s failed: %s", work, place_of(error))
        raise Failed(work) from None
