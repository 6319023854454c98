"""The demonstration's pack in force, and answers to its form."""

from decimal import Decimal
from pathlib import Path

from django.utils import timezone

import amparo
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.questions import actions as editions
from amparo.desk.questions import pack

PACKS = Path(amparo.__file__).parent / "demo" / "packs"
SECRET = "The landlord knows the cousin."
ANSWERS = {
    "sleeps": "relatives",
    "safe": "no",
    "unsafe": SECRET,
    "needs": frozenset({"food", "lawyer"}),
    "first": "lawyer",
    "children": "yes",
    "child.0.child_age": Decimal(7),
    "child.0.child_school": "no",
    "ill": "yes",
    "ill_what": "A cough",
    "papers": "yes",
    "permit_until": PartialDate.parse("2027"),
}


def bring(number, by):
    """Return what the pack of a number brings, by its kind, in force from today."""
    made = editions.bring(pack=pack.read(pack.from_folder(PACKS / f"costaverde-{number}"), today=timezone.localdate()), by=by)
    return {one.kind: editions.activate(edition=one, by=by, on=timezone.localdate(), version=1) for one in made}
