"""Looks into a bundle of unknown origin in a process of its own, so that a file made to break a reader breaks that one only."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

from amparo.standard.apart import environment
from amparo.standard.reasons import Reason, Refused

ROOM = "bundle"
PATIENCE_SECONDS = 600
MEMORY = 8 * 1024**3


def contradictions(folder: Path, token: str) -> list[Reason]:
    """Return what `verification.look_into` finds; a reader that stops, whatever the cause, is a finding.

    `token` is the SHA-256 of the checksums that held here: there they are read again, and must be the same.
    The process knows the way to Python's modules and nothing else, and imports none from the current folder.
    """
    command = [sys.executable, "-P", "-m", "amparo.bundle.apart", str(folder.absolute()), token]
    try:
        child = subprocess.run(command, capture_output=True, env=environment(), timeout=PATIENCE_SECONDS, check=True)
        found = json.loads(child.stdout)
        return [Reason(ROOM, one["code"], one["where"], one["values"]) for one in found]
    except (subprocess.SubprocessError, OSError, ValueError, KeyError, TypeError, RecursionError):
        return [Reason(ROOM, "reader_stopped")]


def main(folder: Path, token: str) -> None:
    """Print what is found, as JSON, taking no more than `MEMORY` bytes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    found = [{"code": reason.code, "where": reason.where, "values": dict(reason.values)} for reason in _look(folder, token)]
    sys.stdout.write(json.dumps(found))


def _look(folder: Path, token: str) -> list[Reason]:
    from amparo.bundle import files
    from amparo.bundle.reading import load
    from amparo.bundle.verification import look_into

    try:
        content = load(folder, files.CHECKSUMS)
        checksums = files.Checksums.from_bytes(content)
    except Refused as refused:
        return list(refused.reasons)
    if files.facts(content)[0] != token:
        return [Reason(ROOM, "file_changed", files.CHECKSUMS)]
    return look_into(folder, checksums)[1]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
