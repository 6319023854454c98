"""Finding a person by name, telephone or document without storing them: short tokens narrow, opened candidates are ranked.

The tokens lie in pages that are sealed whole, so that a copy of the database has nothing to count and to
compare with a list of frequent names. A search opens every page of the organisation, some milliseconds for
ten thousand persons. Each page was made under one key and with one length of token, so pages are made anew
one by one, and a search in between still finds everybody.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterable, Iterator, Sequence

from django.db import transaction
from django.db.models import QuerySet

from amparo.desk.access.models import Organisation
from amparo.desk.core import blind_index, keys, sealing, withholding
from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import Renewal
from amparo.desk.core.renewing import header
from amparo.linkage import scripts
from amparo.linkage.comparing import document_mark, phone_tail
from amparo.linkage.words import CLOSE, Word, alike, words

from .models import NamePage, NamePlace, Person

PURPOSE = "name-index"
PAGE = 4096
"""Bytes of every page: some 150 persons."""
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
    return " ".join(part for part in (person.given_names, person.family_name, person.other_names) if part)


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
    """Return entries as the bytes of a page: for each person their id, how many tokens, the tokens; always `PAGE` long."""
    parts = [person.bytes + bytes([len(tokens)]) + struct.pack(f">{len(tokens)}H", *tokens) for person, tokens in entries]
    return b"".join(parts).ljust(PAGE, b"\0")


def unpacked(plain: bytes) -> Iterator[tuple[uuid.UUID, Tokens]]:
    """Yield the entries of a page."""
    at = 0
    while at + 16 < len(plain) and (count := plain[at + 16]):
        end = at + 17 + 2 * count
        yield uuid.UUID(bytes=plain[at : at + 16]), struct.unpack(f">{count}H", plain[at + 17 : end])
        at = end


def _size(tokens: Tokens) -> int:
    return 17 + 2 * STEP * -(-len(tokens) // STEP)


def _opened(page: NamePage) -> bytes:
    return keys.unseal_under(page.organisation_id, PURPOSE, bytes(page.sealed), page.place)


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
    return set(dict(unpacked(_opened(place.page))).get(person.pk, ())) if place and place.page else set()


def reindex(person: Person) -> None:
    """Replace a person's tokens after a change of name, inside a transaction: nobody else writes to the index meanwhile."""
    forget(person)
    _enter([person], _held(person.organisation_id))


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
        left = {other: tokens for other, tokens in unpacked(_opened(page)) if other not in gone}
        # Under the key it was made with, for the tokens on it are of that key: it is made anew in its turn.
        ring, held = keys.organisation_ring(page.organisation_id), bytes(page.sealed)
        key, key_id = ring.purpose_of(held, PURPOSE), sealing.key_id_of(held)
        page.sealed = sealing.seal(key, key_id, packed(left.items()), page.place)
        page.free = PAGE - sum(map(_size, left.values()))
        page.save(update_fields=["sealed", "free"])
    NamePlace.objects.filter(pk__in=[place.pk for place in places]).delete()


def _held(organisation_id: uuid.UUID) -> Organisation:
    """Return the organisation, its index held until the transaction ends."""
    found: Organisation = Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
    return found


def _enter(persons: Sequence[Person], organisation: Organisation) -> None:
    """Write persons of one organisation, who stand on no page, onto pages of the present key and length."""
    page: NamePage | None = None
    entries: dict[uuid.UUID, Tokens] = {}
    placed: list[tuple[Person, NamePage | None]] = []
    keys.open_many(person.key_id for person in persons)
    for person in persons:
        tokens = tokens_of(person, bits=organisation.index_bits)
        if tokens and (page is None or page.free < _size(tokens)):
            _close(page, entries)
            page = _with_room(organisation, _size(tokens))
            entries = dict(unpacked(_opened(page))) if page.sealed else {}
        if tokens and page is not None:
            entries[person.pk] = tokens
            page.free -= _size(tokens)
        placed.append((person, page if tokens else None))
    _close(page, entries)
    NamePlace.objects.bulk_create([NamePlace(organisation=organisation, person=person, page=on) for person, on in placed])


def _with_room(organisation: Organisation, size: int) -> NamePage:
    current = keys.organisation_ring(organisation.pk).current.bytes
    pages = NamePage.objects.filter(organisation=organisation, free__gte=size, bits=organisation.index_bits)
    found = pages.annotate(named=header("sealed")).filter(named=current).order_by("free").first()
    return found or NamePage(id=uuid7(), organisation=organisation, bits=organisation.index_bits, free=PAGE, sealed=b"")


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
    _enter(persons, organisation)
    return len(persons)


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
    return bool(_remade(stale) + place_all(organisation))


def _remade(pages: QuerySet[NamePage]) -> int:
    count = 0
    while page := pages.order_by("pk").first():
        count += remake(page)
    return count


def place_all(organisation: Organisation) -> int:
    """Give everybody a place who has none; return how many."""
    done = 0
    while True:
        with transaction.atomic():
            held = _held(organisation.pk)
            missing = Person.objects.filter(organisation=organisation, name_place=None, key__destroyed_at=None)
            persons = list(missing.order_by("pk")[:BATCH])
            if not persons:
                return done
            _enter(persons, held)
        done += len(persons)
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


def candidates(organisation: Organisation, text: str) -> set[uuid.UUID]:
    """Return the persons who may answer a text: everyone who does, and some who do not."""
    return holders(organisation, asked(text))


def holders(organisation: Organisation, queries: Sequence[Query]) -> set[uuid.UUID]:
    """Return the persons whose tokens answer one of several queries."""
    found: set[uuid.UUID] = set()
    wanted: dict[tuple[uuid.UUID, int], list[list[list[bytes]]]] = {}
    for page in NamePage.objects.filter(organisation=organisation) if queries else ():
        made = sealing.key_id_of(bytes(page.sealed)), page.bits
        plain = _opened(page)
        if made not in wanted:
            key = _token_key(keys.organisation_ring(organisation.pk).purpose_of(bytes(page.sealed), PURPOSE))
            wanted[made] = [[_tokens(some, key, page.bits) for some in query] for query in queries]
        for query in wanted[made]:
            found.update(_bearing(plain, query))
    return found


def _tokens(some: frozenset[str], key: bytes, bits: int) -> list[bytes]:
    return sorted({blind_index.token(piece, key=key, bits=bits).to_bytes(2, "big") for piece in some})


def _bearing(plain: bytes, wanted: Sequence[Sequence[bytes]]) -> Iterator[uuid.UUID]:
    """Yield the persons of a page who have one token of every group. Every search walks every page, so this is made quick."""
    at, first = 0, wanted[0]
    while at + 16 < len(plain) and (count := plain[at + 16]):
        end = at + 17 + 2 * count
        if any(plain.find(token, at + 17, end) >= 0 for token in first):
            held = {plain[start : start + 2] for start in range(at + 17, end, 2)}
            if not any(held.isdisjoint(group) for group in wanted):
                yield uuid.UUID(bytes=plain[at : at + 16])
        at = end


def rank(text: str, name: str) -> float:
    """Return how well a name answers a searched text: 0 when some word is not there, more the closer it is.

    Whole words count more than beginnings, and these more than what only sounds alike or is written in another script;
    accents, case, order and articles do not matter.
    """
    wanted = words(text)
    if not any(blind_index.fold(word.written) for word in wanted):
        return 0.0
    own, read = blind_index.fold(name).split(), words(name)
    score = 0.0
    for word in wanted:
        best = _best(word, own, read)
        if not best:
            return 0.0
        score += best
    return score / len(wanted)


def is_as_written(text: str, name: str) -> bool:
    """Say whether every word of a text begins a word of the name as it is written, accents and case aside."""
    own = blind_index.fold(name).split()
    return all(any(_answers(one, word) for one in own) for word in blind_index.fold(text).split())


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
