"""Four answers to a question, never two: yes, no, unknown, prefers not to say."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class Answer(TextChoices):
    """What a person or a record says to a question; an empty value means that it was not asked."""

    YES = "yes", pgettext_lazy("answer", "Yes")
    NO = "no", pgettext_lazy("answer", "No")
    UNKNOWN = "unknown", pgettext_lazy("answer", "Unknown")
    DECLINED = "declined", pgettext_lazy("answer", "Prefers not to say")
