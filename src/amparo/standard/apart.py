"""Reads Excel and Parquet in a process of its own, so that a file made to break a native reader breaks that one only.

The process gets the file on its standard input and answers on its standard output: one line of JSON, then the table as Arrow.
It inherits no variable but the way to Python's modules, no open file but these two, and may take `MEMORY` bytes and
`PATIENCE_SECONDS` seconds of work.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from amparo.standard.reasons import Reason, Refused
from amparo.standard.tables import LIMIT, Form, Found, SourceTable, refuse

MEMORY = 8 * 1024**3
PATIENCE_SECONDS = 600


def parse(path: Path, form: Form, *, limit: int = LIMIT, memory: int = MEMORY) -> SourceTable:
    """Return what `untrusted.parse` reads; a reader that stops, whatever the cause, is the refusal `unsafe_file`."""
    command = [sys.executable, "-P", "-m", "amparo.standard.apart", form, str(limit), str(memory)]
    try:
        with path.open("rb") as file:
            child = subprocess.run(
                command,
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
                timeout=PATIENCE_SECONDS,
                check=True,
            )
        return _unpack(child.stdout)
    except (subprocess.SubprocessError, pl.exceptions.PolarsError, ValueError, KeyError, TypeError):
        raise refuse("unsafe_file") from None


def environment() -> dict[str, str]:
    """Return all the reading process is told: where the modules are, and to write none."""
    modules = os.pathsep.join(path for path in sys.path if path)
    return {"PYTHONPATH": modules, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "POLARS_MAX_THREADS": "2"}


def main(form: Form, limit: int, memory: int) -> None:
    """Read standard input and answer on standard output."""
    _confine(memory)
    from amparo.standard.untrusted import parse

    try:
        answer = _pack(parse(sys.stdin.buffer.read(), form, limit))
    except Refused as refused:
        answer = json.dumps({"refused": [_plain(reason) for reason in refused.reasons]}).encode() + b"\n"
    sys.stdout.buffer.write(answer)


def _confine(memory: int) -> None:
    """Bound this process, leave no image of its memory behind, and let it be the first to go where memory runs out."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE_SECONDS, PATIENCE_SECONDS))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _pack(table: SourceTable) -> bytes:
    found = asdict(table.found) | {"notes": [_plain(note) for note in table.found.notes]}
    content = io.BytesIO()
    content.write(json.dumps({"found": found}).encode() + b"\n")
    for frame in (table.rows.to_frame(), table.frame):
        arrow = io.BytesIO()
        frame.write_ipc(arrow)
        content.write(arrow.tell().to_bytes(8, "big"))
        content.write(arrow.getbuffer())
    return content.getvalue()


def _unpack(content: bytes) -> SourceTable:
    end = content.index(b"\n")
    said: dict[str, Any] = json.loads(content[:end])
    if "refused" in said:
        raise Refused(*(_reason(one) for one in said["refused"]))
    rows, place = _frame(content, end + 1)
    frame, _ = _frame(content, place)
    found = said["found"]
    notes = tuple(_reason(one) for one in found["notes"])
    made = found | {"form": Form(found["form"]), "columns": tuple(found["columns"]), "notes": notes}
    return SourceTable(frame, Found(**made), rows.to_series())


def _frame(content: bytes, place: int) -> tuple[pl.DataFrame, int]:
    size = int.from_bytes(content[place : place + 8], "big")
    end = place + 8 + size
    return pl.read_ipc(content[place + 8 : end]), end


def _plain(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "where": reason.where, "values": dict(reason.values)}


def _reason(plain: dict[str, Any]) -> Reason:
    return Reason("standard", plain["code"], where=plain["where"], values=plain["values"])


if __name__ == "__main__":
    main(Form(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
