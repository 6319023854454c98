"""Reads Excel and Parquet in a process of its own, so that a file made to break a native reader breaks that one only.

The process gets the file on its standard input and answers on its standard output: one line of JSON, then the table as Arrow,
whole or in parts. It inherits no variable but the way to Python's modules, no open file but these two, and may take `MEMORY`
bytes and `PATIENCE_SECONDS` seconds of work for a whole table or for a part.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import polars as pl

from amparo.standard.reasons import Reason, Refused
from amparo.standard.tables import LIMIT, Form, Found, SourceTable, refuse

MEMORY = 8 * 1024**3
PATIENCE_SECONDS = 600
WHOLE, PARTS = "whole", "parts"
_READER = (sys.executable, "-P", "-m", "amparo.standard.apart")


def parse(path: Path, form: Form, *, limit: int = LIMIT, memory: int = MEMORY) -> SourceTable:
    """Return what `untrusted.parse` reads; a reader that stops, whatever the cause, is the refusal `unsafe_file`."""
    command = [*_READER, WHOLE, form, str(limit), str(memory)]
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


def parquet_names(path: Path) -> tuple[tuple[str, ...], int]:
    """Return the columns of a Parquet file and its number of rows; raise `Refused` where it is none that can be read."""
    with _parts_of(path, 1) as (names, rows, _):
        return names, rows


def parquet_parts(path: Path, height: int) -> Iterator[pl.DataFrame]:
    """Give the rows of a Parquet file as text, `height` at a time; a reader that stops, whatever the cause, is a refusal.

    Raises `Refused` in the middle where the fault lies there, so no part counts before the last was given.
    """
    with _parts_of(path, height) as (_, _, answers):
        while size := int.from_bytes(_exactly(answers, 8), "big"):
            try:
                yield pl.read_ipc(_exactly(answers, size))
            except pl.exceptions.PolarsError:
                raise refuse("unsafe_file") from None
        _require_sound(_line(answers))


@contextmanager
def _parts_of(path: Path, height: int) -> Iterator[tuple[tuple[str, ...], int, IO[bytes]]]:
    """Start the reading process and give what it says first and its further answers; it ends with the block."""
    command = [*_READER, PARTS, Form.PARQUET, str(height), str(MEMORY)]
    with path.open("rb") as file:
        child = subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment())
    assert child.stdout is not None
    try:
        said = _require_sound(_line(child.stdout))
        yield tuple(said["names"]), said["rows"], child.stdout
    finally:
        child.kill()
        child.stdout.close()
        child.wait()


def _exactly(answers: IO[bytes], size: int) -> bytes:
    content = answers.read(size)
    if len(content) < size:
        raise refuse("unsafe_file")
    return content


def _line(answers: IO[bytes]) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(answers.readline())
    except ValueError:
        raise refuse("unsafe_file") from None
    return said


def _require_sound(said: dict[str, Any]) -> dict[str, Any]:
    if "refused" in said:
        raise Refused(*(_reason(one) for one in said["refused"]))
    return said


def environment() -> dict[str, str]:
    """Return all the reading process is told: where the modules are, and to write none."""
    modules = os.pathsep.join(path for path in sys.path if path)
    return {"PYTHONPATH": modules, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "POLARS_MAX_THREADS": "2"}


def main(way: str, form: Form, limit: int, memory: int) -> None:
    """Read standard input and answer on standard output, a whole table of `limit` bytes at most or parts of `limit` rows."""
    _confine(memory)
    from amparo.standard import untrusted

    out = sys.stdout.buffer
    try:
        if way == PARTS:
            _answer_in_parts(*untrusted.parquet_in_parts(Path("/dev/stdin"), limit), out)
        else:
            out.write(_pack(untrusted.parse(sys.stdin.buffer.read(), form, limit)))
    except Refused as refused:
        out.write(json.dumps(_said(refused)).encode() + b"\n")


def _answer_in_parts(names: tuple[str, ...], rows: int, frames: Iterator[pl.DataFrame], out: IO[bytes]) -> None:
    """Write names, each part behind its size, and behind a size of 0 whether all parts were sound."""
    out.write(json.dumps({"names": names, "rows": rows}).encode() + b"\n")
    last: dict[str, Any] = {}
    try:
        for frame in frames:
            arrow = io.BytesIO()
            frame.write_ipc(arrow)
            out.write(arrow.tell().to_bytes(8, "big"))
            out.write(arrow.getbuffer())
            _grant_time()
    except Refused as refused:
        last = _said(refused)
    out.write((0).to_bytes(8, "big") + json.dumps(last).encode() + b"\n")


def _said(refused: Refused) -> dict[str, Any]:
    return {"refused": [_plain(reason) for reason in refused.reasons]}


def _grant_time() -> None:
    """Let the next part take as long as one may."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + PATIENCE_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


def _confine(memory: int) -> None:
    """Bound this process, leave no image of its memory behind, and let it be the first to go where memory runs out."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE_SECONDS, resource.RLIM_INFINITY))
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
    said = _require_sound(json.loads(content[:end]))
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
    main(sys.argv[1], Form(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
