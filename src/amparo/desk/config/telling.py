"""What goes into the logs: where something failed and of what kind, never the words that were being handled."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

OWN = "amparo."


class PlacesOnly(logging.Formatter):
    """Writes an exception as its kind and its places in the code: its message may quote what a person typed.

    What a library would fill into its sentence (an address with a case's number, an e-mail address, a statement
    with its values) stays out as well; of a request the name of its route is told. As text, or one JSON object a line.
    """

    def __init__(self, fmt: str | None = None, *, as_json: bool = False) -> None:
        super().__init__(fmt)
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        bare = logging.makeLogRecord(record.__dict__ | {"exc_text": None, "stack_info": None})
        if not record.name.startswith(OWN):
            bare.msg, bare.args = _without_values(record), None
        return self._json(bare) if self.as_json else super().format(bare)

    def _json(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            told["failure"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)

    def formatException(self, ei: Any) -> str:
        """Return kinds and places, the innermost cause first."""
        told, error = [], ei[1]
        while error is not None:
            places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
            told.append("\n  ".join([type(error).__qualname__, *places]))
            error = error.__cause__ or error.__context__
        return "\n".join(reversed(told))


def _without_values(record: logging.LogRecord) -> str:
    request = getattr(record, "request", None)
    if request is None:
        return str(record.msg) if isinstance(record.msg, str) else type(record.msg).__qualname__
    match = getattr(request, "resolver_match", None)
    return f"{getattr(record, 'status_code', '-')} {match.view_name if match is not None else 'none'}"
