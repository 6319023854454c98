"""Says whether a folder is the bundle it claims to be: whole, unchanged, consistent, and by whom."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl

from amparo.bundle import aggregates, anonymous, apart, certificates, files, promises
from amparo.bundle.contents import to_codes
from amparo.bundle.description import Kind
from amparo.bundle.keys import fingerprint, is_signed_by
from amparo.bundle.reading import READER_STOPPED, Bundle, load, read
from amparo.standard.reasons import Reason, Refused

ROOM = "bundle"
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a bundle may be trusted to be unchanged; `findings` say what is wrong, one for each fault.

    `signer` is the id of the key whose signature is good. `ok` without a key says only that the
    folder is unchanged since it was sealed; who sealed it, only a key from elsewhere can say. Where
    it is ok, `files` are SHA-256 and size of every file by name, and `bundle` is made of those very
    bytes and refuses others: show that, and not what stands in the folder later.
    """

    ok: bool
    findings: tuple[Reason, ...]
    signer: str | None
    is_signed: bool
    files: Mapping[str, tuple[str, int]] = field(default_factory=dict, compare=False, repr=False)
    bundle: Bundle | None = field(default=None, compare=False, repr=False)


def verify(folder: Path, *, key: bytes | None = None, is_apart: bool = False) -> Verdict:
    """Check every byte, the certificate and the signature of a bundle; given a public key, insist on it.

    With `is_apart` a bundle that no trusted key signed is looked into by a process of its own: choose
    that for folders from strangers, at the price of half a second. Tables that broke no reader there
    break none here, since they are read here only while they are the same.

    `key` is the 32 raw bytes that `keys.load_public` gives. The order is: signature over the
    checksums, every file against the checksums, and only then, on bytes known to be unchanged, whether
    table, description and certificate agree. Where a key is insisted on and did not sign, nothing else is read.
    """
    try:
        content = load(folder, files.CHECKSUMS)
        checksums = files.Checksums.from_bytes(content)
    except Refused as refused:
        return Verdict(ok=False, findings=refused.reasons, signer=None, is_signed=os.path.lexists(folder / files.SIGNATURE))
    signature, faults = _signature(folder, content, checksums, key)
    bundle = None
    if not (faults and key):
        faults += list(_changes(folder, checksums))
    if not faults and is_apart and key is None:
        faults += apart.contradictions(folder, files.facts(content)[0])
    if not faults:
        bundle, faults = look_into(folder, checksums, is_form_enough=is_apart and key is None)
    return Verdict(
        ok=not faults,
        findings=tuple(faults),
        signer=fingerprint(signature.public) if signature else None,
        is_signed=os.path.lexists(folder / files.SIGNATURE),
        files={} if faults else _listed(checksums, content, signature),
        bundle=None if faults else bundle,
    )


def _listed(checksums: files.Checksums, content: bytes, signature: files.Signature | None) -> dict[str, tuple[str, int]]:
    """Return SHA-256 and size of every file of a bundle, those that seal it last."""
    sealing = {files.CHECKSUMS: content} | ({files.SIGNATURE: signature.to_bytes()} if signature else {})
    return dict(sorted(checksums.files.items())) | {name: files.facts(one) for name, one in sealing.items()}


def _signature(
    folder: Path, content: bytes, checksums: files.Checksums, key: bytes | None
) -> tuple[files.Signature | None, list[Reason]]:
    """Return the signature if it is good, and what is wrong with it or with its absence."""
    if not os.path.lexists(folder / files.SIGNATURE):
        missing = "signature_missing" if checksums.signer else "signature_demanded"
        return None, [Reason(ROOM, missing, files.SIGNATURE)] if checksums.signer or key else []
    try:
        signature = files.Signature.from_bytes(load(folder, files.SIGNATURE))
    except Refused as refused:
        return None, list(refused.reasons)
    if checksums.signer != fingerprint(signature.public) or not is_signed_by(signature.public, signature.signature, content):
        return None, [Reason(ROOM, "signature_wrong", files.SIGNATURE)]
    if key is not None and key != signature.public:
        signers = {"expected": fingerprint(key), "found": fingerprint(signature.public)}
        return signature, [Reason(ROOM, "signed_by_another", files.SIGNATURE, signers)]
    return signature, []


def _changes(folder: Path, checksums: files.Checksums) -> Iterator[Reason]:
    """Say which files are not what the checksums say, missing, or one too many."""
    found: set[str] = set()
    for name, mode in _walk(folder):
        if name in (files.CHECKSUMS, files.SIGNATURE) and stat.S_ISREG(mode):
            continue
        if not stat.S_ISREG(mode):
            yield Reason(ROOM, "not_a_plain_file", name)
        elif name not in checksums.files:
            yield Reason(ROOM, "file_added", name)
        found.add(name)
    for name, expected in sorted(checksums.files.items()):
        if name not in found:
            yield Reason(ROOM, "file_missing", name)
        elif _digest(folder / name, expected[1]) != expected:
            yield Reason(ROOM, "file_changed", name)


def _walk(folder: Path) -> Iterator[tuple[str, int]]:
    """Return everything in the folder by name with its kind; only a real `pictures` folder is entered."""
    for prefix in ("", "pictures/"):
        inside = folder / prefix
        if prefix and (inside.is_symlink() or not inside.is_dir()):
            continue
        for entry in sorted(os.scandir(inside), key=lambda entry: entry.name):
            mode = entry.stat(follow_symlinks=False).st_mode
            if not (stat.S_ISDIR(mode) and prefix + entry.name == "pictures"):
                yield _shown(prefix + entry.name), mode


def _shown(name: str) -> str:
    """Return a file name that may be printed: what is not plain text is escaped."""
    return name if name.isprintable() else ascii(name)


def _digest(path: Path, expected: int) -> tuple[str, int] | None:
    """Return SHA-256 and size of a file, or nothing when it cannot be read as a plain file or is of another size."""
    sha256, size = hashlib.sha256(), 0
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if os.fstat(handle).st_size != expected:
                return None
            while size <= expected and (chunk := file.read(CHUNK)):
                sha256.update(chunk)
                size += len(chunk)
    except OSError:
        return None
    return sha256.hexdigest(), size


def look_into(folder: Path, checksums: files.Checksums, *, is_form_enough: bool = False) -> tuple[Bundle | None, list[Reason]]:
    """Return the bundle made of the bytes that the checksums name, and what in it does not agree; None when there is none."""
    try:
        bundle = read(folder, sealed=checksums)
        return bundle, [] if is_form_enough else list(contradictions(bundle))
    except Refused as refused:
        return None, list(refused.reasons)


def contradictions(bundle: Bundle) -> Iterator[Reason]:
    """Say where tables, description, certificate and measurements do not agree; raise `Refused` where one is none.

    That the release is of the kind it says, and that the certificate promises no more than the noise of the
    measurements supports, is part of it.
    """
    about = bundle.description
    tables = files.TABLES[about.kind]
    if _tables(bundle) != tables:
        yield Reason(ROOM, "tables_unlike_kind", files.RELEASE, {"tables": ", ".join(sorted(tables))})
        return
    if about.kind is Kind.AGGREGATES:
        content = load(bundle.path, files.AGGREGATES_CSV, sealed=bundle.sealed)
        yield from aggregates.contradictions(about, bundle.aggregates(), content)
    elif bundle.sealed and about.rows * len(about.columns) > bundle.sealed.files[files.DATA_CSV][1]:
        yield Reason(ROOM, "csv_unlike_parquet", files.DATA_CSV)  # a cell takes a byte at least: more rows are not there to be read
        return
    else:
        yield from _of_rows(bundle)
    yield from certificates.contradictions(bundle.certificate, about)
    if about.kind is Kind.SYNTHETIC:
        yield from promises.contradictions(bundle)


def _tables(bundle: Bundle) -> set[str]:
    """Return which tables the folder holds, of whatever kind."""
    if bundle.sealed is not None:
        return {name for name in files.ALL_TABLES if name in bundle.sealed.files}
    return {name for name in files.ALL_TABLES if os.path.lexists(bundle.path / name)}


def _of_rows(bundle: Bundle) -> Iterator[Reason]:
    """Say where the released rows are not as many, or not those, that are described."""
    about = bundle.description
    rows = len(bundle.codes[0])
    if about.kind is Kind.SYNTHETIC:
        bundle.measurements()
    if rows != about.rows:
        yield Reason(ROOM, "rows_unlike_description", files.DATA_PARQUET, {"rows": rows, "described": about.rows})
    if not _is_same_table(bundle):
        yield Reason(ROOM, "csv_unlike_parquet", files.DATA_CSV)
    yield from anonymous.contradictions(about, bundle.codes)


def _is_same_table(bundle: Bundle) -> bool:
    """Return whether `data.csv` holds the same rows as `data.parquet`."""
    try:
        frame = pl.read_csv(BytesIO(load(bundle.path, files.DATA_CSV, sealed=bundle.sealed)), infer_schema=False)
        codes = to_codes(bundle.description, frame.select(pl.all().replace("", None)))
    except READER_STOPPED:
        return False
    return all(np.array_equal(one, other) for one, other in zip(codes, bundle.codes, strict=True))
