"""Which records stand behind the pseudonyms of the audit record: found only in an unlocked process, and never stored."""

from __future__ import annotations

from collections.abc import Iterator

from amparo.desk.access.models import Organisation
from amparo.desk.audit import chain
from amparo.desk.cases.models import Case
from amparo.desk.core import keys

PIECE = 500


def pieces(organisation: Organisation) -> Iterator[list[Case]]:
    """Yield the office's cases, newest first, some hundreds at a time, with their keys at hand."""
    before, rows = None, Case.objects.filter(organisation=organisation).order_by("-id").only("id", "key", "person", "organisation")
    while piece := list((rows.filter(id__lt=before) if before else rows)[:PIECE]):
        keys.forget_opened()
        keys.open_many(case.key_id for case in piece)
        yield piece
        before = piece[-1].pk


def behind(organisation: Organisation, wanted: set[str]) -> dict[str, Case]:
    """Return a case of the person behind each pseudonym; of those whose key is destroyed none."""
    found: dict[str, Case] = {}
    for piece in pieces(organisation) if wanted else ():
        found |= {name: case for case in piece if (name := chain.pseudonym("cases.case", case)) in wanted}
        if len(found) == len(wanted):
            break
    keys.forget_opened()
    return found
