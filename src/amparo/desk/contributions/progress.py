"""How far a long piece of work is: written down at most twice a second, and the place where it hears that it should stop."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from .models import Contribution

SECONDS_BETWEEN = 0.5


class Cancelled(Exception):
    """Somebody asked for the work to stop; nothing of it is kept."""


class Progress:
    """Tells of one contribution's steps; raises `Cancelled` when that was asked for."""

    def __init__(self, contribution_id: uuid.UUID, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._id = contribution_id
        self._clock = clock
        self._told = float("-inf")
        self._step = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Write down where the work is, if the last note is old enough or a new step begins."""
        now = self._clock()
        if now - self._told < SECONDS_BETWEEN and (step == self._step or done):
            return
        self._told, self._step = now, step
        row = Contribution.objects.filter(pk=self._id)
        row.update(step=step, step_done=done, step_total=total)
        if row.filter(is_cancel_asked=True).exists():
            raise Cancelled

    def during(self, step: str) -> Callable[[int, int], None]:
        """Return a function of (done, total) for one step."""
        return lambda done, total: self(step, done, total)
