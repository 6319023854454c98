"""Words of names: their common Latin form, the keys of their sound, and how alike two of them are.

A key is the skeleton of a word: its consonants in classes that people who write one name in different
languages and scripts mix up (b and p; f and v; t, d and th; s, z, sh, ch; k, g, q, kh and h), without vowels, half-vowels
and doubling. Where one letter stands for two sounds the word has several keys; two words sound alike
when they share one. The idea of such keys is Soundex's (Russell 1918) and Double Metaphone's (Philips 2000);
the classes are our own, chosen for Latin, Cyrillic and Arabic spellings of one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from rapidfuzz.distance import JaroWinkler, Levenshtein

from . import scripts
from .scripts import Script

PARTICLES = frozenset(
    "al el ul bn bnt bin ben ibn bint bte ould ait de da do dos das del la las los van von der den di du y i e".split()  # noqa: SIM905
)
"""Small words that one office writes and another leaves out; they count only in a name of nothing else."""
SERVANT = re.compile(r"^abd(?:[aeiou]?l)?(?=[a-z]{2})")
"""The first part of Abdallah, Abdelkader, Abd al-Rahman: written as one word, two or three."""
SERVANTS = frozenset(("bd", "abd", "abdul", "abdel", "abdal", "abdoul"))
MOST_KEYS = 8
MOST_WORDS = 12
CLOSE = 0.88
"""From here on two words count as one name written differently."""

_PAIRS = (
    ("shch", "s"), ("tsch", "s"), ("tch", "s"), ("dzh", "s"), ("sch", "s"), ("sh", "s"), ("ch", "cK"), ("zh", "s"), ("dj", "s"),
    ("dz", "s"), ("ts", "s"), ("tz", "s"), ("cz", "s"), ("sz", "s"), ("rz", "rs"), ("kh", "K"), ("gh", "K"), ("ph", "F"),
    ("th", "9"), ("dh", "9"), ("ck", "K"), ("qu", "K"), ("x", "Ks"), ("gn", "N"),
)  # fmt: skip
"""Groups of letters, longest first, before single letters are read; `c` before `K` and `9` are read two ways."""
_READINGS: dict[str, tuple[str, ...]] = {
    "b": ("P",), "p": ("P",), "f": ("F",), "v": ("F",), "t": ("T",), "d": ("T",), "s": ("S",), "z": ("S",),
    "l": ("L",), "r": ("R",), "m": ("M",), "n": ("N",),
    "k": ("K",), "q": ("K",), "g": ("K",), "h": ("K",), "K": ("K",), "F": ("F",), "N": ("N",),
    "9": ("T", "S"), "c": ("S", "K"), "j": ("S", ""), "1": ("K", "S"), "2": ("", "F"), "3": ("T", "S"), "4": ("", "K"),
}  # fmt: skip
"""What each letter may be heard as. `1` is the Arabic jim, in Cairo a g; `2` an Arabic waw, in Persian a v; `3` dad and za,
`4` a kh at the end, which is written for the silent h of Abdullah as well."""
_ARABIC_MARKS = {"ج": "1", "و": "2", "ض": "3", "ظ": "3", "ذ": "3", "ث": "9"}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name: as split, in Latin letters, its keys, and whether its script left the vowels out."""

    written: str
    latin: str
    keys: frozenset[str]
    is_bare: bool


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[Word, ...]:
    """Return the words of a name that count, in the order of writing; articles fall away, *Abd* joins what follows."""
    return tuple(_word(part) for part in _parts(name)[:MOST_WORDS])


def keys(name: str) -> list[frozenset[str]]:
    """Return the keys of each word of a name that has any."""
    return [word.keys for word in words(name) if word.keys]


def _parts(name: str) -> list[str]:
    joined: list[str] = []
    servant = ""
    for part in scripts.split(name):
        latin = scripts.romanise(part)
        if latin in SERVANTS:
            servant = part
            continue
        if servant and latin in PARTICLES:
            continue
        joined.append(servant + part if servant else part)
        servant = ""
    joined += [servant] if servant else []
    telling = [part for part in joined if scripts.romanise(part) not in PARTICLES]
    return telling or joined


@lru_cache(maxsize=4096)
def _word(part: str) -> Word:
    kind = scripts.script(part)
    if kind is Script.ARABIC:
        part = _without_article(part)
    latin = SERVANT.sub("abd", scripts.romanise(part))
    if kind is Script.OTHER:
        return Word(part, latin, frozenset(), False)
    return Word(part, latin, _keys(part, latin, kind), kind is Script.ARABIC)


def _without_article(part: str) -> str:
    """Leave out the Arabic article, also after *abd* written in one."""
    if part.startswith("عبدال") and len(part) > 6:
        return "عبد" + part[5:]
    return part[2:] if part.startswith("ال") and len(part) > 4 else part


def _keys(part: str, latin: str, kind: Script) -> frozenset[str]:
    if kind is Script.ARABIC:
        marked = "".join(_ARABIC_MARKS.get(letter, scripts.romanise(letter)) for letter in part)
        texts = ["f" + marked[1:] if marked.startswith("2") else marked]
    else:
        texts = [latin]
    found = {key for text in texts for key in _read(text) if key}
    return frozenset(sorted(found)[:MOST_KEYS])


def _read(text: str) -> Iterator[str]:
    text = _sounds(text)
    choices = [_READINGS[letter] for letter in text if letter in _READINGS]
    for reading in product(*choices):
        yield _squeezed("".join(reading))


def _sounds(text: str) -> str:
    text = re.sub(r"^(?:ou(?=[aeiou])|w)", "v", text)
    text = re.sub(r"(?<![cdgkpst])h$", "", re.sub(r"(?<=[aeiou])kh$", "4", text))
    for group, sound in _PAIRS:
        text = text.replace(group, sound)
    text = re.sub(r"c(?=[aou]|[bdfgklmnpqrtvz]|$)", "k", text)
    text = text.replace("cK", "c")
    return re.sub(r"c(?=[eiy])", "c", text)


def _squeezed(key: str) -> str:
    return re.sub(r"(.)\1+", r"\1", key)


def alike(one: Word, other: Word) -> float:
    """Return how alike two words are, 0 to 1; the same both ways round.

    Jaro-Winkler over the Latin forms, bounded by Levenshtein. Who sounds alike is brought nearer; a script without
    vowels is compared by keys alone.
    """
    if one.latin == other.latin:
        return 1.0
    shared = one.keys & other.keys
    longest = max((len(key) for key in shared), default=0)
    if one.is_bare or other.is_bare:
        short = CLOSE if max(len(one.latin), len(other.latin)) <= 4 else 0.7
        return {0: 0.0, 1: short, 2: 0.89}.get(longest, 0.95)
    near = max(_near(one.latin, other.latin), min(0.99, _near(_plain(one.latin), _plain(other.latin))))
    if longest >= 2:
        return near + (1 - near) / 2
    return near if min(len(one.latin), len(other.latin)) > 3 else near * 0.9


def _near(one: str, other: str) -> float:
    """Return Jaro and Winkler's similarity, never far above Levenshtein's: a common beginning alone makes no name alike."""
    winkler = max(JaroWinkler.similarity(one, other), JaroWinkler.similarity(other, one))
    return min(winkler, Levenshtein.normalized_similarity(one, other) + 0.2)


@lru_cache(maxsize=4096)
def _plain(latin: str) -> str:
    """Return a Latin form without what tables of transliteration differ in: y, i and j before a vowel, kh, zh, w, ou, doubling."""
    text = re.sub(r"^j(?=[aeou])|y", "i", latin)
    for group, sound in (("kh", "h"), ("zh", "j"), ("ou", "u"), ("w", "v"), ("ks", "x"), ("ph", "f")):
        text = text.replace(group, sound)
    return _squeezed(text)


def paired(first: Iterable[Word], second: Iterable[Word]) -> list[float]:
    """Return how alike the words of two names are, each word with one of the other name, the nearest first."""
    ones, others = list(first), list(second)
    every = [(alike(one, other), at, to) for at, one in enumerate(ones) for to, other in enumerate(others)]
    every.sort(key=lambda pair: (-pair[0], *sorted((ones[pair[1]].latin, others[pair[2]].latin))))
    used_ones: set[int] = set()
    used_others: set[int] = set()
    found: list[float] = []
    for near, at, to in every:
        if at not in used_ones and to not in used_others:
            used_ones.add(at)
            used_others.add(to)
            found.append(near)
    return found
