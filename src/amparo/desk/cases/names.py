"""Finding a person by name, telephone or document without storing them: short tokens narrow, opened candidates are ranked.

The tokens lie in pages that are sealed whole, so that a copy of the database has nothing to count and to compare with a
list of frequent names. A search opens every page of the organisation that this process has not open yet. Each page was
made under one key and with one length of token, so pages are made anew one by one, and a search in between still finds
everybody. They hold nothing that the records do not: one that is damaged is left out, told to the log, and made anew.
"""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from logging import getLogger
from typing import Self, cast

import numpy as np
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Substr

from amparo.desk.access.models import Organisation
from amparo.desk.core import blind_index, damage, keys, sealing, withholding
from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import Renewal
from amparo.desk.core.renewing import header
from amparo.linkage import scripts
from amparo.linkage.comparing import document_mark, phone_tail
from amparo.linkage.words import CLOSE, Word, alike, words

from .models import NamePage, NamePlace, Person

log = getLogger(__name__)
PURPOSE = "name-index"
PAGE = 16384
"""Bytes of every page: some 500 persons."""
COUNT = 2
"""Bytes in which a page says how many persons stand on it."""
MOST_TOKENS = 200
STEP = 4
"""Room on a page is counted by so many tokens, so that what is left tells hardly how many words or numbers somebody has."""
BATCH = 200
Tokens = tuple[int, ...]
Query = tuple[frozenset[str], ...]
"""What is searched for: of each word one of several pieces."""
INDEXED = frozenset({"given_names", "family_name", "other_names", "phone", "identity_number"})
"""Fields whose change makes a person's tokens anew."""


def spoken(person: Person) -> str:
    """Return every name of a person in one line."""
    return joined(person.given_names, person.family_name, person.other_names)


def joined(*parts: str) -> str:
    """Return the parts of a name in one line."""
    return " ".join(part for part in parts if part)


def pieces(name: str) -> set[str]:
    """Return what stands in the index for a name: beginnings as written, beginnings in Latin letters, and the keys of its sound."""
    return blind_index.pieces(name) | _latin(name) | {f"~{key}" for word in words(name) for key in word.keys}


def _latin(name: str) -> set[str]:
    """Return the beginnings in Latin letters of each word that is written in others."""
    foreign = (part for part in scripts.split(name) if scripts.script(part) not in (scripts.Script.LATIN, scripts.Script.OTHER))
    return {scripts.romanise(part)[:length] for part in foreign for length in (3, 5)}


def numbers(phone: str, document: str) -> set[str]:
    """Return what stands in the index for a telephone number and for a document's; a text of either kind may be searched."""
    tail, mark = phone_tail(phone), document_mark(document) if any(c.isdigit() for c in document) else ""
    return ({f"+{tail}"} if tail else set()) | ({f"#{mark}"} if mark else set())


def packed(entries: Iterable[tuple[uuid.UUID, Tokens]]) -> bytes:
    """Return entries as the bytes of a page, always `PAGE` long.

    How many they are (two bytes); everybody's id; how many tokens everybody has (a byte each); all tokens, two bytes each. So
    a search reads the tokens of a whole page as one row of numbers.
    """
    every = list(entries)
    parts = [len(every).to_bytes(COUNT, "big"), *(person.bytes for person, _ in every), bytes(len(tokens) for _, tokens in every)]
    parts += [np.array(tokens, dtype=">u2").tobytes() for _, tokens in every]
    return b"".join(parts).ljust(PAGE, b"\0")


def _parts(plain: bytes) -> tuple[bytes, bytes, bytes]:
    """Return a page's ids, its numbers of tokens, and its tokens."""
    many = int.from_bytes(plain[:COUNT], "big")
    counted, told = COUNT + 16 * many, COUNT + 17 * many
    counts = plain[counted:told]
    return plain[COUNT:counted], counts, plain[told : told + 2 * sum(counts)]


def unpacked(plain: bytes) -> Iterator[tuple[uuid.UUID, Tokens]]:
    """Yield the entries of a page."""
    ids, counts, tokens = _parts(plain)
    every, at = np.frombuffer(tokens, dtype=">u2").tolist(), 0
    for place, count in enumerate(counts):
        yield uuid.UUID(bytes=ids[16 * place : 16 * place + 16]), tuple(every[at : at + count])
        at += count


def _size(tokens: Tokens) -> int:
    return 17 + 2 * STEP * -(-len(tokens) // STEP)


def _opened(page: NamePage) -> bytes:
    return keys.unseal_under(page.organisation_id, PURPOSE, bytes(page.sealed), page.place)


def _entries(page: NamePage) -> dict[uuid.UUID, Tokens] | None:
    """Return what stands on a page; None where it does not open: it is taken away then, and who stood on it gets a place anew."""
    try:
        return dict(unpacked(_opened(page)))
    except sealing.Unopenable:
        log.error("%s %s does not open: it is made anew", page._meta.label, page.pk)
        NamePlace.objects.filter(page=page).delete()
        NamePage.objects.filter(pk=page.pk).delete()
        return None


def _token_key(index_key: bytes) -> bytes:
    return sealing.derive(index_key, "tokens")


def tokens_of(person: Person, *, bits: int) -> Tokens:
    """Return the tokens by which a person is found, under the organisation's present key, whoever asks for them to be made.

    Whoever opens a case is on its team a moment later: were the name read as they may read it now, nobody would be found.
    """
    key = _token_key(keys.organisation_purpose(person.organisation_id, PURPOSE))
    with withholding.as_the_office():
        every = pieces(spoken(person)) | numbers(person.phone, person.identity_number)
        return tuple(sorted({blind_index.token(piece, key=key, bits=bits) for piece in every})[:MOST_TOKENS])


def tokens_held(person: Person) -> set[int]:
    """Return the tokens that stand on the person's page."""
    place = NamePlace.objects.filter(person=person).select_related("page").first()
    if not place or not place.page:
        return set()
    try:
        return set(dict(unpacked(_opened(place.page))).get(person.pk, ()))
    except sealing.Unopenable:
        return set()


def reindex(person: Person) -> None:
    """Replace a person's tokens after a change of name, inside a transaction: nobody else writes to the index meanwhile.

    Of a name that cannot be opened the tokens stay that were made of it while it could: whole again, it is found as before.
    """
    with withholding.as_the_office():
        is_damaged = damage.is_passed_over() and any(damage.is_damaged(getattr(person, name)) for name in INDEXED)
    kept = tokens_held(person) if is_damaged else set()
    forget(person)
    _enter([person], _held(person.organisation_id), besides=kept)


@transaction.atomic
def forget(person: Person) -> None:
    """Take a person's tokens off their page: nothing finds them any more."""
    forget_many([person])


@transaction.atomic
def forget_many(persons: Sequence[Person]) -> None:
    """Take the tokens of many persons of one organisation off their pages, each page once."""
    if not persons:
        return
    _held(persons[0].organisation_id)
    places = list(NamePlace.objects.filter(person__in=persons).select_related("page"))
    for page in {place.page_id: place.page for place in places if place.page is not None}.values():
        gone = {place.person_id for place in places if place.page_id == page.pk}
        entries = _entries(page)
        if entries is None:
            continue
        left = {other: tokens for other, tokens in entries.items() if other not in gone}
        # Under the key it was made with, for the tokens on it are of that key: it is made anew in its turn.
        ring, held = keys.organisation_ring(page.organisation_id), bytes(page.sealed)
        key, key_id = ring.purpose_of(held, PURPOSE), sealing.key_id_of(held)
        page.sealed = sealing.seal(key, key_id, packed(left.items()), page.place)
        page.free = PAGE - COUNT - sum(map(_size, left.values()))
        page.save(update_fields=["sealed", "free"])
    NamePlace.objects.filter(pk__in=[place.pk for place in places]).delete()


def _held(organisation_id: uuid.UUID) -> Organisation:
    """Return the organisation, its index held until the transaction ends, and marked as another than it was."""
    found: Organisation = Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
    Organisation.objects.filter(pk=organisation_id).update(index_mark=uuid.uuid4())
    return found


def _enter(persons: Sequence[Person], organisation: Organisation, *, besides: Collection[int] = ()) -> int:
    """Write persons of one organisation, who stand on no page, onto pages of the present key and length; return how many.

    Whose name does not open gets no place: one that is damaged keeps nobody else from being found, and is tried again.
    """
    page: NamePage | None = None
    entries: dict[uuid.UUID, Tokens] = {}
    placed: list[tuple[Person, NamePage | None]] = []
    keys.open_many(person.key_id for person in persons)
    for person in persons:
        try:
            tokens = tokens_of(person, bits=organisation.index_bits)
        except sealing.Unopenable:
            continue
        if besides:
            tokens = tuple(sorted({*tokens, *(one for one in besides if one < 2**organisation.index_bits)})[:MOST_TOKENS])
        if tokens and (page is None or page.free < _size(tokens)):
            _close(page, entries)
            page, entries = _with_room(organisation, _size(tokens))
        if tokens and page is not None:
            entries[person.pk] = tokens
            page.free -= _size(tokens)
        placed.append((person, page if tokens else None))
    _close(page, entries)
    NamePlace.objects.bulk_create([NamePlace(organisation=organisation, person=person, page=on) for person, on in placed])
    return len(placed)


def _with_room(organisation: Organisation, size: int) -> tuple[NamePage, dict[uuid.UUID, Tokens]]:
    """Return a page with room and what stands on it: one that is there and opens, else a new one."""
    current = keys.organisation_ring(organisation.pk).current.bytes
    pages = NamePage.objects.filter(organisation=organisation, free__gte=size, bits=organisation.index_bits)
    while found := pages.annotate(named=header("sealed")).filter(named=current).order_by("free").first():
        entries = _entries(found)
        if entries is not None:
            return found, entries
    return NamePage(id=uuid7(), organisation=organisation, bits=organisation.index_bits, free=PAGE - COUNT, sealed=b""), {}


def _close(page: NamePage | None, entries: dict[uuid.UUID, Tokens]) -> None:
    if page is not None:
        page.sealed = keys.seal_under(page.organisation_id, PURPOSE, packed(entries.items()), page.place)
        page.save()


@transaction.atomic
def remake(page: NamePage) -> int:
    """Make a page's tokens anew, under the present key and with the present length; return for how many persons."""
    organisation = _held(page.organisation_id)
    persons = list(Person.objects.filter(name_place__page=page))
    NamePlace.objects.filter(page=page).delete()
    NamePage.objects.filter(pk=page.pk).delete()
    return _enter(persons, organisation)


class Pages:
    """The pages as what a renewal of the organisation's key moves."""

    scope = Renewal.Scope.ORGANISATION

    def waiting(self, renewal: Renewal) -> QuerySet[NamePage]:
        """Return the pages that were not made under the present key."""
        current = keys.organisation_ring(renewal.subject_id).current.bytes
        return NamePage.objects.filter(organisation_id=renewal.subject_id).annotate(named=header("sealed")).exclude(named=current)

    def move(self, row: NamePage, renewal: Renewal) -> None:
        """Make the page anew."""
        remake(row)


def fit_all() -> int:
    """Give every organisation the token length that fits its size, and every person a place; return how many were made anew.

    The worker's, every hour; and after an update, before anybody is let in.
    """
    return sum(1 for organisation in Organisation.objects.all() if _fit(organisation))


def fits(organisation: Organisation) -> int:
    """Return the token length that fits an organisation's number of persons."""
    return blind_index.bits_for(Person.objects.filter(organisation=organisation).count())


def _fit(organisation: Organisation) -> bool:
    bits = fits(organisation)
    if bits != organisation.index_bits:
        Organisation.objects.filter(pk=organisation.pk).update(index_bits=bits)
    stale = NamePage.objects.filter(organisation=organisation).exclude(bits=bits)
    return bool(_taken_away(organisation) + _remade(stale) + place_all(organisation))


def _taken_away(organisation: Organisation) -> int:
    """Take away the pages that do not open; return how many. Who stood on them has no place then."""
    pages = list(NamePage.objects.filter(organisation=organisation).order_by("pk").values_list("pk", flat=True))
    return sum(_is_lost(organisation, pk) for pk in pages)


@transaction.atomic
def _is_lost(organisation: Organisation, pk: uuid.UUID) -> bool:
    page = NamePage.objects.filter(pk=pk).first()
    if page is None or _opens(page):
        return False
    _held(organisation.pk)
    page = NamePage.objects.filter(pk=pk).first()  # as it is now that nobody else writes
    return page is not None and _entries(page) is None


def _opens(page: NamePage) -> bool:
    try:
        return bool(_opened(page))
    except sealing.Unopenable:
        return False


def _remade(pages: QuerySet[NamePage]) -> int:
    count = 0
    while page := pages.order_by("pk").first():
        count += remake(page)
    return count


def place_all(organisation: Organisation) -> int:
    """Give everybody a place who has none; return how many."""
    done, last = 0, uuid.UUID(int=0)
    while True:
        with transaction.atomic():
            held = _held(organisation.pk)
            missing = Person.objects.filter(organisation=organisation, pk__gt=last, name_place=None, key__destroyed_at=None)
            persons = list(missing.order_by("pk")[:BATCH])
            if not persons:
                return done
            done += _enter(persons, held)
        last = persons[-1].pk
        keys.forget_opened()


def rebuild(organisation: Organisation) -> int:
    """Make every token of an organisation anew; return the number of persons."""
    before = list(NamePage.objects.filter(organisation=organisation).order_by("pk"))
    Organisation.objects.filter(pk=organisation.pk).update(index_bits=fits(organisation))
    return sum(remake(page) for page in before) + place_all(organisation)


def asked(text: str) -> list[Query]:
    """Return what a searched text can ask for: all its words as a name, a telephone number, or a document's number."""
    named = tuple(any_of(word) for word in words(text) if len(word.written) > 1 or not word.written.isascii())
    numbered = [(frozenset({piece}),) for piece in numbers(text, text)]
    return [named, *numbered] if named else numbered


def any_of(word: Word) -> frozenset[str]:
    """Return the pieces of which one must stand in the index: the longest beginning, or a sound; short words ask for themselves."""
    written = blind_index.fold(word.written)
    if len(written) < 3 and written.isascii():
        return frozenset({written})
    found = {one[: 5 if len(one) >= 5 else 3] for one in (written, *([] if written.isascii() else [word.latin])) if one}
    return frozenset(found | {f"~{key}" for key in word.keys})


def candidates(
    organisation: Organisation, text: str, *, among: Collection[uuid.UUID] | None = None, most: int | None = None
) -> list[uuid.UUID]:
    """Return the persons who may answer a text, the likeliest first: everyone who does, and some who do not."""
    telling = frozenset().union(*(blind_index.pieces(word.written) for word in words(text)))
    queries = asked(text)
    return Index.of(organisation).likeliest(queries, telling=telling, among=among, most=most) if queries else []


@dataclass(frozen=True, slots=True)
class Leaf:
    """One opened page, as it was sealed."""

    sealed: bytes
    """Its header: the nonce in it changes whenever the page does."""
    bits: int
    ids: bytes
    counts: bytes
    tokens: bytes

    @classmethod
    def of(cls, page: NamePage, opening: bytes) -> Self:
        """Open a page."""
        held = bytes(page.sealed)
        return cls(held[: sealing.HEADER], page.bits, *_parts(sealing.unseal(opening, held, page.place)))


@dataclass(frozen=True, slots=True)
class Leaves:
    """Opened pages of one key and one length of token, turned round: for every token the places of the persons who have it."""

    sealed: bytes
    bits: int
    ids: np.ndarray
    bearers: np.ndarray
    begins: np.ndarray

    @classmethod
    def of(cls, some: Sequence[Leaf]) -> Self:
        """Turn pages round."""
        ids, counts, tokens = (b"".join(parts) for parts in zip(*((one.ids, one.counts, one.tokens) for one in some), strict=True))
        every, many = np.frombuffer(tokens, dtype=">u2").astype(np.uint16), np.frombuffer(counts, dtype=np.uint8)
        owners = np.repeat(np.arange(many.size, dtype=np.int32), many)
        begins = np.zeros(2 ** some[0].bits + 1, dtype=np.int64)
        np.cumsum(np.bincount(every, minlength=begins.size - 1), out=begins[1:])
        bearers = owners[np.argsort(every, kind="stable")]
        return cls(sealing.hollow(some[0].sealed), some[0].bits, np.frombuffer(ids, dtype="S16"), bearers, begins)

    def _bearing(self, some: Iterable[str], key: bytes) -> np.ndarray:
        """Return the places of the persons who have one of these pieces' tokens, as often as they have one."""
        tokens = {blind_index.token(piece, key=key, bits=self.bits) for piece in some}
        parts = [self.bearers[self.begins[token] : self.begins[token + 1]] for token in tokens]
        return np.concatenate(parts) if parts else self.bearers[:0]

    def answering(self, queries: Sequence[Query], key: bytes) -> np.ndarray:
        """Return the places of the persons who have one token of every group of a query, in order."""
        has = {some: np.unique(self._bearing(some, key)) for some in {some for query in queries for some in query}}
        return reduce(np.union1d, (reduce(np.intersect1d, (has[some] for some in query)) for query in queries))

    def scores(self, places: np.ndarray, every: Iterable[str], key: bytes) -> np.ndarray:
        """Return how many of all these pieces' tokens each of the persons at some places has."""
        borne = self._bearing(every, key)
        return np.bincount(np.searchsorted(places, borne[np.isin(borne, places)]), minlength=places.size)


KEPT = 4
"""The opened index of so many organisations stays in the memory of this process, which holds the keys to it in any case."""
_kept: OrderedDict[uuid.UUID, Index] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Index:
    """An organisation's opened index."""

    organisation_id: uuid.UUID
    mark: uuid.UUID | None
    pages: Mapping[uuid.UUID, Leaf]
    leaves: tuple[Leaves, ...]

    @classmethod
    def of(cls, organisation: Organisation) -> Self:
        """Return the index as it is now; only pages that changed since it was opened last are opened again."""
        mark = Organisation.objects.values_list("index_mark", flat=True).get(pk=organisation.pk)
        held = _kept.get(organisation.pk)
        if held is None or held.mark != mark:
            held = _kept[organisation.pk] = cls._opened(organisation, mark, held.pages if held else {})
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        return cast(Self, held)

    @classmethod
    def _opened(cls, organisation: Organisation, mark: uuid.UUID | None, before: Mapping[uuid.UUID, Leaf]) -> Self:
        pages = NamePage.objects.filter(organisation=organisation)
        headers = dict(pages.values_list("pk", Substr("sealed", 1, sealing.HEADER)))
        found = {pk: leaf for pk, leaf in before.items() if pk in headers and bytes(headers[pk]) == leaf.sealed}
        opening: dict[uuid.UUID, bytes] = {}
        for page in pages.filter(pk__in=headers.keys() - found.keys()):
            held = bytes(page.sealed)
            try:
                made = sealing.key_id_of(held)
                if made not in opening:
                    opening[made] = keys.purpose_under(page.organisation_id, PURPOSE, held)
                found[page.pk] = Leaf.of(page, opening[made])
            except sealing.Unopenable:
                log.error("%s %s does not open: it is made anew within the hour", page._meta.label, page.pk)
        kinds: dict[tuple[bytes, int], list[Leaf]] = {}
        for leaf in found.values():
            if leaf.counts:
                kinds.setdefault((sealing.hollow(leaf.sealed), leaf.bits), []).append(leaf)
        return cls(organisation.pk, mark, found, tuple(map(Leaves.of, kinds.values())))

    def likeliest(
        self,
        queries: Sequence[Query],
        *,
        telling: Iterable[str] = (),
        among: Collection[uuid.UUID] | None = None,
        without: Collection[uuid.UUID] = (),
        most: int | None = None,
        token_keys: dict[bytes, bytes] | None = None,
    ) -> list[uuid.UUID]:
        """Return the persons (of some, if given, without others) whose tokens answer one of several queries, the likeliest first.

        First whoever has most of the pieces that are asked for: others share one token by chance, several hardly anybody.
        `telling` are more pieces to be counted that nobody must have. Among equals whoever was taken in last: an id tells.
        `token_keys` holds what was read of the keys for whoever searches several times at once, no longer than that.
        """
        every = frozenset(telling).union(*(some for query in queries for some in query))
        held_keys = {} if token_keys is None else token_keys
        own, left_out = (None if among is None else _row_of(among)), _row_of(without)
        found: list[tuple[int, bytes]] = []
        for leaves in self.leaves if queries else ():
            if leaves.sealed not in held_keys:
                held_keys[leaves.sealed] = _token_key(keys.purpose_under(self.organisation_id, PURPOSE, leaves.sealed))
            key = held_keys[leaves.sealed]
            places = leaves.answering(queries, key)
            if own is not None:
                places = places[np.isin(leaves.ids[places], own)]
            if left_out.size:
                places = places[~np.isin(leaves.ids[places], left_out)]
            scores = leaves.scores(places, every, key)
            ranked = np.lexsort((*leaves.ids.view(">u8").reshape(-1, 2)[places].T[::-1], scores))[::-1][:most]
            found += zip(scores[ranked].tolist(), leaves.ids[places[ranked]].tolist(), strict=True)
        return [uuid.UUID(bytes=person.ljust(16, b"\0")) for _, person in sorted(found, reverse=True)[:most]]


def _row_of(persons: Collection[uuid.UUID]) -> np.ndarray:
    return np.array([person.bytes for person in persons], dtype="S16")


@dataclass(frozen=True, slots=True)
class Sought:
    """A searched text, read once to be compared with many names."""

    written: tuple[str, ...]
    words: tuple[Word, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a text."""
        return cls(tuple(blind_index.fold(text).split()), words(text))

    def rank(self, name: str) -> float:
        """Return how well a name answers: 0 when some word is not there, more the closer it is.

        Whole words count more than beginnings, and these more than what only sounds alike or is written in another
        script; accents, case, order and articles do not matter.
        """
        if not any(blind_index.fold(word.written) for word in self.words):
            return 0.0
        own, read = blind_index.fold(name).split(), words(name)
        score = 0.0
        for word in self.words:
            best = _best(word, own, read)
            if not best:
                return 0.0
            score += best
        return score / len(self.words)

    def is_as_written(self, name: str) -> bool:
        """Say whether every word begins a word of the name as it is written, accents and case aside."""
        own = blind_index.fold(name).split()
        return all(any(_answers(one, word) for one in own) for word in self.written)


def rank(text: str, name: str) -> float:
    """Return how well a name answers a searched text, as `Sought.rank` says."""
    return Sought.of(text).rank(name)


def _best(word: Word, own: Sequence[str], read: Sequence[Word]) -> float:
    written = blind_index.fold(word.written)
    if not written:
        return 0.0
    best = max((len(written) / len(one) for one in own if _answers(one, written)), default=0.0)
    if best or (len(written) < 3 and written.isascii()):
        return best
    heard = max((alike(word, one) for one in read if word.keys & one.keys or not word.keys), default=0.0)
    return 0.8 * heard if heard >= CLOSE else _begun(word, read)


def _begun(word: Word, read: Sequence[Word]) -> float:
    """Return how well the beginning of a word in other letters answers."""
    if len(word.latin) < 3:
        return 0.0
    return max((0.7 * len(word.latin) / len(one.latin) for one in read if one.latin.startswith(word.latin)), default=0.0)


def _answers(own: str, word: str) -> bool:
    """Say whether a word of a name answers a searched word; one or two letters ask for a whole word."""
    return own == word if len(word) < 3 else own.startswith(word)
