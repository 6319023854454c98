"""What a country adds, in words."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(TextChoices):
    """The four kinds of things in a country pack."""

    FORM = "form", pgettext_lazy("kind of definition", "Form")
    CODES = "codes", pgettext_lazy("kind of definition", "Added codes")
    INDICATORS = "indicators", pgettext_lazy("kind of definition", "Indicator set")
    TEMPLATE = "template", pgettext_lazy("kind of definition", "Document template")


QUESTION_KINDS = {
    "text": _("words"),
    "integer": _("whole number"),
    "decimal": pgettext_lazy("kind of question", "number"),
    "date": _("date, also partial"),
    "select_one": _("one of a list"),
    "select_multiple": _("several of a list"),
    "answer": _("yes, no, unknown, declined"),
    "note": _("note"),
    "group": _("group"),
    "repeat": _("repeated group"),
}
SECRECIES = {
    "personal": _("personal: whoever works on the case"),
    "identifying": _("identifying: who may see the name"),
    "narrative": _("narrative: whoever reads notes"),
    "health": _("health: leading and health staff"),
    "intimacy": _("intimacy: leading and health staff"),
    "whereabouts": _("whereabouts: leading staff"),
    "family": _("family: leading staff"),
    "account": _("account: leading staff and lawyers"),
    "special": _("strictest: leading staff only"),
}
