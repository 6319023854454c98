"""Finding a person by name without storing names: short tokens narrow, opened candidates are ranked in memory."""

from __future__ import annotations

import uuid

from django.db import transaction

from amparo.desk.access.models import Organisation
from amparo.desk.core import blind_index, keys

from .models import NameToken, Person


def _key(organisation_id: uuid.UUID) -> bytes:
    return keys.organisation_purpose(organisation_id, "name-index")


def spoken(person: Person) -> str:
    """Return every name of a person in one line."""
    return " ".join(part for part in (person.given_names, person.family_name, person.other_names) if part)


def tokens_of(person: Person, bits: int) -> list[NameToken]:
    """Return the rows that let a person be found, not stored yet."""
    found = blind_index.tokens(spoken(person), key=_key(person.organisation_id), bits=bits)
    return [NameToken(organisation_id=person.organisation_id, person=person, token=token) for token in sorted(found)]


def reindex(person: Person) -> None:
    """Replace a person's tokens after a change of name, inside a transaction: the token length cannot change meanwhile."""
    bits = Organisation.objects.select_for_update().values_list("index_bits", flat=True).get(pk=person.organisation_id)
    NameToken.objects.filter(person=person).delete()
    NameToken.objects.bulk_create(tokens_of(person, bits))


def fit_all() -> int:
    """Give every organisation the token length that fits its size; return how many were made anew. The worker's, every hour."""
    return sum(
        1 for organisation in Organisation.objects.all() if fits(organisation) != organisation.index_bits and rebuild(organisation)
    )


def fits(organisation: Organisation) -> int:
    """Return the token length that fits an organisation's number of persons."""
    return blind_index.bits_for(Person.objects.filter(organisation=organisation).count())


@transaction.atomic
def rebuild(organisation: Organisation) -> int:
    """Choose the token length that fits the number of persons, and make every token anew; return the number of persons."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    persons = Person.objects.filter(organisation=organisation)
    organisation.index_bits = fits(organisation)
    organisation.save(update_fields=["index_bits"])
    NameToken.objects.filter(organisation=organisation).delete()
    done = 0
    page: list[Person] = []
    for person in persons.iterator(500):
        page.append(person)
        if len(page) == 500:
            done += _store(page, organisation.index_bits)
            page = []
    return done + _store(page, organisation.index_bits)


def _store(persons: list[Person], bits: int) -> int:
    keys.open_many(person.key_id for person in persons)
    NameToken.objects.bulk_create([token for person in persons for token in tokens_of(person, bits)])
    return len(persons)


def pieces_of(text: str) -> list[str]:
    """Return the pieces that a searched text asks for; a word of one or two letters asks for itself."""
    short = [word for word in blind_index.fold(text).split() if len(word) < 3]
    return blind_index.query_pieces(text) + short


def candidates(organisation: Organisation, text: str) -> set[uuid.UUID]:
    """Return the persons who may bear a name like the text: everyone who does, and some who do not."""
    key = _key(organisation.id)
    bits = Organisation.objects.values_list("index_bits", flat=True).get(pk=organisation.pk)
    found: set[uuid.UUID] | None = None
    for piece in pieces_of(text):
        token = blind_index.token(piece, key=key, bits=bits)
        ids = set(NameToken.objects.filter(organisation=organisation, token=token).values_list("person_id", flat=True))
        found = ids if found is None else found & ids
        if not found:
            return set()
    return found or set()


def rank(text: str, name: str) -> float:
    """Return how well a name answers a searched text: 0 when some word is not there, more the closer it is.

    Whole words count more than beginnings; accents, case and order do not matter.
    """
    wanted, words = blind_index.fold(text).split(), blind_index.fold(name).split()
    if not wanted:
        return 0.0
    score = 0.0
    for word in wanted:
        best = max((len(word) / len(own) for own in words if _answers(own, word)), default=0.0)
        if not best:
            return 0.0
        score += best
    return score / len(wanted)


def _answers(own: str, word: str) -> bool:
    """Say whether a word of a name answers a searched word; one or two letters ask for a whole word."""
    return own == word if len(word) < 3 else own.startswith(word)


def likeness(one: str, other: str) -> float:
    """Return how alike two names are, 0 to 1: the share of words that both bear, any order, accents aside."""
    first, second = set(blind_index.fold(one).split()), set(blind_index.fold(other).split())
    return len(first & second) / len(first | second) if first and second else 0.0
