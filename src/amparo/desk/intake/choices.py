"""The few choices of signals, of batches and of the setting in which many people are met at once."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amparo.desk.questions.desk_lists import extendable, fixed


@fixed("signal_kind")
class Kind(TextChoices):
    """How a signal came in."""

    OUTSIDE = "outside", _("Referral in by an outside body")
    SELF = "self", _("Self-referral")
    HELPLINE = "helpline", _("Helpline call")
    SITUATION = "situation", _("Report of an exploitative situation")


@extendable("teller", kept=["person"])
class Teller(TextChoices):
    """Who tells it; nobody has to say who they are."""

    PERSON = "person", _("The person concerned")
    CLOSE = "close", _("Family, a friend, somebody close")
    WITNESS = "witness", _("A witness, a neighbour, a client")
    PROFESSIONAL = "professional", _("Somebody at work: a nurse, a teacher, a union")
    ANONYMOUS = "anonymous", _("Anonymous")


@fixed("danger")
class Danger(TextChoices):
    """Whether somebody is in danger now, as whoever tells it sees it."""

    YES = "yes", _("Yes, now")
    NO = "no", _("No")
    UNKNOWN = "unknown", _("Not known")


@fixed("signal_state")
class State(TextChoices):
    """What the office has done with a signal."""

    WAITING = "waiting", pgettext_lazy("signal", "waiting")
    TAKEN = "taken", pgettext_lazy("signal", "somebody looks into it")
    SETTLED = "settled", pgettext_lazy("signal", "settled")


@extendable("signal_outcome", tells=["declined"])
class Closing(TextChoices):
    """Why a signal that no record takes over is settled."""

    REFERRED = "referred", _("Referred on elsewhere")
    ADVISED = "advised", _("Information or advice was enough")
    DECLINED = "declined", _("The person wants nothing more")
    UNREACHABLE = "unreachable", _("Nobody can be reached, nothing more can be found out")
    NOT_TRAFFICKING = "not_trafficking", _("Something else than exploitation")
    AGAIN = "again", _("The same was told before")
    OTHER = "other", pgettext_lazy("signal", "Another reason")


@fixed("signal_ending")
class Ending(TextChoices):
    """What became of the words of a signal."""

    MOVED = "moved", pgettext_lazy("signal", "taken over into a record")
    REMOVED = "removed", pgettext_lazy("signal", "removed")


@extendable("scene")
class Scene(TextChoices):
    """Where many people are met at once."""

    LANDING = "landing", pgettext_lazy("scene", "Landing")
    RAID = "raid", pgettext_lazy("scene", "Raid or inspection")
    BORDER = "border", pgettext_lazy("scene", "Border")
    CENTRE = "centre", pgettext_lazy("scene", "Reception centre")
    OTHER = "other", pgettext_lazy("scene", "Elsewhere")
