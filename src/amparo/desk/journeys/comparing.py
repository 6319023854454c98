"""Possibly the same actor in two cases: found by keyed tokens, told to who may compare, decided by them, and to be undone.

A token is a HMAC of a telephone number, an account or a name in one spelling, under a key of the office. Tokens are
made when somebody compares and are stored nowhere: at rest nothing tells that two cases share anybody. They are also
what a room above may hand to link analysis in place of words: `tokens` gives a graph its edges and no name.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import queries as case_queries
from amparo.desk.core import keys, withholding
from amparo.desk.core.blind_index import fold

from . import policies
from .models import Actor, CaseActor, Likeness

PURPOSE = "actor-tokens"
LEAST_DIGITS = 7
LAST_DIGITS = 8
"""A number with and without its country's prefix ends alike."""
MOST_ALIKE = 60
"""A token that more actors share says nothing: a switchboard, or a word that is no name."""


class Sign(StrEnum):
    """By what two actors may be one; the first says most."""

    PHONE = "phone"
    ACCOUNT = "account"
    NAME = "name"


Token = tuple[Sign, bytes]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two actors of two cases that may be one, by which signs, and what was decided: None where nobody has yet."""

    one: CaseActor
    other: CaseActor
    signs: tuple[Sign, ...]
    is_same: bool | None


def spelled(actor: Actor) -> Iterator[tuple[Sign, str]]:
    """Yield what an actor can be known again by, each in one spelling."""
    for line in actor.phones.splitlines():
        digits = "".join(c for c in line if c.isdigit())
        if len(digits) >= LEAST_DIGITS:
            yield Sign.PHONE, digits[-LAST_DIGITS:]
    for line in actor.accounts.splitlines():
        account = fold(line.rpartition(":")[2]).replace(" ", "")
        if len(account) >= 4:
            yield Sign.ACCOUNT, account
    for name in (actor.name, *actor.aliases.splitlines()):
        words = sorted(fold(name).split())
        if len(words) > 1:  # one word is a nickname that many bear
            yield Sign.NAME, " ".join(words)


def tokens(actor: Actor, key: bytes) -> frozenset[Token]:
    """Return an actor's tokens under the office's key for comparing."""
    return frozenset(
        (sign, hmac.digest(key, f"{sign.value}:{text}".encode(), hashlib.sha256)[:16]) for sign, text in spelled(actor)
    )


def reached(member: Member) -> list[CaseActor]:
    """Return every link from a case that the member may read now, opened with one query for the keys."""
    require(policies.may_compare(member.facts))
    readable = case_queries.cases_for(member).values("pk")
    rows = list(CaseActor.objects.filter(case_id__in=readable, actor__ended_at=None).select_related("actor", "case").order_by("id"))
    key_ids = [key_id for row in rows for key_id in (row.key_id, row.actor.key_id)]
    keys.open_many(key_ids)
    withholding.admit(key_ids)
    return rows


def pairs(member: Member) -> list[Pair]:
    """Return actors of two cases that may be one, undecided ones first; within one person's cases nothing is compared.

    Cost: every actor that the member can reach is opened once; three queries, however many there are.
    """
    links = reached(member)
    key = keys.organisation_purpose(member.organisation_id, PURPOSE)
    sharing: dict[Token, list[CaseActor]] = defaultdict(list)
    for link in links:
        for token in tokens(link.actor, key):
            sharing[token].append(link)
    signs: dict[tuple[uuid.UUID, uuid.UUID], set[Sign]] = defaultdict(set)
    for (sign, _digest), alike in sharing.items():
        if len(alike) <= MOST_ALIKE:
            for one, other in combinations(sorted(alike, key=lambda link: link.actor_id), 2):
                if one.actor_id != other.actor_id and one.key_id != other.key_id:
                    signs[(one.actor_id, other.actor_id)].add(sign)
    by_actor = {link.actor_id: link for link in links}
    decided = decisions(member.organisation_id)
    for pair in decided:
        if pair[0] in by_actor and pair[1] in by_actor:
            signs.setdefault(pair, set())
    order = list(Sign)
    found = [
        Pair(by_actor[one], by_actor[other], tuple(sorted(held, key=order.index)), decided.get((one, other)))
        for (one, other), held in signs.items()
    ]
    return sorted(found, key=lambda pair: (pair.is_same is not None, _weight(pair), str(pair.one.pk)))


def _weight(pair: Pair) -> int:
    return min((list(Sign).index(sign) for sign in pair.signs), default=len(Sign))


def decisions(organisation_id: uuid.UUID) -> dict[tuple[uuid.UUID, uuid.UUID], bool]:
    """Return what was decided of each pair of an office's actors."""
    rows = Likeness.objects.of(organisation_id).values_list("one_id", "other_id", "is_same")
    return {(one, other): is_same for one, other, is_same in rows}


@transaction.atomic
def decide(*, one: CaseActor, other: CaseActor, by: Member, is_same: bool | None) -> None:
    """Say that two actors are one, or are not; None takes the decision back. Their words stay where they are."""
    require(policies.may_join(by.facts, one.case.facts, other.case.facts))
    first, second = sorted((one.actor_id, other.actor_id))
    if is_same is None:
        Likeness.objects.filter(organisation_id=by.organisation_id, one_id=first, other_id=second).delete()
    else:
        Likeness.objects.update_or_create(
            one_id=first,
            other_id=second,
            defaults={
                "organisation_id": by.organisation_id,
                "is_same": is_same,
                "decided_by": by,
                "decided_at": timezone.now(),
            },
        )
    audit.record("journey.likeness_decided", by=by)


def groups(decided: Mapping[tuple[uuid.UUID, uuid.UUID], bool]) -> tuple[frozenset[uuid.UUID], ...]:
    """Return the sets of actors that are one, following every decision that two are; a room above draws its graph from them."""
    above: dict[uuid.UUID, uuid.UUID] = {}

    def root(one: uuid.UUID) -> uuid.UUID:
        while above.setdefault(one, one) != one:
            one = above[one]
        return one

    for (one, other), is_same in decided.items():
        if is_same:
            above[root(one)] = root(other)
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for one in list(above):
        found[root(one)].add(one)
    return tuple(frozenset(group) for group in found.values())


def also_told_of(member: Member, links: Sequence[CaseActor]) -> dict[uuid.UUID, int]:
    """Return, by actor, how many other readable cases tell of the same one; nothing for who may not compare."""
    if not policies.may_compare(member.facts) or not links:
        return {}
    joined = groups(decisions(member.organisation_id))
    if not joined:
        return {}
    return dict(_counts(member, links, joined))


def _counts(member: Member, links: Iterable[CaseActor], joined: Sequence[frozenset[uuid.UUID]]) -> Iterator[tuple[uuid.UUID, int]]:
    wanted = {link.actor_id for link in links}
    every = frozenset().union(*(group for group in joined if group & wanted))
    readable = case_queries.cases_for(member).values("pk")
    rows = CaseActor.objects.filter(actor_id__in=every, case_id__in=readable).values_list("actor_id", "case_id")
    cases = defaultdict(set)
    for actor_id, case_id in rows:
        cases[actor_id].add(case_id)
    for link in links:
        group = next((group for group in joined if link.actor_id in group), frozenset())
        others = set().union(*(cases[one] for one in group)) - {link.case_id} if group else set()
        if others:
            yield link.actor_id, len(others)
