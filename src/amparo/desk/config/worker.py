"""The worker: runs queued tasks, and every few seconds what the change log and the clock ask for."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from logging import getLogger

log = getLogger(__name__)
ROUND_SECONDS = 5.0
CHECKPOINT_SECONDS = 300.0
RESUME_SECONDS = 15.0
WATCH_SECONDS = 600.0
HOUR_SECONDS = 3600.0
DAY_SECONDS = 86_400.0
HUNG_SECONDS = 3600.0
"""A round that takes longer counts as hung: the longest, renewing every key of a large office, saves its place and goes on."""


def rounds() -> list[tuple[float, Callable[[], object]]]:
    """Return what is done again and again: (seconds between, what)."""
    from amparo.desk.audit import chain, witness
    from amparo.desk.cases import erasing, names
    from amparo.desk.config import backing, database, renewals
    from amparo.desk.contributions import recovery, withdrawals
    from amparo.desk.core import destroyed, drafts, keys
    from amparo.desk.intake import importing
    from amparo.desk.journeys import forgetting
    from amparo.desk.oversight import keeping, notes, signals, watching
    from amparo.desk.publication import engine

    return [
        (CHECKPOINT_SECONDS, chain.checkpoint),
        (ROUND_SECONDS, witness.catch_up),
        (RESUME_SECONDS, engine.resume_all),
        (WATCH_SECONDS, watching.watch_all),
        (ROUND_SECONDS, withdrawals.follow),
        (ROUND_SECONDS, forgetting.follow),
        (ROUND_SECONDS, keys.empty_journal),
        (ROUND_SECONDS, renewals.advance_all),
        (DAY_SECONDS, withdrawals.end_all_lapsed),
        (DAY_SECONDS, recovery.recover),
        (DAY_SECONDS, recovery.erase_waiting),
        (HOUR_SECONDS, importing.recover),
        (DAY_SECONDS, importing.erase_old),
        (HOUR_SECONDS, names.fit_all),
        (HOUR_SECONDS, destroyed.catch_up),
        (HOUR_SECONDS, erasing.finish_all),
        (HOUR_SECONDS, erasing.clear_again),
        (HOUR_SECONDS, forgetting.finish_all),
        (DAY_SECONDS, drafts.forget_old),
        (DAY_SECONDS, keeping.list_all),
        (DAY_SECONDS, signals.lapse_all),
        (DAY_SECONDS, notes.bind_all),
        (HOUR_SECONDS / 6, backing.take_when_due),
        (HOUR_SECONDS / 6, database.Growth().follow),
    ]


@dataclass
class Pulse:
    """When the rounds last went on, by a clock that only goes forward."""

    at: float = field(default_factory=time.monotonic)

    def move(self) -> None:
        """The rounds go on."""
        self.at = time.monotonic()


def keep_alive(ended: threading.Event, pulse: Pulse) -> None:
    """Give a sign of life every few seconds, also while one round takes long; not where a round has hung for an hour."""
    from amparo.desk.config import health

    while not ended.wait(ROUND_SECONDS):
        if time.monotonic() - pulse.at <= HUNG_SECONDS:
            with suppress(OSError):  # a full disk must not end the signs
                health.beat()


def keep_rounds(ended: threading.Event, pulse: Pulse) -> None:
    """Do each round when its time has come; a failing round is told and tried again."""
    from django.db import close_old_connections

    from amparo.desk.core import keys

    waiting = [[0.0, seconds, act] for seconds, act in rounds()]
    passed = 0.0
    while not ended.wait(ROUND_SECONDS):
        passed += ROUND_SECONDS
        pulse.move()
        close_old_connections()
        for entry in waiting:
            due, seconds, act = entry
            if passed >= due:
                entry[0] = passed + seconds
                keys.forget_opened()
                try:
                    act()
                except Exception as error:  # the next round must still come
                    log.error("round %s failed: %s", getattr(act, "__name__", "?"), type(error).__name__)
                pulse.move()


def run() -> None:
    """Run until ended: the scheduler in a thread, the tasks in the main one."""
    os.environ["AMPARO_DATABASE_AS"] = "worker"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amparo.desk.config.settings")
    from amparo.desk.config.unlocking import unlock_from_environment

    unlock_from_environment()
    import django

    django.setup()
    from django.core.management import call_command

    ended, pulse = threading.Event(), Pulse()
    for act in (keep_alive, keep_rounds):
        threading.Thread(target=act, args=(ended, pulse), daemon=True).start()
    try:
        call_command("db_worker", interval=0.5, verbosity=0, startup_delay=False)
    finally:
        ended.set()
