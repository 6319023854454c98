"""The codes of long lists that an office needs most: those on its records, counted over codes alone."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Mapping

from django.conf import settings
from django.db.models import Count

from amparo.desk.access.models import Organisation
from amparo.desk.core import scope

SPOKEN: Mapping[str, str] = {"en": "eng", "fr": "fra", "es": "spa"}
"""The standard's codes of the languages in which the pages can be read."""
FIELDS: Mapping[str, str] = {"language": "languages", "country": "citizenship"}
"""What of a person counts for a list."""
FEWEST = 3
"""A code of fewer persons is not named: a list tells nobody that somebody from far away is here."""
MOST = 12
HELD_FOR = 3600.0
"""Seconds for which the counts of an office are kept in a process."""
_counted: dict[tuple[uuid.UUID, str], tuple[float, tuple[str, ...]]] = {}


def codes_of(name: str) -> tuple[str, ...]:
    """Return the codes of a list that stand first in the office in whose scope this runs, the most frequent first; often none."""
    organisation_id = scope.current().organisation_id
    if organisation_id is None or name not in FIELDS:
        return ()
    held = _counted.get((organisation_id, name))
    if held is None or held[0] < time.monotonic():
        held = time.monotonic() + HELD_FOR, _count(organisation_id, name)
        _counted[organisation_id, name] = held
    return held[1]


def _count(organisation_id: uuid.UUID, name: str) -> tuple[str, ...]:
    from .models import Person

    counts: Counter[str] = Counter()
    rows = Person.objects.filter(organisation_id=organisation_id).order_by().values_list(FIELDS[name]).annotate(people=Count("pk"))
    for codes, people in rows:
        counts.update(dict.fromkeys(codes or (), people))
    frequent = [code for code, people in counts.most_common(MOST) if people >= FEWEST]
    return tuple(dict.fromkeys((*frequent, *_always(organisation_id, name))))


def _always(organisation_id: uuid.UUID, name: str) -> list[str]:
    """Return what is offered whatever the records say: the languages of the pages, the office's own country."""
    if name == "language":
        return [SPOKEN[code] for code, _words in settings.LANGUAGES if code in SPOKEN]
    return [code for code in Organisation.objects.filter(pk=organisation_id).values_list("country", flat=True) if code]
