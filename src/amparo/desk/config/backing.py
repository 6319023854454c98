"""The worker's backups: taken by the command, in a process of its own, when the newest one is too old."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from logging import getLogger
from pathlib import Path

from django.conf import settings

log = getLogger(__name__)
NAME = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}")
_running: subprocess.Popen[bytes] | None = None


def newest(place: Path) -> datetime | None:
    """Return when the newest backup in a folder was taken."""
    names = [NAME.fullmatch(path.name) for path in place.iterdir()] if place.is_dir() else []
    moments = [datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for found in names if found]
    return max(moments, default=None)


def is_due(now: datetime) -> bool:
    """Say whether `site.toml` asks for a backup by now."""
    site = settings.SITE
    if not site.backup_to or site.backup_hours <= 0:
        return False
    last = newest(Path(site.backup_to))
    return last is None or now - last >= timedelta(hours=site.backup_hours)


def take_when_due() -> bool:
    """Start a backup when one is due and none is running; say whether one was started. A failed one is told, and tried again."""
    global _running
    if _running is not None:
        code = _running.poll()
        if code is None:
            return False
        if code != 0:
            log.error("the backup ended with %s: run `amparo backup` by hand to read why", code)
        _running = None
    if not is_due(datetime.now(UTC)):
        return False
    command = [sys.executable, "-m", "amparo", "backup", "take", str(settings.SITE_FOLDER)]
    _running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return True
