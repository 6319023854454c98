"""A release's folder as one archive, packed while it is sent, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from io import RawIOBase
from zipfile import ZIP64_LIMIT, ZIP_STORED, ZipFile, ZipInfo

__all__ = ["ZIP64_LIMIT", "packed", "packed_size"]
UNIX, PLAIN_FILE = 3, 0o100644


class _Out(RawIOBase):
    """Takes what was written and gives it away; it cannot go back, so an archive never waits to be whole."""

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        self.held.append(bytes(content))
        return len(content)

    def taken(self) -> bytes:
        content, self.held = b"".join(self.held), []
        return content


def packed(folder: str, files: Iterable[tuple[str, int, Iterable[bytes]]]) -> Iterator[bytes]:
    """Yield a ZIP of one folder, given name, size and pieces of each file: names sorted, one date for all, nothing compressed.

    When a file's pieces break off, so does the archive: it ends without the directory that would make it readable.
    """
    out = _Out()
    with ZipFile(out, "w", ZIP_STORED) as archive:
        for name, size, pieces in sorted(files, key=lambda one: one[0]):
            with archive.open(_entry(f"{folder}/{name}", size), "w") as member:
                for piece in pieces:
                    member.write(piece)
                    yield out.taken()
    yield out.taken()


def packed_size(folder: str, sizes: Mapping[str, int]) -> int:
    """Return how many bytes the archive has; exact below `ZIP64_LIMIT`, where its entries grow no longer fields."""
    return sum(map(len, packed(folder, ((name, 0, ()) for name in sizes)))) + sum(sizes.values())


def _entry(name: str, size: int) -> ZipInfo:
    entry = ZipInfo(name)
    entry.file_size, entry.create_system, entry.external_attr = size, UNIX, PLAIN_FILE << 16
    return entry
