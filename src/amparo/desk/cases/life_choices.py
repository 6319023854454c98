"""Choices of a case's course: why it begins anew, ends, goes on or changes hands; kinds of relatives, papers and contacts."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amparo.desk.questions.desk_lists import extendable, fixed


@extendable("new_case_reason", kept=["trafficked_again"])
class NewCaseReason(TextChoices):
    """Why a known person gets a new case."""

    TRAFFICKED_AGAIN = "trafficked_again", _("Trafficked again")
    NEW_DANGER = "new_danger", _("A new danger, not trafficked again")
    ASKS_AGAIN = "asks_again", _("Asks for help again, with another need")


@extendable("case_ending")
class Ending(TextChoices):
    """Why a case ends."""

    SETTLED = "settled", _("Settled: the aims of the plan are reached")
    ASKED_TO_END = "asked_to_end", _("The person asked to end it")
    MOVED = "moved", _("The person moved away")
    HANDED_OVER = "handed_over", _("Handed over to another organisation")
    LOST_CONTACT = "lost_contact", _("Contact was lost and could not be found again")
    DECEASED = "deceased", _("The person died")
    OTHER_HELP = "other_help", _("Not trafficking: other help goes on elsewhere")
    ERROR = "error", _("Opened in error")
    CARRIED_ON = "carried_on", _("Goes on in another open case of the same person")


ENDINGS_AFTER_REFERRAL = frozenset({Ending.HANDED_OVER, Ending.OTHER_HELP})
"""Endings that the standard counts as closed after a referral."""


@extendable("reopening_reason")
class ReopeningReason(TextChoices):
    """Why a case that had ended goes on."""

    RETURNED = "returned", _("The person came back with the same need")
    FOUND = "found", _("Contact was found again")
    UNFINISHED = "unfinished", _("Something was left undone")
    ERROR = "error", _("It was closed in error")


@fixed("checklist_state")
class LineState(TextChoices):
    """How far one line of the checklist is."""

    DONE = "done", pgettext_lazy("checklist", "Done")
    NOT_APPLICABLE = "not_applicable", pgettext_lazy("checklist", "Does not apply")
    OPEN = "open", pgettext_lazy("checklist", "Stays open")


@fixed("transfer_state")
class OfferState(TextChoices):
    """What became of an offered place."""

    OFFERED = "offered", pgettext_lazy("transfer", "Waits for an answer")
    ACCEPTED = "accepted", pgettext_lazy("transfer", "Taken over")
    DECLINED = "declined", pgettext_lazy("transfer", "Not taken over")
    TAKEN_BACK = "taken_back", pgettext_lazy("transfer", "Taken back")


@extendable("relative", kept=["child", "guardian"])
class Relation(TextChoices):
    """What somebody is to the person."""

    CHILD = "child", pgettext_lazy("relation", "Child")
    PARTNER = "partner", pgettext_lazy("relation", "Spouse or partner")
    PARENT = "parent", pgettext_lazy("relation", "Parent")
    SIBLING = "sibling", pgettext_lazy("relation", "Brother or sister")
    GRANDPARENT = "grandparent", pgettext_lazy("relation", "Grandparent")
    GUARDIAN = "guardian", pgettext_lazy("relation", "Guardian")
    RELATIVE = "relative", pgettext_lazy("relation", "Another relative")
    DEPENDANT = "dependant", pgettext_lazy("relation", "A dependant who is no relative")
    TRUSTED = "trusted", pgettext_lazy("relation", "A person of trust")


@fixed("part_in_trafficking")
class Part(TextChoices):
    """What part somebody had in the trafficking."""

    NONE = "none", pgettext_lazy("part in the trafficking", "None")
    UNKNOWN = "unknown", pgettext_lazy("part in the trafficking", "Unknown")
    INVOLVED = "involved", pgettext_lazy("part in the trafficking", "Involved in it")
    HARMED = "harmed", pgettext_lazy("part in the trafficking", "Harmed by it too")


@fixed("statelessness")
class Statelessness(TextChoices):
    """Whether the person has a nationality at all."""

    NO = "no", _("No: has a nationality")
    YES = "yes", _("Yes, stateless")
    UNDER_DETERMINATION = "determining", _("Under determination")
    AT_RISK = "at_risk", _("At risk: no state has confirmed a nationality")
    UNKNOWN = "unknown", pgettext_lazy("statelessness", "Unknown")
    DECLINED = "declined", pgettext_lazy("statelessness", "Prefers not to say")


@extendable("identity_paper")
class PaperKind(TextChoices):
    """What an identity document is."""

    PASSPORT = "passport", _("Passport")
    IDENTITY_CARD = "identity_card", _("Identity card")
    BIRTH = "birth", _("Birth certificate")
    RESIDENCE = "residence", _("Residence permit")
    REFUGEE = "refugee", _("Travel document for refugees or stateless persons")
    CONSULAR = "consular", _("Consular or emergency travel document")
    SEAFARER = "seafarer", _("Seafarer’s document")
    OTHER = "other", pgettext_lazy("identity document", "Another document")


@extendable("paper_holder")
class Holder(TextChoices):
    """Who has an identity document now."""

    PERSON = "person", pgettext_lazy("holder of papers", "The person")
    OFFICE = "office", pgettext_lazy("holder of papers", "This organisation, for safe keeping")
    TRAFFICKER = "trafficker", pgettext_lazy("holder of papers", "Somebody who exploited the person")
    EMPLOYER = "employer", pgettext_lazy("holder of papers", "An employer or agency")
    AUTHORITY = "authority", pgettext_lazy("holder of papers", "An authority or embassy")
    FAMILY = "family", pgettext_lazy("holder of papers", "The family")
    LOST = "lost", pgettext_lazy("holder of papers", "Lost or destroyed")
    UNKNOWN = "unknown", pgettext_lazy("holder of papers", "Unknown")


@extendable("kept_document", kept=["photo"])
class DocumentKind(TextChoices):
    """What a kept file is."""

    PHOTO = "photo", _("Photograph of the person")
    IDENTITY = "identity", _("Copy of an identity document")
    CONSENT = "consent", _("Signed consent")
    DECISION = "decision", _("Letter or decision of an authority")
    COURT = "court", _("Court paper")
    WORK = "work", _("Contract, payslip or debt paper")
    MEDICAL = "medical", _("Medical paper")
    INJURY = "injury", _("Picture of an injury or a place")
    OTHER = "other", pgettext_lazy("kept document", "Another paper")


@fixed("readers_of_a_note")
class Guarded(TextChoices):
    """For whom a note or a document is; the narrowest that does the work."""

    TEAM = "", pgettext_lazy("for whom", "Everybody who works on the case")
    FEW = "few", pgettext_lazy("for whom", "Case managers and supervisors only")
    HEALTH = "health", pgettext_lazy("for whom", "Health: few read it")
    INTIMACY = "intimacy", pgettext_lazy("for whom", "Sexuality, violence to the body: few read it")
    FAMILY = "family", pgettext_lazy("for whom", "Family: few read it")
    ACCOUNT = "account", pgettext_lazy("for whom", "What the person told: case managers, supervisors, the lawyer")


@fixed("contact_direction")
class Direction(TextChoices):
    """Who sought the contact."""

    OUT = "out", pgettext_lazy("contact", "We reached out")
    IN = "in", pgettext_lazy("contact", "They reached us")


@extendable("contact_means")
class Means(TextChoices):
    """How a contact was made."""

    TELEPHONE = "telephone", pgettext_lazy("means of contact", "Telephone")
    MESSAGE = "message", pgettext_lazy("means of contact", "Message")
    VISIT = "visit", pgettext_lazy("means of contact", "Visit")
    MAIL = "mail", pgettext_lazy("means of contact", "Letter or e-mail")


@extendable("contact_with")
class Counterpart(TextChoices):
    """With whom a contact was."""

    PERSON = "person", pgettext_lazy("contact with", "The person")
    FAMILY = "family", pgettext_lazy("contact with", "Family or a person of trust")
    SERVICE = "service", pgettext_lazy("contact with", "A service or partner organisation")
    AUTHORITY = "authority", pgettext_lazy("contact with", "An authority")
    OTHER = "other", pgettext_lazy("contact with", "Somebody else")
