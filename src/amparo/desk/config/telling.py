"""What goes into the logs: where something failed and of what kind, never the words that were being handled."""

from __future__ import annotations

import logging
import traceback
from typing import Any


class PlacesOnly(logging.Formatter):
    """Writes an exception as its kind and its places in the code: its message may quote what a person typed."""

    def formatException(self, ei: Any) -> str:
        """Return kinds and places, the innermost cause first."""
        told, error = [], ei[1]
        while error is not None:
            places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
            told.append("\n  ".join([type(error).__qualname__, *places]))
            error = error.__cause__ or error.__context__
        return "\n".join(reversed(told))
