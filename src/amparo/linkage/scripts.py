"""One Latin form for names in Latin, Greek, Cyrillic and Arabic letters, by published tables, accents dropped.

Cyrillic: ICAO Doc 9303, part 3, section 6 B (the spelling in the machine-readable line of a passport).
Greek: ELOT 743, second edition (ISO 843), as on Greek passports.
Arabic: United Nations system of 2017 (UNGEGN), consonants without their marks; Persian, Urdu and Kurdish letters by
UNGEGN's table for Persian and ALA-LC's for Urdu and Kurdish. Arabic script writes few vowels, so its Latin form has few.
Other scripts stay as they are: they are compared letter by letter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import cache


def _table(*lines: str) -> Mapping[str, str]:
    return {pair[0]: pair[2:] for line in lines for pair in line.split()}


CYRILLIC = _table(
    "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh",
    "щ=shch ъ=ie ы=y ь= э=e ю=iu я=ia є=ie і=i ї=i ґ=g ў=u ђ=d ј=j љ=lj њ=nj ћ=c џ=dz ѓ=g ќ=k ѕ=dz",
    "қ=q ғ=g ң=n ү=u ұ=u ө=o һ=h ә=a җ=zh ҷ=j ҳ=h ӣ=i ӯ=u ӏ=",
)
GREEK = _table("α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o")
ARABIC = _table(
    "ا=a أ=a إ=i آ=a ٱ=a ب=b ت=t ث=th ج=j ح=h خ=kh د=d ذ=dh ر=r ز=z س=s ش=sh ص=s ض=d ط=t ظ=z ع= غ=gh ف=f ق=q ك=k ل=l",
    "م=m ن=n ه=h و=w ي=y ى=a ة=a ء= ئ= ؤ=w پ=p چ=ch ژ=zh گ=g ک=k ی=y ڤ=v ھ=h ہ=h ۀ=a ە=e ێ=e ۆ=o ڵ=l ڕ=r ٹ=t ڈ=d ڑ=r ں=n ے=e",
    "\u064e=a \u0650=i \u064f=u \u064b= \u064d= \u064c= \u0651= \u0652= \u0670=a \u0640=",
)
SPELLED: Mapping[str, str] = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ß": "ss", "ə": "a",
}  # fmt: skip
"""Latin letters that Unicode does not decompose."""
APOSTROPHES = frozenset("'’ʼ‘`´ʻʿʾ")
DIGRAPHS = (("ου", "ou"), ("μπ", "b"), ("ντ", "nt"), ("γγ", "ng"), ("γκ", "gk"), ("αυ", "av"), ("ευ", "ev"))
"""Greek pairs that are one sound (ELOT 743)."""


class Script(StrEnum):
    """In which letters a word is written."""

    LATIN = "latin"
    CYRILLIC = "cyrillic"
    GREEK = "greek"
    ARABIC = "arabic"
    OTHER = "other"


NAMED = {script.name: script for script in Script}
"""Scripts by the first word of their letters' Unicode names."""


@cache
def script_of_letter(letter: str) -> Script:
    """Return the script of one letter, by its Unicode name."""
    return NAMED.get(unicodedata.name(letter, "").split(" ", 1)[0], Script.OTHER)


def script(word: str) -> Script:
    """Return the script of a word's first letter; a word without letters is `OTHER`."""
    return next((script_of_letter(letter) for letter in word if letter.isalpha()), Script.OTHER)


def split(text: str) -> list[str]:
    """Return the words of a name in lower case and one composed form; apostrophes join, hyphens and points separate."""
    lower = unicodedata.normalize("NFKC", text.casefold())
    kept = (c for c in lower if c not in APOSTROPHES)
    return "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in kept).split()


def romanise(word: str) -> str:
    """Return one lower-case word in Latin letters without accents; what no table knows stays."""
    if script(word) is Script.GREEK:
        word = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
        for pair, latin in DIGRAPHS:
            word = word.replace(pair, latin)
    return "".join(_latin(letter) for letter in word)


@cache
def _latin(letter: str) -> str:
    for table in (CYRILLIC, GREEK, ARABIC, SPELLED):
        if letter in table:
            return table[letter]
    bare = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    return "".join(_latin(c) if c != letter else c for c in bare)
