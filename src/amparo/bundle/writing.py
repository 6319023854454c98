"""Writes a bundle in one step: it is there whole, or it is not there."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import assert_never

import polars as pl

from amparo.bundle import files, package, report, report_kinds
from amparo.bundle.aggregates import AggregateContents
from amparo.bundle.anonymous import AnonymousContents
from amparo.bundle.canonical import encode
from amparo.bundle.contents import Contents, canonical_order, csv_bytes, measurements_to_frame, to_frame
from amparo.bundle.description import from_json, to_json
from amparo.bundle.keys import Signer
from amparo.bundle.reading import Bundle, read
from amparo.standard.reasons import Reason, Refused

ROOM = "bundle"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)


AnyContents = Contents | AnonymousContents | AggregateContents
"""What goes into a bundle, of whichever kind."""


def write(folder: Path, contents: AnyContents, *, signer: Signer | None = None) -> Bundle:
    """Write a bundle to `folder` and return it; equal contents and signer give equal bytes.

    The files are written to a hidden folder beside it, flushed to the disk, and moved into place by
    one rename, so that a full disk or a kill leaves nothing half-done; what a killed writer left is
    cleared by the next one. Raises `Refused` when something stands there already, when another writer
    is at it, or when the disk does not take it.
    """
    rendered = render(contents, signer=signer)
    store(folder, rendered)
    return read(folder)


def render(contents: AnyContents, *, signer: Signer | None = None) -> dict[str, bytes]:
    """Return every file of the bundle by name. A pure function: no clock, no disk, no host enters.

    What nobody could read again is refused before anything is written.
    """
    contents.require_sound()
    description = from_json(to_json(contents.description))
    rendered = {
        **_tables(contents),
        files.RELEASE: encode(to_json(description)),
        files.CERTIFICATE: encode(dict(contents.certificate)),
    }
    rendered |= package.render(description, rendered)
    return files.seal(rendered, signer)


def _tables(contents: AnyContents) -> dict[str, bytes]:
    """Return the tables and the reports of a bundle."""
    description = contents.description
    match contents:
        case Contents():
            codes = canonical_order(contents.codes)
            table = to_frame(description, codes)
            return _both(table, files.DATA_CSV, files.DATA_PARQUET) | {
                files.MEASUREMENTS: parquet_bytes(measurements_to_frame(contents)),
                **report.render(replace(contents, codes=codes)),
            }
        case AnonymousContents():
            table = to_frame(description, canonical_order(contents.codes))
            return _both(table, files.DATA_CSV, files.DATA_PARQUET) | report_kinds.render(contents)
        case AggregateContents():
            return _both(contents.listed, files.AGGREGATES_CSV, files.AGGREGATES_PARQUET) | report_kinds.render(contents)
        case _ as never:
            assert_never(never)


def _both(table: pl.DataFrame, csv: str, parquet: str) -> dict[str, bytes]:
    return {csv: csv_bytes(table), parquet: parquet_bytes(table)}


def parquet_bytes(table: pl.DataFrame) -> bytes:
    """Return a table as Parquet, without statistics and without anything about this machine."""
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", compression_level=9, statistics=False, row_group_size=1 << 20)
    return buffer.getvalue()


def store(folder: Path, rendered: Mapping[str, bytes]) -> None:
    """Put files into a new folder, all or none; raise `Refused` with what stood in the way."""
    folder = folder.absolute()
    if _is_taken(folder):
        raise Refused(Reason(ROOM, "already_there", folder.name))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _beside(folder) as temporary:
            for name, content in sorted(rendered.items()):
                _put(temporary / name, content)
            _flush(temporary / "pictures")
            _flush(temporary)
            temporary.rename(folder)
        _flush(folder.parent)
    except OSError as problem:
        raise Refused(_reason(problem, folder)) from problem


def _is_taken(folder: Path) -> bool:
    """Return whether a rename would overwrite something: anything but an empty folder of our own is taken."""
    if not os.path.lexists(folder):
        return False
    return folder.is_symlink() or not folder.is_dir() or any(folder.iterdir())


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Hold an empty hidden folder beside the target; it is gone afterwards unless it was renamed."""
    temporary = folder.with_name(f".{folder.name}.part")
    temporary.mkdir(mode=0o755, exist_ok=True)
    handle = os.open(temporary, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(handle), temporary.lstat()):  # another writer was done while we opened it
            raise BlockingIOError(errno.EWOULDBLOCK, "being written")
        _clear(temporary)
        try:
            yield temporary
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    finally:
        os.close(handle)


def _clear(temporary: Path) -> None:
    for left in temporary.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    if not folder.is_dir():
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(problem: OSError, folder: Path) -> Reason:
    if problem.errno in FULL:
        return Reason(ROOM, "disk_full", folder.name)
    if problem.errno in TAKEN:
        return Reason(ROOM, "already_there", folder.name)
    if problem.errno in (errno.EWOULDBLOCK, errno.EAGAIN):
        return Reason(ROOM, "being_written", folder.name)
    return Reason(ROOM, "not_writable", folder.name, {"error": os.strerror(problem.errno or 0)})
