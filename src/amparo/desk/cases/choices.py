"""The few choices of this room that are no code list of the standard."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amparo.desk.questions.desk_lists import DeskList, declare, extendable, fixed

from .stages import Stage


@fixed("risk")
class Risk(IntegerChoices):
    """How great the danger is to the person; the number sorts, the word tells."""

    NOT_ASSESSED = 0, pgettext_lazy("risk", "Not assessed")
    LOW = 1, pgettext_lazy("risk", "Low")
    MEDIUM = 2, pgettext_lazy("risk", "Medium")
    HIGH = 3, pgettext_lazy("risk", "High")


@fixed("age_source")
class AgeSource(TextChoices):
    """How a birth date or an age is known."""

    STATED = "stated", _("The person says so")
    DOCUMENT = "document", _("A document was seen")
    ASSESSED = "assessed", _("An age assessment was made")
    ESTIMATED = "estimated", _("Somebody else estimates it")


@extendable("team_role", kept=["case_manager", "supervisor", "leave_cover"])
class TeamRole(TextChoices):
    """What a member does on one case."""

    CASE_MANAGER = "case_manager", _("Case manager")
    SUPERVISOR = "supervisor", _("Supervisor")
    LEAVE_COVER = "leave_cover", _("Leave cover")
    LAWYER = "lawyer", _("Lawyer")
    HEALTH = "health", _("Health")
    SHELTER = "shelter", _("Shelter")
    OTHER = "other", _("Another role")


@extendable("note_kind", kept=["matters", "risk", "closing"])
class NoteKind(TextChoices):
    """What a note is about."""

    CONTACT = "contact", _("Contact with the person")
    CALL = "call", _("Call or message")
    INTERVIEW = "interview", _("Interview")
    MEETING = "meeting", _("Meeting")
    OTHERS = "others", _("Contact with others")
    OBSERVATION = "observation", _("Observation")
    SUPERVISION = "supervision", _("Supervision (few read it)")
    MATTERS = "matters", _("What matters now")
    RISK = "risk", _("Risk")
    CLOSING = "closing", _("Ending or reopening")
    HEALTH = "health", _("Health (few read it)")
    INTIMATE = "intimate", _("Sexuality, violence to the body (few read it)")
    FAMILY = "family", _("Family (few read it)")


@extendable("conflict_kind")
class ConflictKind(TextChoices):
    """Why a member must not see a person's record."""

    RELATED = "related", _("Related to the person")
    KNOWN = "known", _("Knows the person privately")
    INTEREST = "interest", _("Another conflict of interest")


@fixed("emergency_verdict")
class Verdict(TextChoices):
    """What a supervisor says of an emergency access afterwards."""

    JUSTIFIED = "justified", _("It was justified")
    UNCLEAR = "unclear", _("Justified, but something must change")
    NOT_JUSTIFIED = "not_justified", _("It was not justified")


STAGE_LABELS = {
    Stage.SIGNAL: pgettext_lazy("stage", "Signal"),
    Stage.FIRST_CONTACT: pgettext_lazy("stage", "First contact"),
    Stage.SCREENED: pgettext_lazy("stage", "Screened"),
    Stage.PRESUMED: pgettext_lazy("stage", "Presumed victim"),
    Stage.CRISIS_SUPPORT: pgettext_lazy("stage", "Crisis support"),
    Stage.REFLECTION: pgettext_lazy("stage", "Reflection period"),
    Stage.IDENTIFIED: pgettext_lazy("stage", "Identified victim"),
    Stage.NOT_IDENTIFIED: pgettext_lazy("stage", "Not identified"),
    Stage.LONG_TERM_SUPPORT: pgettext_lazy("stage", "Long-term support"),
    Stage.LOST_CONTACT: pgettext_lazy("stage", "Contact lost"),
    Stage.CLOSED: pgettext_lazy("stage", "Closed"),
}
"""The stages in words."""
declare(DeskList("stage", lambda: ((stage.value, words) for stage, words in STAGE_LABELS.items()), fixed="list_decides"))
