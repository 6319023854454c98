"""One person's record as every page of it shows it: the strip that never scrolls away, and the tabs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from amparo.desk.access.models import Member
from amparo.desk.cases import policies
from amparo.desk.cases.choices import STAGE_LABELS, AgeSource, Risk
from amparo.desk.cases.models import Case
from amparo.desk.cases.queries import childhood, safe_contact_rules
from amparo.desk.cases.rules import Childhood
from amparo.desk.cases.stages import Stage
from amparo.desk.core import damage
from amparo.desk.core.answers import Answer
from amparo.desk.identification.policies import may_read_answers
from amparo.desk.identification.tracks import age_now
from amparo.standard import codes

RISK_TONES = {Risk.HIGH: "high", Risk.MEDIUM: "mid", Risk.LOW: "low", Risk.NOT_ASSESSED: "plain"}
"""Tone, and so shape, of each risk."""


BASES = {
    AgeSource.STATED: gettext_lazy("stated; no document seen"),
    AgeSource.DOCUMENT: gettext_lazy("from a document"),
    AgeSource.ASSESSED: gettext_lazy("from an age assessment"),
    AgeSource.ESTIMATED: gettext_lazy("estimated by somebody else"),
}
"""How an age is known, in few words."""


@dataclass(frozen=True, slots=True)
class Strip:
    """What the header of a record says; the telephone number is never among it."""

    called: str
    name_is_shown: bool
    name_note: str
    number: str
    risk_tone: str
    risk_words: str
    age: str
    age_basis: str
    stage: str
    language: str
    interpreter: str
    has_rule: bool
    safe_contact: str
    number_address: str
    danger: str = ""
    child: str = ""
    """Whether the person is treated as a child where their own age does not say it; or that they came of age in care."""
    again: str = ""
    again_is_late: bool = False


def risk_words(risk: int) -> str:
    """Return a risk in words that stand alone."""
    return {
        Risk.HIGH: pgettext("risk", "High risk"),
        Risk.MEDIUM: pgettext("risk", "Medium risk"),
        Risk.LOW: pgettext("risk", "Low risk"),
        Risk.NOT_ASSESSED: pgettext("risk", "Risk not assessed"),
    }[Risk(risk)]


def strip(member: Member, case: Case) -> Strip:
    """Return the header of a case as this member may see it."""
    person = case.person
    may_see_name = bool(policies.may_see_name(member.facts, case.facts))
    name = person.full_name if may_see_name else ""
    age, basis = age_words(person)
    rules = safe_contact_rules(case)
    return Strip(
        called=name or case.pseudonym,
        name_is_shown=bool(name),
        name_note=_name_note(case, name, may_see_name),
        number=case.number,
        risk_tone=RISK_TONES[Risk(case.risk)],
        risk_words=risk_words(case.risk),
        age=age,
        age_basis=basis,
        stage=str(STAGE_LABELS[Stage(case.stage)]),
        language=", ".join(language_words(code) for code in person.languages) or _("not asked yet"),
        interpreter=_interpreter(person),
        has_rule=bool(rules),
        safe_contact=damage.joined(" · ", rules)
        or _("No rule is written down yet. Do not call or write before the person has said how."),
        number_address=address("case_contact", case) if person.phone or person.email else "",
        child=child_words(case) or _grown(case),
        danger=_danger(case),
        again=_again(case),
        again_is_late=bool(_again(case)) and case.risk_again_on < timezone.localdate(),
    )


def _danger(case: Case) -> str:
    """Return why a high risk is high, for the banner; "" for any other risk, and once the case has ended."""
    if case.is_closed or Risk(case.risk) is not Risk.HIGH:
        return ""
    return Truncator(case.risk_reason).chars(220) if case.risk_reason else _("No reason was written down.")


def _again(case: Case) -> str:
    """Return by when the risk is to be assessed again, in words; "" where nobody said, and once the case has ended."""
    if case.is_closed or case.risk_again_on is None:
        return ""
    return _("to be assessed again by %(day)s") % {"day": date_format(case.risk_again_on, "DATE_FORMAT")}


def _name_note(case: Case, name: str, may_see_name: bool) -> str:
    if name:
        return _("Working pseudonym: %(pseudonym)s") % {"pseudonym": case.pseudonym}
    if may_see_name:
        return _("Pseudonym; no name was given.")
    return _("Pseudonym; the name is hidden for your role.")


def age_words(person: Any) -> tuple[str, str]:
    """Return a person's age today in words, and how it is known."""
    age = person.age_on(timezone.localdate())
    source = AgeSource.ASSESSED if person.goes_by_assessment else person.age_source
    basis = str(BASES[AgeSource(source)]) if source else ""
    if person.age_is_contested:
        basis = _("contested")
    if age.is_shut:
        return _("cannot be opened"), basis
    if age.least is None:
        return pgettext("age", "unknown"), basis
    if age.least == age.most:
        return str(age.least), basis
    return _("%(least)s to %(most)s") % {"least": age.least, "most": age.most}, basis


def child_words(case: Case) -> str:
    """Return on what ground a person is treated as a child, where the age that stands beside it does not tell; else ""."""
    today = timezone.localdate()
    ground = childhood(case, on=today)
    if ground is Childhood.PRESUMED:
        return _("may be a child: treated as one")
    if ground is Childhood.CONTESTED:
        return _("treated as a child")
    own = case.person.age_on(today)
    is_told = own.most is not None and own.most < case.profile_on(today).majority.years
    return _("treated as a child") if ground is Childhood.CHILD and not is_told else ""


def _grown(case: Case) -> str:
    """Return until when protection as a child goes on for somebody who came of age in care; "" for everybody else."""
    today = timezone.localdate()
    age = None if case.is_closed else age_now(case, day=today)
    if age is None or age.coming is None or not age.goes_on(today):
        return ""
    return _("of age; protection as a child goes on until %(day)s") % {
        "day": date_format(age.coming.protected_until, "DATE_FORMAT")
    }


def language_words(code: str) -> str:
    """Return a language's name in the reader's language; the code itself where no list knows it."""
    held = codes.load("language").get(code)
    return held.label[get_language() or "en"] if held else code


def _interpreter(person: Any) -> str:
    if person.interpreter == Answer.YES:
        wish = person.interpreter_wish
        return _("interpreter: %(wish)s") % {"wish": wish} if wish else _("interpreter needed")
    return _("no interpreter needed") if person.interpreter == Answer.NO else ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One part of the record: a real page."""

    code: str
    label: Promise
    view: str


TABS = (
    Tab("overview", gettext_lazy("Overview"), "record"),
    Tab("known", gettext_lazy("What is known"), "case_known"),
    Tab("identification", gettext_lazy("Identification"), "identification"),
    Tab("journey", gettext_lazy("Journey"), "journey"),
    Tab("questions", gettext_lazy("Further questions"), "case_questions"),
    Tab("consent", gettext_lazy("Consent"), "consent"),
    Tab("notes", gettext_lazy("Notes"), "case_notes"),
    Tab("documents", gettext_lazy("Documents"), "case_documents"),
    Tab("keeping", gettext_lazy("Keeping"), "case_keeping"),
    Tab("history", gettext_lazy("History"), "record_history"),
)
"""The parts that stand today, in the order in which work goes."""


@dataclass(frozen=True, slots=True)
class ShownTab:
    """A tab on one record."""

    label: Promise
    address: str
    is_current: bool


def tabs(member: Member, case: Case, current: str) -> list[ShownTab]:
    """Return the record's tabs: without the screenings for whoever does not read what was answered."""
    closed = set() if may_read_answers(member.facts, case.facts) else {"identification"}
    return [ShownTab(tab.label, address(tab.view, case), tab.code == current) for tab in TABS if tab.code not in closed]


def address(view: str, case: Case) -> str:
    """Return a page's address for a case."""
    return reverse(view, args=[case.number])
