"""Whether the desk lives and may be sent visitors: a few codes for a supervisor, and nothing of what it holds."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from amparo.desk.access.guard import open_to_all
from amparo.desk.core import keys

from . import migrating

BEAT = "worker.beat"
BEAT_SECONDS = 60.0
"""How old the worker's last sign of life may be; it gives one every five seconds."""
LEAST_FREE_BYTES = 200 * 2**20
LEAST_FREE_FILES = 1000
FRESH_SECONDS = 2.0
"""An answer is kept so long: asking often costs nothing."""
_held: tuple[float, list[str]] | None = None
_lock = threading.Lock()


def beat() -> None:
    """Give the worker's sign of life."""
    place = Path(settings.SITE_FOLDER) / BEAT
    place.touch(mode=0o600)
    os.utime(place)


def worker_age() -> float | None:
    """Return the seconds since the worker's last sign of life, or None where there was none."""
    try:
        return max(0.0, time.time() - (Path(settings.SITE_FOLDER) / BEAT).stat().st_mtime)
    except FileNotFoundError:
        return None


def free_bytes() -> int:
    """Return how much room the site's disk has."""
    return shutil.disk_usage(settings.SITE_FOLDER).free


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _migrations() -> bool:
    return migrating.differences() == (set(), set())


def _disk() -> bool:
    told = os.statvfs(settings.SITE_FOLDER)
    has_files = not told.f_files or told.f_favail >= LEAST_FREE_FILES  # some file systems count none
    return free_bytes() >= LEAST_FREE_BYTES and has_files and os.access(settings.SITE_FOLDER, os.W_OK)


def _worker() -> bool:
    age = worker_age()
    return age is not None and age <= BEAT_SECONDS


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "keys": keys.is_unlocked,
    "migrations": _migrations,
    "disk": _disk,
    "worker": _worker,
}


def failing() -> list[str]:
    """Return the codes of what keeps the desk from being ready."""
    return [code for code, check in CHECKS.items() if not _holds(check)]


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # whatever it is: it is not ready, and the reason is for the logs of what failed
        return False


def _failing_lately() -> list[str]:
    global _held
    with _lock:
        now = time.monotonic()
        if _held is None or now - _held[0] > FRESH_SECONDS:
            _held = now, failing()
        return _held[1]


@open_to_all("a supervisor asks whether the process answers; it tells nothing else")
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@open_to_all("a supervisor asks whether visitors can be sent here; it tells codes and nothing of what is held")
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether the desk can work, and the codes of what is amiss."""
    codes = _failing_lately()
    return JsonResponse({"ready": not codes, "failing": codes}, status=503 if codes else 200)
