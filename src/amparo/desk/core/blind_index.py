"""Search over sealed names without storing them: short keyed tokens that many persons share.

A token is a HMAC of a folded piece of a name, cut to so few bits that each value is shared by at
least twenty persons at the office's size. It narrows a search; the few candidates are opened and
ranked in memory. An attacker with the tokens alone learns almost nothing of a name.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import unicodedata

SHARED_BY = 20
TOKENS_A_NAME = 7
"""Beginnings and sounds of two words, on average."""
_SPELLED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"} | dict.fromkeys("'’ʼ‘`´", "")
)
"""Letters that Unicode does not decompose, and the apostrophes of N'Diaye and O'Brien."""


def fold(text: str) -> str:
    """Return a name in one spelling: no accents or apostrophes, lower case, letters and digits only, single spaces.

    Letters of every script stay, with the vowel signs that some scripts write as marks.
    """
    spelled = text.casefold().translate(_SPELLED)
    plain = (c for c in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(c))
    return " ".join("".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in plain).split())


def pieces(name: str) -> set[str]:
    """Return the pieces of a name that can be searched for: the first three and the first five letters of each word."""
    return {word[:length] for word in fold(name).split() for length in (3, 5)}


def bits_for(persons: int) -> int:
    """Return how long a token may be, in bits, so that on average eight times `SHARED_BY` persons share each (1 to 16).

    Names are not spread evenly: the margin keeps even the rarest token of 2,000 persons shared.
    """
    tokens_wanted = persons * TOKENS_A_NAME / (8 * SHARED_BY)
    return max(1, min(16, math.floor(math.log2(tokens_wanted)))) if tokens_wanted >= 1 else 1


def token(piece: str, *, key: bytes, bits: int) -> int:
    """Return the token of one piece: the first `bits` bits of its HMAC-SHA256."""
    return int.from_bytes(hmac.digest(key, piece.encode(), hashlib.sha256)[:4], "big") >> (32 - bits)
