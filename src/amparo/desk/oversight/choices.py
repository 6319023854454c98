"""Choices of oversight: what a supervisor finds about unusual reading, and what explains it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
