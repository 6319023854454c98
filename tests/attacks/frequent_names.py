"""An attacker with a copy of the database and a public list of names with their frequencies.

The office is the demonstration's, with names as unequally frequent as in a real country: the r-th given name
weighs 1 / (r + 3), the r-th family name 1 / (r + 8). The attacker knows these weights exactly, for every
country and sex, and reads citizenship and gender in clear. Whatever else persons share in the copy (a value, a piece
of a ciphertext, a length, a page) they take for a token of a piece of a name, match the counts of tokens with
the counts that the list lets expect, class by class, and then look for names all of whose pieces a person has.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from random import Random

from amparo.demo import names, people, region
from amparo.desk.core import blind_index

Class = tuple[str, str]
GENDERS = {True: "Female", False: "Male"}
BLOCK = 16
"""Bytes: equal blocks at equal places would be the mark of an encryption that repeats itself."""


def pieces_of(name: str) -> set[str]:
    """Return what stands in the index for a name; read only when asked, for a benchmark makes its site first."""
    from amparo.desk.cases import names as index

    return index.pieces(name)


@dataclass(frozen=True)
class Known:
    """The public list: for every class the given names with their share, for every country the words of family names."""

    given: Mapping[Class, Mapping[str, float]]
    family: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Somebody:
    """One invented person: what the copy tells in clear, and the name that must not come out of it."""

    citizenship: str
    gender: str
    given: str
    family: tuple[str, ...]

    @property
    def words(self) -> str:
        return " ".join((self.given, *self.family))


def _weighted(spelled: Iterable[str], random: Random, shift: float) -> dict[str, float]:
    order = sorted(set(spelled))
    random.shuffle(order)
    weights = [1 / (rank + shift) for rank in range(1, len(order) + 1)]
    return {name: weight / sum(weights) for name, weight in zip(order, weights, strict=True)}


def public_list(seed: int) -> Known:
    """Return the names of the demonstration's countries with invented, realistic frequencies."""
    random = Random(seed)
    given, family = {}, {}
    for country in region.COUNTRIES:
        stems = [start + middle for start in names.STARTS[country] for middle in names.MIDDLES[country]]
        for is_female, gender in GENDERS.items():
            ends = names.GIVEN_ENDS[country][is_female]
            given[country, gender] = _weighted((stem + end for stem in stems for end in ends), random, 3)
        family[country] = _weighted((stem + end for stem in stems for end in names.FAMILY_ENDS[country]), random, 8)
    return Known(given, family)


def office(known: Known, count: int, seed: int) -> list[Somebody]:
    """Return the demonstration's persons, as many as asked, with names drawn from the list."""
    partner = region.Partner("Office", "NGO", "XC", count, "desk", 0.8)
    drawn = people.invent(seed, date(2026, 11, 1), (partner,))
    random = Random(seed + 1)
    cumulated = {key: (list(held), list(accumulate(held.values()))) for key, held in [*known.given.items(), *known.family.items()]}

    def draw(key):
        spelled, sums = cumulated[key]
        return random.choices(spelled, cum_weights=sums)[0]

    return [
        Somebody(
            one.citizenship,
            GENDERS[one.is_female],
            draw((one.citizenship, GENDERS[one.is_female])),
            tuple(draw(one.citizenship) for _ in range(2 if one.citizenship == "XC" else 1)),
        )
        for one in drawn
    ]


def expected(known: Known, sizes: Mapping[Class, int]) -> dict[str, dict[Class, float]]:
    """Return how many persons of each class the list lets expect with each piece of a name."""
    found: dict[str, dict[Class, float]] = defaultdict(lambda: defaultdict(float))
    for (country, gender), size in sizes.items():
        for name, share in known.given[country, gender].items():
            for piece in pieces_of(name):
                found[piece][country, gender] += size * share
        for name, share in known.family[country].items():
            for piece in pieces_of(name):
                found[piece][country, gender] += size * share * (2 if country == "XC" else 1)
    return found


def matched(tokens: Mapping[int, set], classes: Mapping[int, Class], known: Known) -> dict[str, object]:
    """Return which token the attacker takes each piece for: the nearest in counts over all classes, frequent pieces first."""
    sizes = Counter(classes.values())
    carriers: dict[object, Counter] = defaultdict(Counter)
    for person, held in tokens.items():
        for token in held:
            carriers[token][classes[person]] += 1
    wanted = expected(known, sizes)
    free = dict(carriers)
    found: dict[str, object] = {}
    for piece in sorted(wanted, key=lambda piece: -sum(wanted[piece].values())):
        if not free:
            break
        hoped = wanted[piece]

        def far(token, hoped=hoped):
            seen = carriers[token]
            return sum((seen[one] - hoped.get(one, 0)) ** 2 / (hoped.get(one, 0) + 5) for one in sizes)

        best = min(free, key=far)
        found[piece] = best
        if len(blind_index.fold(piece)) == 5 or len(free) > len(wanted):  # short pieces may share a token when tokens are few
            free.pop(best)
    return found


def guesses(tokens: Mapping[int, set], classes: Mapping[int, Class], known: Known) -> dict[int, tuple[str, frozenset[str]]]:
    """Return the attacker's guess of everybody's given name and words of the family name."""
    pieces = matched(tokens, classes, known)
    holders: dict[object, set[int]] = defaultdict(set)
    for person, held in tokens.items():
        for token in held:
            holders[token].add(person)
    by_class: dict[Class, set[int]] = defaultdict(set)
    for person, one in classes.items():
        by_class[one].add(person)

    def bearing(name: str, among: set[int]) -> set[int]:
        held = [holders[pieces[piece]] if piece in pieces else set() for piece in pieces_of(name)]
        return among.intersection(*held) if held else set()

    found: dict[int, tuple[str, frozenset[str]]] = {}
    for (country, gender), members in by_class.items():
        given = _best(known.given[country, gender], members, bearing, 1)
        family = _best(known.family[country], members, bearing, 2 if country == "XC" else 1)
        for person in members:
            found[person] = given[person][0], frozenset(family[person])
    return found


def _best(shares: Mapping[str, float], members: set[int], bearing, count: int) -> dict[int, list[str]]:
    """Return for everybody the likeliest names all of whose pieces they have, else the likeliest of all."""
    ordered = sorted(shares, key=lambda name: -shares[name])
    found: dict[int, list[str]] = {person: [] for person in members}
    for name in ordered:
        for person in bearing(name, members):
            if len(found[person]) < count:
                found[person].append(name)
    return {person: [*held, *ordered][:count] for person, held in found.items()}


@dataclass(frozen=True)
class Recovered:
    """Shares of persons whose whole name, and whose given name, was guessed."""

    whole: float
    given: float


def score(guessed: Mapping[int, tuple[str, frozenset[str]]], truth: Mapping[int, Somebody]) -> Recovered:
    """Compare guesses with the truth."""
    given = sum(guessed[person][0] == one.given for person, one in truth.items())
    whole = sum(guessed[person] == (one.given, frozenset(one.family)) for person, one in truth.items())
    return Recovered(whole / len(truth), given / len(truth))


CLEAR = {"gender", "citizenship"}


def shared(rows: Iterable[tuple[str, object, Mapping[str, object]]]) -> dict[object, set]:
    """Return for every person what they share with others in a copy: equal values, equal blocks, equal lengths, and pairs of these.

    `rows` are (table, person, columns). What everybody shares, or nobody, tells nothing and is left out.
    """
    held: dict[object, set] = defaultdict(set)
    for table, person, columns in rows:
        for name, value in columns.items():
            if name not in CLEAR:
                held[person] |= set(_features(f"{table}.{name}", value))
    counts = Counter(feature for found in held.values() for feature in found)
    some = {feature for feature, count in counts.items() if 2 <= count <= 0.9 * len(held)}
    return {person: found & some for person, found in held.items()}


def _features(place: str, value: object) -> Iterator[object]:
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        yield place, "length", len(raw)
        for start in range(0, len(raw) - BLOCK + 1, BLOCK):
            yield place, start, raw[start : start + BLOCK]
    elif value is not None and value != "":
        yield place, "value", str(value)
