"""The words of screening."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amparo.desk.cases.rules import Finding

from .rules import Element, Outcome


class Setting(TextChoices):
    """Where a conversation is held."""

    OFFICE = "office", _("Office of the organisation")
    SHELTER = "shelter", _("Shelter")
    HEALTH = "health", _("Hospital or clinic")
    BORDER = "border", _("Border or landing place")
    WORKPLACE = "workplace", _("Workplace")
    DETENTION = "detention", _("Place of detention")
    OUTREACH = "outreach", _("Street or outreach")
    REMOTE = "remote", _("By telephone or video")
    OTHER = "other", _("Another place")


class Source(TextChoices):
    """Where an answer comes from."""

    STATEMENT = "statement", pgettext_lazy("source of an answer", "Statement")
    OBSERVATION = "observation", pgettext_lazy("source of an answer", "Observation")
    DOCUMENT = "document", pgettext_lazy("source of an answer", "Document")


FINDING_WORDS = {
    Finding.YES: pgettext_lazy("finding", "yes"),
    Finding.NO: pgettext_lazy("finding", "no"),
    Finding.UNKNOWN: pgettext_lazy("finding", "unknown"),
}
FINDINGS = [(finding.value, word) for finding, word in FINDING_WORDS.items()]
ELEMENT_WORDS = {
    Element.ACT: pgettext_lazy("element", "Act"),
    Element.MEANS: pgettext_lazy("element", "Means"),
    Element.PURPOSE: pgettext_lazy("element", "Purpose"),
}
OUTCOME_WORDS = {
    Outcome.PRESUMED: _("Presumed victim of trafficking"),
    Outcome.NOT_PRESUMED: _("Not presumed a victim"),
    Outcome.MORE_NEEDED: _("More needs to be known"),
}
OUTCOMES = [(outcome.value, word) for outcome, word in OUTCOME_WORDS.items()]
STEP_WORDS = {
    "setting": _("Setting and consent"),
    "recruitment": _("Recruitment"),
    "freedom": _("Freedom and documents"),
    "work": _("Work and pay"),
    "violence": _("Violence and threats"),
    "decide": _("Decision"),
}
STEP_HINTS = {
    "recruitment": _("How it began and how the person came here. Begin with what the person wants to tell."),
    "freedom": _("Ask men and boys the same questions. Name the examples aloud: not let off a boat, held for ransom."),
    "work": _("Ask men and boys the same questions. Name the examples aloud: made to steer a boat or to carry others."),
    "violence": _("Sensitive: any of these can be skipped, and taken up another day. Nobody has to tell to get help."),
}
PART_WORDS = {
    "recruitment": pgettext_lazy("part", "Recruitment"),
    "transportation": pgettext_lazy("part", "Transportation"),
    "transfer": pgettext_lazy("part", "Transfer"),
    "harbouring": pgettext_lazy("part", "Harbouring"),
    "receipt": pgettext_lazy("part", "Receipt"),
    "force": pgettext_lazy("part", "Threat or use of force"),
    "coercion": pgettext_lazy("part", "Other coercion"),
    "abduction": pgettext_lazy("part", "Abduction"),
    "fraud": pgettext_lazy("part", "Fraud"),
    "deception": pgettext_lazy("part", "Deception"),
    "abuse_of_power": pgettext_lazy("part", "Abuse of power"),
    "abuse_of_vulnerability": pgettext_lazy("part", "Abuse of a position of vulnerability"),
    "payment": pgettext_lazy("part", "Payments to somebody in control"),
    "sexual_exploitation": pgettext_lazy("part", "Sexual exploitation"),
    "forced_labour": pgettext_lazy("part", "Forced labour or services"),
    "slavery": pgettext_lazy("part", "Slavery or similar practices"),
    "servitude": pgettext_lazy("part", "Servitude"),
    "organ_removal": pgettext_lazy("part", "Removal of organs"),
    "forced_begging": pgettext_lazy("part", "Forced begging"),
    "forced_criminality": pgettext_lazy("part", "Forced criminality"),
    "forced_marriage": pgettext_lazy("part", "Forced marriage"),
    "illegal_adoption": pgettext_lazy("part", "Illegal adoption"),
    "extortion_detention": pgettext_lazy("part", "Detention for extortion"),
    "forced_smuggling": pgettext_lazy("part", "Forced smuggling of others"),
    "armed_group": pgettext_lazy("part", "Forced into an armed group"),
}
"""The parts of the elements: the words of Palermo art. 3(a), and the purposes that countries add."""
CHILD_WORDS = {
    "age_contested": _("applies: the age is contested, so the person is treated as a child"),
    "child_then": _("applies: the person was a child when it happened"),
    "child_now": _("applies: the person is a child, so no means is needed"),
    "adult": _("does not apply: an adult"),
    "age_unknown": _("open: the age is not known"),
}
FRAMEWORKS = {
    "Palermo 3(a)": _("Palermo Protocol, art. 3(a)"),
    "Country list": _("Country list"),
    "Personal freedom": _("Country list: personal freedom"),
    "Payment": _("Country list: payment"),
    "Work": _("Country list: work"),
    "Living": _("Country list: living"),
    "Violence": _("Country list: violence"),
    "Flow survey": _("Survey along the routes"),
}
"""Where an indicator comes from; an ILO number stands for itself."""
