"""Lists of indicators that an office brought for its country, beside those that come with the program.

They come from `questions`, where each was judged when it was brought, so that none is there that cannot be asked
(`judging`). A version never changes, so what was read once is kept.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date

from amparo.desk.access.models import Organisation
from amparo.desk.questions import queries
from amparo.desk.questions.choices import Kind
from amparo.desk.questions.models import Edition

from . import indicators
from .indicators import IndicatorSet
from .judging import OWN, read

MOST_READ = 64
_read: dict[str, IndicatorSet] = {}
"""Lists by the checksum of their content: read and judged once in a process."""


def sets_on(organisation: Organisation, day: date) -> tuple[IndicatorSet, ...]:
    """Return the lists to choose from in an office on a day: what comes with the program first, then what the office brought."""
    own = (_of(edition) for edition in queries.in_force(organisation.pk, Kind.INDICATORS, on=day))
    return (*indicators.sets_on(organisation.country, day), *own)


def get(key: str, organisation_id: uuid.UUID) -> IndicatorSet:
    """Return the version of a list to which a screening was answered; raise `LookupError` for one that nobody has."""
    if not key.startswith(OWN):
        return indicators.get(key)
    code, _at, number = key.removeprefix(OWN).rpartition("@")
    rows = Edition.objects.filter(organisation_id=organisation_id, kind=Kind.INDICATORS, code=code)
    edition = rows.filter(number=number if number.isdecimal() and len(number) < 6 else 0).first()
    if edition is None:
        raise LookupError(f"no indicator set {key}")
    return _of(edition)


def _of(edition: Edition) -> IndicatorSet:
    if edition.checksum not in _read:
        if len(_read) >= MOST_READ:
            _read.clear()
        _read[edition.checksum] = read(edition.indicator_set, code=edition.code, number=edition.number)
    found = _read[edition.checksum]
    return replace(found, code=f"{OWN}{edition.code}", version=str(edition.number))
