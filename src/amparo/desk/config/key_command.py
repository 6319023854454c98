"""The master key as the answer of a program: a key management service, a hardware token, another machine.

The program is a list of arguments and is never given to a shell. It inherits no secret and no open file,
asks nobody, and has a time limit; what it writes to its error stream is thrown away, because programs that
fail tend to print what they hold. What goes wrong is told by a code, never by what was answered.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from . import paper

SECONDS = 20.0
MOST_BYTES = 4096
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "XDG_RUNTIME_DIR")


class Unanswered(Exception):
    """The program gave no key: `code` says why, and nothing says what it answered."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check(command: Sequence[str]) -> None:
    """Refuse a program that is not named by its whole path, is not there, or that others could exchange."""
    program = Path(command[0]) if command else Path()
    if not program.is_absolute():
        raise Unanswered("key_command_relative")
    if not os.access(program, os.X_OK) or not program.is_file():
        raise Unanswered("key_command_missing")
    for place in (program.resolve(), program.resolve().parent):
        if place.stat().st_mode & stat.S_IWOTH:
            raise Unanswered("key_command_open")


def fetch(command: Sequence[str], *, seconds: float = SECONDS) -> bytes:
    """Run the program and return the master key that it prints; raise `Unanswered`."""
    check(command)
    try:
        child = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            start_new_session=True,
        )
    except OSError:
        raise Unanswered("key_command_missing") from None
    try:
        answer, _ = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Unanswered("key_command_slow") from None
    finally:
        with suppress(ProcessLookupError):  # also what it started and left behind
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
    if child.returncode != 0:
        raise Unanswered("key_command_failed")
    return read(answer)


def read(answer: bytes) -> bytes:
    """Return the key of an answer: 64 hexadecimal digits or the recovery sheet's letters, and nothing else."""
    try:
        text = answer[:MOST_BYTES].decode("ascii").strip()
        if len(answer) > MOST_BYTES or not text or len(text.split()) != 1:
            raise Unanswered("key_command_shape")
        return bytes.fromhex(text) if len(text) == 64 else paper.read(text)
    except ValueError:
        raise Unanswered("key_command_shape") from None
