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
TOKENS_A_NAME = 4
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


def tokens(name: str, *, key: bytes, bits: int) -> set[int]:
    """Return the tokens to store for a name."""
    return {token(piece, key=key, bits=bits) for piece in pieces(name)}


def query_pieces(text: str) -> list[str]:
    """Return the pieces that a searched text asks for: of each word the longest beginning that is stored.

    A word of one letter asks for nothing, unless it is a whole name in a script without an alphabet.
    """
    words = (word for word in fold(text).split() if len(word) > 1 or not word.isascii())
    return [word[:5] if len(word) >= 5 else word[:3] for word in words]
