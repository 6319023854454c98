"""Choices of oversight: what a supervisor finds about unusual reading, and what explains it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Opinion(models.TextChoices):
    """What was found."""

    EXPLAINED = "explained", _("explained")
    LOOK_INTO = "look_into", _("to be looked into")


class Ground(models.TextChoices):
    """What explains it."""

    DUTY = "duty", _("ordinary work: a list, a report, a meeting about cases")
    COVER = "cover", _("covered for a colleague")
    EMERGENCY = "emergency", _("an emergency")
    REVIEW = "review", _("a review that was asked for")
    MISTAKE = "mistake", _("a mistake, reported by the member")
    NONE = "none", _("nothing that is known so far")


class Disposing(models.TextChoices):
    """What can become of a record."""

    ANONYMISE = "anonymise", _("Anonymise: it still counts, nobody is in it")
    SHRED = "shred", _("Shred: nothing is left")
    EXTEND = "extend", _("Keep longer, until a day")


class Settled(models.TextChoices):
    """What the second person said."""

    CONFIRMED = "confirmed", _("confirmed")
    REFUSED = "refused", pgettext_lazy("verdict", "refused")


class RequestKind(models.TextChoices):
    """What a person can ask about their own record."""

    ACCESS = "access", _("a copy of what is held")
    CORRECTION = "correction", _("a correction")
    OBJECTION = "objection", _("that it is not used or passed on")
    ERASURE = "erasure", _("that it is erased")


class Identified(models.TextChoices):
    """How it is known that the one who asks is the person."""

    IN_PERSON = "in_person", _("somebody who knows them met them")
    DOCUMENT = "document", _("a document was seen")
    CODE_WORD = "code_word", _("the word agreed with them")
    REPRESENTED = "represented", _("a guardian or lawyer with a mandate")


class RequestState(models.TextChoices):
    """Where a request stands."""

    OPEN = "open", pgettext_lazy("request", "open")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", pgettext_lazy("request", "refused")
    TAKEN_BACK = "taken_back", _("taken back")
