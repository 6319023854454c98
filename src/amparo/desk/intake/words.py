"""What the import of a caseload says: why a cell cannot be taken over, what a column means, why something stopped."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from .caseload_models import Step
from .columns import INTO_THE_NOTE, LEAVE_OUT

MISFITS: dict[str, Any] = {
    "too_long": _("This is longer than the record keeps here."),
    "no_date": _("This is no date. Write 2019, 03/2019, 12/03/2019 or 2019-03-12, with “about” where it is an estimate."),
    "ambiguous_date": _("Day and month cannot be told apart. Say in which order this column writes them."),
    "no_such_date": _("This date does not exist: check the day and the month."),
    "date_too_early": _("Check the year: this date lies before 1900."),
    "date_in_the_future": _("Check the date: it lies in the future."),
    "day_too_early": _("Check the year: nothing that is recorded here is older than 1990."),
    "no_opening_day": _("The day on which the case was opened is missing; the year alone is enough."),
    "no_closing_day": _("The case is closed, and the day of it is missing; the year alone is enough."),
    "open_and_closed": _("The case is said to go on, and has a day on which it was closed."),
    "closed_before_opened": _("The case was closed before it was opened: check the two days."),
    "no_age": _("This is no age in whole years."),
    "no_yes_or_no": _("Write yes or no."),
    "no_such_code": _(
        "The record does not know this answer. Write it as the record’s own lists do, or take the column into the note."
    ),
    "only_one": _("Only one answer fits here."),
    "no_such_stage": _("The record does not know this stage. Write open, closed, or a stage as the record calls it."),
    "no_number": _("This is no number: it has a space, no digit, or a word in it. A name must not stand here."),
    "number_known": _("A case of your office has this earlier number already. Nothing of it is changed."),
    "number_twice": _("This earlier number stands in the file twice; the first row is taken over."),
    "no_email": _("This is no e-mail address."),
    "several_colleagues": _(
        "Several people of your office are or were called so. Write the e-mail address of the one who is meant."
    ),
    "no_such_colleague": _("Nobody of your office who takes people in is called so. Write the name or the e-mail address."),
}
OBSTACLES: dict[str, Any] = {
    "no_opening_column": _("Say which column tells when a case was opened."),
    "too_many_rows": _("The file has more than 10,000 rows. Divide it, for example by year."),
    "came_before": _("This very file came in before. Look at the list of old caseloads; take that import back to bring it anew."),
    "meant_twice": _("Two columns are said to be the same. Keep one of them, and take the other into the note."),
}
PROBLEMS: dict[str, Any] = {
    "asked": _("Somebody asked for it to stop."),
    "not_allowed": _("Who brought the file may no longer do so."),
    "disk_full": _("The disk is full. Make room, then go on."),
    "unreadable": _("The kept file could not be read any more. Undo this import and bring the file again."),
    "touched": _("Somebody was working on one of its cases at that very moment, so it was not taken back."),
    "failed": _("It stopped at a fault of the program. Go on; if it stops again, tell the administrator: the log names the place."),
}
STEPS: dict[Step, Any] = {
    Step.LOOKED_AT: pgettext_lazy("caseload", "waits for you"),
    Step.QUEUED: pgettext_lazy("caseload", "in the queue"),
    Step.RUNNING: pgettext_lazy("caseload", "being written"),
    Step.DONE: pgettext_lazy("caseload", "in the cases"),
    Step.STOPPED: pgettext_lazy("caseload", "stopped"),
    Step.UNDOING: pgettext_lazy("caseload", "being taken back"),
    Step.UNDONE: pgettext_lazy("caseload", "taken back"),
    Step.GIVEN_UP: pgettext_lazy("caseload", "given up"),
}
TONES = {Step.LOOKED_AT: "wait", Step.STOPPED: "wait", Step.DONE: "ok", Step.UNDONE: "no", Step.GIVEN_UP: "no"}
MEANINGS: dict[str, Any] = {
    LEAVE_OUT: _("Leave this column out"),
    INTO_THE_NOTE: _("Into the note of the case, with its heading"),
    "legacy_number": _("Number in the earlier system"),
    "opened_on": _("Day on which the case was opened"),
    "closed_on": _("Day on which the case was closed"),
    "stage": _("Stage, or open and closed"),
    "case_manager": _("Case manager"),
    "full_name": _("Name in one cell"),
    "given_names": _("Given names"),
    "family_name": _("Family name"),
    "other_names": _("Other names or spellings"),
    "birth_date": _("Date of birth"),
    "stated_age": _("Age in years when the case was opened"),
    "age_is_contested": _("The age is contested"),
    "gender": _("Gender"),
    "citizenship": _("Citizenship"),
    "languages": _("Languages"),
    "safe_contact_rule": _("How to contact safely"),
    "phone": _("Telephone"),
    "email": _("E-mail"),
    "address": _("Address"),
    "identity_number": _("Number of an identity document"),
    "exploitation": _("Forms of exploitation"),
    "exploitation_country": _("Country of exploitation"),
    "exploitation_place": _("Place of exploitation"),
    "next_step": _("Next step"),
    "next_step_on": _("Next step by"),
}


def misfit(code: str) -> str:
    """Return why a cell or row cannot be taken over, in the reader's language."""
    return str(MISFITS[code])


def rejected_headings() -> tuple[str, str]:
    """Return the headings of the two columns that a file of rejected rows has before those of the list."""
    return gettext("Row"), gettext("Why it was not taken over")
