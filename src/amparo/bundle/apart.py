"""Looks into a bundle of unknown origin in a process of its own, so that a file made to break a reader breaks that one only."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from amparo.standard.reasons import Reason

ROOM = "bundle"
PATIENCE_SECONDS = 600


def contradictions(folder: Path) -> list[Reason]:
    """Return what `verification.contradictions` finds; a reader that stops, whatever the cause, is a finding."""
    command = [sys.executable, "-m", "amparo.bundle.apart", str(folder.absolute())]
    try:
        child = subprocess.run(command, capture_output=True, timeout=PATIENCE_SECONDS, check=True)
        found = json.loads(child.stdout)
        return [Reason(ROOM, one["code"], one["where"], one["values"]) for one in found]
    except (subprocess.SubprocessError, OSError, ValueError, KeyError, TypeError):
        return [Reason(ROOM, "reader_stopped")]


def main(folder: Path) -> None:
    """Print what is found, as JSON."""
    from amparo.bundle.verification import contradictions as look

    found = [{"code": reason.code, "where": reason.where, "values": dict(reason.values)} for reason in look(folder)]
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
