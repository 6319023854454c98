"""The words of screening."""

from functools import partial

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from amparo.desk.cases.rules import Finding
from amparo.desk.questions.desk_lists import DeskList, declare, extendable, fixed

from . import ages, formal
from .rules import Element, Outcome


@fixed("guardian_agrees")
class GuardianAgrees(TextChoices):
    """What the guardian of a child says to a conversation; that there is none yet is an answer too."""

    YES = "yes", _("The guardian agrees")
    NO = "no", _("The guardian does not agree")
    NOBODY = "nobody", _("No guardian yet, or nobody reached")


@extendable("interview_setting")
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


@fixed("answer_source")
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
    Outcome.VULNERABLE: _("Not presumed a victim, and vulnerable: goes on to other help"),
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
    "child_presumed": _("applies, presumed: the age is not certain and may be under majority"),
    "child_presumed_then": _(
        "applies, presumed: when the case was opened the age was not certain and may have been under majority"
    ),
    "child_now": _("applies: the person is a child, so no means is needed"),
    "adult": _("does not apply: an adult"),
    "age_unknown": _("open: the age is not known"),
    "beginning_not_told": _("open: an adult now; the record does not say whether this began in childhood"),
}
FLAWS = {
    "version_twice": _("This version of this list is there twice."),
    "takes_from_nowhere": _("It takes indicators from a list that is not there, or in a circle."),
    "head_incomplete": _("Its head lacks something."),
    "language_missing": _("Words are missing in one of the languages."),
    "ends_before_it_begins": _("It ends before it begins."),
    "taken_is_unknown": _("It takes an indicator that the other list does not have."),
    "code_twice": _("Two of its indicators bear the same code."),
    "code_missing": _("An indicator has no code."),
    "phase_or_step_unknown": _("An indicator belongs to no known phase or page."),
    "strength_unknown": _("An indicator is neither direct nor supporting."),
    "element_unknown": _("An indicator speaks for none of act, means and purpose."),
    "part_of_another_element": _("An indicator names a part that does not belong to its element."),
    "fact_unknown": _("An indicator would record a fact that neither the standard nor a country knows."),
    "element_never_shown": _("No direct indicator speaks for this element: the list could never propose anything."),
    "versions_overlap": _("Two versions of the list hold on the same day."),
}
"""Why a list of indicators is refused, by the reason codes of `indicators.load`."""
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
"""Where an indicator comes from; those of the ILO have a number each."""


def framework_words(code: str) -> str:
    """Return where an indicator comes from, in the reader's language: the ILO is called otherwise in French and Spanish."""
    number = code.removeprefix("ILO-")
    if number != code:
        return pgettext("where an indicator comes from", "ILO-%(number)s") % {"number": number}
    return str(FRAMEWORKS.get(code, code))


STEP_KINDS = {
    formal.StepKind.REFLECTION: pgettext_lazy("formal", "The reflection period begins"),
    formal.StepKind.REVIEWED: pgettext_lazy("formal", "The period is reviewed"),
    formal.StepKind.EXTENDED: pgettext_lazy("formal", "The period is extended"),
    formal.StepKind.IDENTIFIED: pgettext_lazy("formal", "Decision: identified as a victim"),
    formal.StepKind.NOT_IDENTIFIED: pgettext_lazy("formal", "Decision: not identified"),
    formal.StepKind.WITHDRAWN: pgettext_lazy("formal", "The application is withdrawn"),
    formal.StepKind.ASKED_AGAIN: pgettext_lazy("formal", "Reconsideration is asked for"),
    formal.StepKind.THEN_IDENTIFIED: pgettext_lazy("formal", "Reconsidered: identified as a victim"),
    formal.StepKind.STAYS_NOT_IDENTIFIED: pgettext_lazy("formal", "Reconsidered: stays not identified"),
}
FORMAL_STATES = {
    formal.FormalState.PENDING: pgettext_lazy("formal", "pending"),
    formal.FormalState.IDENTIFIED: pgettext_lazy("formal", "identified"),
    formal.FormalState.NOT_IDENTIFIED: pgettext_lazy("formal", "not identified"),
    formal.FormalState.RECONSIDERED: pgettext_lazy("formal", "asked to reconsider"),
    formal.FormalState.WITHDRAWN: pgettext_lazy("formal", "withdrawn"),
}
FORMAL_TONES = {
    formal.FormalState.PENDING: "wait",
    formal.FormalState.IDENTIFIED: "ok",
    formal.FormalState.NOT_IDENTIFIED: "no",
    formal.FormalState.RECONSIDERED: "wait",
    formal.FormalState.WITHDRAWN: "plain",
}
SETTLED = {
    ages.Outcome.STANDS: pgettext_lazy("age assessment", "The assessment stands"),
    ages.Outcome.SET_ASIDE: pgettext_lazy("age assessment", "The assessment is set aside"),
}


def pairs(words: dict) -> list[tuple[str, object]]:
    """Return codes and words as a form's or a column's choices."""
    return [(code.value, word) for code, word in words.items()]


for _name, _words in {
    "finding": FINDING_WORDS,
    "screening_outcome": OUTCOME_WORDS,
    "formal_step": STEP_KINDS,
    "formal_state": FORMAL_STATES,
    "contest_outcome": SETTLED,
}.items():
    declare(DeskList(_name, partial(pairs, _words), fixed="list_decides"))


@extendable("extension_ground")
class ExtensionGround(TextChoices):
    """On what ground a reflection period is extended; where a law names some, only what is counted as one of them."""

    HEALTH = "health", pgettext_lazy("ground", "Health")
    INTIMIDATION = "intimidation", pgettext_lazy("ground", "Intimidation or danger")
    PREGNANCY = "pregnancy", pgettext_lazy("ground", "Pregnancy or birth")
    CHILD = "child", pgettext_lazy("ground", "Best interests of a child")
    OTHER = "other", pgettext_lazy("ground", "Another ground")


@extendable("age_method")
class AgeMethod(TextChoices):
    """How an age was assessed, the gentlest first."""

    DOCUMENTS = "documents", _("Documents and records")
    CONVERSATION = "conversation", _("Conversation by several professions")
    PSYCHOSOCIAL = "psychosocial", _("Psychological and social assessment")
    DENTAL = "dental", _("Medical: teeth")
    BONES = "bones", _("Medical: bones")
    PHYSICAL = "physical", _("Medical: other examination")
    OTHER = "other", _("Another method")


@extendable("other_help")
class HelpKind(TextChoices):
    """Help that is open to whoever is vulnerable, a victim of trafficking or not."""

    ASYLUM = "asylum", _("Asylum or other international protection")
    CHILD_PROTECTION = "child_protection", _("Child protection")
    VIOLENCE = "violence", _("Help after violence, also in the family")
    LABOUR = "labour", _("Labour rights: inspection, union, unpaid wages")
    LEGAL = "legal", _("Legal advice")
    HEALTH = "health", _("Health care and psychological help")
    SHELTER = "shelter", _("A place to sleep, food")
    STATELESS = "stateless", _("Documents, or help for stateless persons")
    FAMILY = "family", _("Tracing of family")
    RETURN = "return", _("Voluntary return")
    OTHER = "other", _("Other help")
