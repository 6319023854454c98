"""The register of processing and the risks of an impact assessment, computed from what the program knows of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.guard import require
from amparo.desk.access.models import Member, Organisation
from amparo.desk.audit import chain as audit
from amparo.desk.consent.choices import GROUNDS, PURPOSES
from amparo.desk.consent.models import Consent, Disclosure
from amparo.desk.consent.rules import Purpose
from amparo.desk.core.sensitivity import Sensitivity, label_of

from . import policies
from .models import AssessmentAnswer

LABELS: dict[Sensitivity, Any] = {
    Sensitivity.PERSONAL: _("about a person, without saying who"),
    Sensitivity.IDENTIFYING: _("says who; sealed under the person’s own key"),
    Sensitivity.NARRATIVE: _("in words; sealed under the person’s own key"),
    Sensitivity.SPECIAL: _("health, sexuality, whereabouts, family (GDPR art. 9); sealed, and shown to few"),
}
ROOMS: dict[str, Any] = {
    "cases": _("Persons and cases"),
    "identification": _("Screenings"),
    "journeys": _("Journeys"),
    "answers": _("Answers to the country’s own questions"),
    "consent": _("Consents and excerpts"),
    "intake": _("Signals"),
    "files": _("Files"),
    "contributions": _("Contributions to statistics"),
    "oversight": _("Requests and decisions on keeping"),
    "access": _("Members of the office"),
    "audit": _("The audit record"),
    "core": _("Keys, and what is typed and not yet saved"),
}
SAFEGUARDS: tuple[Any, ...] = (
    _("Each person’s words and identity are sealed under a key of their own; destroying it erases them everywhere."),
    _("Need-to-know by case team, role and kind of data; outside bodies read only what a consent or a legal basis opens."),
    _("Every reading stands in an append-only record whose change is found."),
    _("A second factor for everybody who sees cases; a fresh proof for what takes data out or destroys it."),
    _("Nothing leaves for statistics without consent; nothing is published without a measured protection."),
    _("Two persons decide what is destroyed; a legal hold stops them."),
    _("Backups are encrypted, verified and rehearsed."),
)
RISKS: dict[str, tuple[Any, Any, Any]] = {
    "stolen-copy": (
        _("Somebody steals a laptop, a disk or a backup"),
        _("What identifies or tells is sealed; the master key is not in the copy and opens by a passphrase or a program."),
        _("Codes without a name can be read; a weak passphrase can be guessed."),
    ),
    "trafficker": (
        _("A trafficker, a former partner or somebody they pay looks for a person"),
        _("Need-to-know, conflicts of interest that shut out, unusual reading that a supervisor sees, a screen left in one step."),
        _("A member of the team can tell what they know by word of mouth."),
    ),
    "authority": (
        _("An authority wants to know who is here"),
        _("Immigration enforcement reads nothing; police read excerpts that a consent or a confirmed legal basis opens."),
        _("A court can order what is held here to be handed over: the hold and the excerpt write that down."),
    ),
    "insider": (
        _("A curious or bought colleague reads what they need not"),
        _("Access by assignment, withheld fields, emergency access that is told and reviewed, the person’s own list of readers."),
        _("What somebody has read lawfully they remember."),
    ),
    "administrator": (
        _("Somebody who runs the server changes or reads what they should not"),
        _("Administrators open no case; changed events are found, also by a copy elsewhere."),
        _("Whoever holds the running server holds its memory, and the keys in it."),
    ),
    "visitor": (
        _("A visitor guesses passwords or numbers"),
        _("A second factor, limits for each account and address, answers that do not tell what exists."),
        _("A person who is deceived can give both factors away."),
    ),
    "publication": (
        _("Somebody is recognised in published figures"),
        _("Consent, noise that is measured, a budget that is spent before, two reviewers."),
        _("What was published stays published."),
    ),
    "keeping": (
        _("Data are kept too long, or destroyed too early"),
        _("Rules as data, later readings of unsure dates, two persons, legal holds, clocks for requests."),
        _("An anonymised case can be recognised by who knows that one person alone was here in a year."),
    ),
}
"""Each risk with its measures and what remains; the adversaries are those of the threat model."""
PARTS: dict[str, Any] = {
    "controller": _("Who is responsible, and who can be asked"),
    "purpose": _("Why this is necessary, and what was rejected"),
    "legal-basis": _("On which law it rests"),
    "heard": _("Who was heard: persons concerned, staff, the data protection officer"),
    "conclusion": _("Conclusion, and when it is looked at again"),
}
"""What only the office can say."""
TOPICS = (*PARTS, *RISKS)


COUNTED = ("year_of_registration", "year_closed", "majority", "gender", "citizenship", "exploitation", "trafficking_status")
LEFT = _("of an anonymised record its years and, where at least five share it, majority, gender, citizenship, exploitation, status")
NAMES: dict[str, Any] = {
    "core.Change.subject_id": _("number that an erased or withdrawn row had"),
    "core.Draft.sealed": _("what was typed and not yet saved"),
    "audit.Event.subject": _("pseudonym of whom an event is about"),
    "intake.Caseload.sealed_name": _("name of an office’s old file"),
    "intake.Caseload.sealed_choices": _("how its columns were read"),
    "intake.Caseload.sealed_look": _("what was seen in it before it came in"),
    "journeys.Likeness.is_same": _("whether two records of others are of one"),
    "oversight.DueRecord.due_on": _("day on which a record is due"),
    "oversight.PersonRequest.passages": _("passages that go into the person’s copy"),
    "oversight.AssessmentAnswer.sealed_text": _("the office’s words in the impact assessment"),
    "oversight.Flag.key": _("pseudonym of a record that was read unusually"),
    "oversight.Flag.records": _("pseudonyms of the records that were read unusually"),
    "oversight.Flag.sealed_note": _("note on unusual reading"),
    "oversight.FlagShare.secret": _("note on unusual reading"),
    "files.StoredFile.key_id": _("whose key a file is sealed under"),
    "files.StoredFile.sealed_name": _("name of the file"),
    **dict.fromkeys((f"cases.CountedCase.{name}" for name in COUNTED), LEFT),
    "cases.NamePage.sealed": _("search tokens of names"),
    "consent.Consent.treated_as_child": _("the person was treated as a child"),
    "identification.Screening.answers": _("answers to the questions of the screening"),
    "identification.Screening.told": _("what the person told"),
    "identification.Screening.own_words": _("the person’s own words"),
    "identification.Screening.child": _("child or adult, for the child rule"),
    "identification.Screening.child_reason": _("why the child rule applies or does not"),
    "identification.Screening.act": _("whether an act of trafficking was found"),
    "identification.Screening.means": _("whether means of control were found"),
    "identification.Screening.purpose": _("whether a purpose of exploitation was found"),
    "identification.Screening.proposed": _("outcome that the program proposed"),
    "journeys.Leg.transport": _("means of transport"),
    "answers.AnswerPart.answers": _("answers to the country’s own questions, each as secret as its question says"),
    "contributions.Contribution.sealed_name": _("name of a partner’s file"),
    "contributions.Contribution.sealed_preview": _("first rows of a partner’s file"),
    "contributions.Contribution.sealed_choices": _("which columns of a partner’s file mean what"),
    "contributions.Contribution.sealed_refusals": _("cells of a partner’s file that were refused"),
    "contributions.Tombstone.person_key": _("pseudonym in the pool of a person who was taken out"),
}
"""What a field holds, where its own name says it to no reader of a register."""


@dataclass(frozen=True, slots=True)
class Held:
    """A room's kinds of data, each with the names of its fields."""

    room: Any
    kinds: tuple[tuple[Any, tuple[str, ...]], ...]


def data() -> list[Held]:
    """Return every kind of personal data that any field holds, found by walking the models; without a label it is most secret."""
    found: dict[str, dict[Sensitivity, dict[str, None]]] = {}
    for field in personal():
        kinds = found.setdefault(field.model._meta.app_label, {})
        kinds.setdefault(label_of(field), {})[name_of(field)] = None
    order = sorted(found, key=lambda app: (list(ROOMS).index(app) if app in ROOMS else len(ROOMS), app))
    return [
        Held(ROOMS.get(app, app), tuple((LABELS[label], tuple(found[app][label])) for label in sorted(found[app]))) for app in order
    ]


def personal() -> Iterator[Any]:
    """Yield every field that holds personal data; copies in versions say nothing of their own."""
    for model in apps.get_models():
        if model.__module__.startswith("amparo.") and not hasattr(model, "instance_type"):
            fields = model._meta.concrete_fields
            yield from (one for one in fields if label_of(one) in LABELS and not one.is_relation and not one.primary_key)


def name_of(field: Any) -> str:
    """Return what a field holds, in the reader's words."""
    return str(NAMES.get(f"{field.model._meta.label}.{field.name}", field.verbose_name))


def purposes() -> list[Any]:
    """Return for what data are processed: the purposes for which consent is asked."""
    return list(PURPOSES.values())


def recipients(organisation: Organisation) -> list[str]:
    """Return who receives data: whom consents name, and bodies to which an excerpt was opened."""
    named = Consent.objects.of(organisation.pk).filter(purpose=Purpose.REFERRAL, state="given").exclude(recipient="")
    bodies = Disclosure.objects.of(organisation.pk).values_list("body__name", flat=True)
    return sorted({*named.values_list("recipient", flat=True), *bodies})


def grounds() -> list[Any]:
    """Return on what passing data on can rest."""
    return list(GROUNDS.values())


def answers(organisation: Organisation) -> dict[str, AssessmentAnswer]:
    """Return the office's latest words on each topic."""
    rows: Iterable[AssessmentAnswer] = AssessmentAnswer.objects.of(organisation.pk).select_related("written_by__user")
    return {row.topic: row for row in sorted(rows, key=lambda row: (row.recorded_at, row.pk))}


@transaction.atomic
def answer(*, by: Member, topic: str, text: str, row_id: Any) -> None:
    """Keep an office's words on a topic; the ones before stay to be read."""
    require(policies.may_propose_rules(by.facts))
    if topic not in TOPICS:
        raise KeyError(topic)
    row = AssessmentAnswer(id=row_id, organisation_id=by.organisation_id, topic=topic, written_by=by)
    row.seal(text)
    same = {"id": row_id, "organisation_id": by.organisation_id, "topic": topic}
    if AssessmentAnswer.objects.get_or_create(**same, defaults={"sealed_text": row.sealed_text, "written_by": by})[1]:
        audit.record("processing.answered", by=by, details={"topic": topic})
