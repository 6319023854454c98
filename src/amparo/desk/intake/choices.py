"""The few choices of a signal."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Danger(TextChoices):
    """Whether somebody is in danger now, as the outside body sees it."""

    YES = "yes", _("Yes, now")
    NO = "no", _("No")
    UNKNOWN = "unknown", _("Not known")


class State(TextChoices):
    """What the office has done with a signal."""

    WAITING = "waiting", pgettext_lazy("signal", "waiting")
    TAKEN = "taken", pgettext_lazy("signal", "somebody looks into it")
    SETTLED = "settled", pgettext_lazy("signal", "settled")


class Ending(TextChoices):
    """What became of the words of a signal."""

    MOVED = "moved", pgettext_lazy("signal", "taken over into a record")
    REMOVED = "removed", pgettext_lazy("signal", "removed")
