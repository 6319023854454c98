"""What may be told of an error that nobody foresaw: its kind and its place in the code, never its message. No Django here."""

from __future__ import annotations

import traceback

import polars as pl

ANY = (Exception, pl.exceptions.PanicException)
"""Every error of ours: a panic of the table library is no `Exception`, and quotes as much."""


class Failed(Exception):
    """A task failed; kind and place stand in the log, the message nowhere: it may quote what somebody wrote."""


def told(error: BaseException) -> str:
    """Return an error's kind and the place where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno} {frames[-1].name}" if frames else "?"
    return f"{type(error).__qualname__} at {place}"
