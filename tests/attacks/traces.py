"""Looking for many words at once in everything that lies on a disk, however they may be written there."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

BEGINNING = 6
"""Bytes by which a word is looked up; shorter ones would be found in any random bytes."""
SHORTEST_ENCODED = 10
"""Signs of base64 or hexadecimal: six of them stand in a list of columns, or in any digest of a large file, by chance."""
LONGEST = 48


def pieces(text: str) -> Iterator[str]:
    """Yield a whole short text; of a long one its beginning, its middle and its end."""
    if len(text) <= LONGEST:
        yield text
        return
    middle = len(text) // 2
    yield from (text[:LONGEST], text[middle : middle + LONGEST], text[-LONGEST:])


def spellings(text: str) -> Iterator[bytes]:
    """Yield a text in every encoding that somebody might look for: also hexadecimal, base64 at each of three offsets, reversed."""
    for plain in {text, text.casefold(), text.upper()}:
        written = [plain.encode(), plain[::-1].encode(), plain.encode("utf-16-le"), plain.encode("utf-16-be")]
        written.append(plain.encode("latin-1", "ignore"))
        yield from written
        for raw in written[:1]:
            if len(raw) * 2 >= SHORTEST_ENCODED:
                yield raw.hex().encode()
            for offset in range(3):
                encoded = base64.b64encode(b"\0" * offset + raw)[4 if offset else 0 :].rstrip(b"=")[:-1]
                if len(encoded) >= SHORTEST_ENCODED:
                    yield encoded


class Words:
    """Words to look for, ready to be looked up in any bytes; letters A to Z count as a to z."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.by_beginning: dict[int, set[bytes]] = defaultdict(set)
        for text in set(texts):
            for piece in pieces(text):
                for spelled in spellings(piece):
                    word = spelled.lower()
                    if len(word) >= BEGINNING:
                        self.by_beginning[int.from_bytes(word[:BEGINNING], "little")].add(word)
        self.beginnings = np.array(sorted(self.by_beginning), dtype=np.uint64)

    def found_in(self, content: bytes) -> set[bytes]:
        """Return the words that stand in some bytes."""
        low, found = content.lower(), set()
        mask = np.uint64(256**BEGINNING - 1)
        for offset in range(8):
            usable = (len(low) - offset) // 8 * 8
            if usable <= 0:
                break
            windows = np.frombuffer(low, dtype="<u8", count=usable // 8, offset=offset) & mask
            for place in np.flatnonzero(np.isin(windows, self.beginnings)):
                start = offset + 8 * int(place)
                found |= {word for word in self.by_beginning[int(windows[place])] if low.startswith(word, start)}
        return found


def searched(folder: Path, words: Words) -> dict[str, set[bytes]]:
    """Return what stands readable in which file of a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (seen := words.found_in(path.read_bytes() + bytes(16))):
            found[str(path.relative_to(folder))] = seen
    return found
