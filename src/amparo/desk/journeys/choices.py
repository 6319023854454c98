"""The words of a journey."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class Kind(TextChoices):
    """What a leg belongs to, in the words of HTCDS 2.0's event types."""

    RECRUITMENT = "Recruitment", pgettext_lazy("kind of leg", "Recruitment")
    TRANSIT = "Transit", pgettext_lazy("kind of leg", "Transit")
    EXPLOITATION = "Exploitation", pgettext_lazy("kind of leg", "Exploitation")
    AFTER = "After", pgettext_lazy("kind of leg", "After leaving")


class Act(TextChoices):
    """The acts of the Palermo Protocol, art. 3(a)."""

    RECRUITMENT = "recruitment", pgettext_lazy("act", "Recruitment")
    TRANSPORTATION = "transportation", pgettext_lazy("act", "Transportation")
    TRANSFER = "transfer", pgettext_lazy("act", "Transfer")
    HARBOURING = "harbouring", pgettext_lazy("act", "Harbouring")
    RECEIPT = "receipt", pgettext_lazy("act", "Receipt")


class Transport(TextChoices):
    """By what means somebody moved."""

    NONE = "none", pgettext_lazy("transport", "No move: a stay in one place")
    FOOT = "foot", pgettext_lazy("transport", "On foot")
    CAR = "car", pgettext_lazy("transport", "Car or van")
    LORRY = "lorry", pgettext_lazy("transport", "Lorry")
    BUS = "bus", pgettext_lazy("transport", "Bus")
    TRAIN = "train", pgettext_lazy("transport", "Train")
    AIR = "air", pgettext_lazy("transport", "Aeroplane")
    BOAT = "boat", pgettext_lazy("transport", "Boat or ship")
    OTHER = "other", pgettext_lazy("transport", "In another way")
    UNKNOWN = "unknown", pgettext_lazy("transport", "Unknown")


class Border(TextChoices):
    """How a border was crossed; asked because it shows control, never to judge the person."""

    NONE = "none", pgettext_lazy("border", "No border")
    OWN_PAPERS = "own_papers", pgettext_lazy("border", "At a crossing point, with own papers")
    OTHER_PAPERS = "other_papers", pgettext_lazy("border", "At a crossing point, with papers given by others")
    AWAY = "away", pgettext_lazy("border", "Away from crossing points")
    HIDDEN = "hidden", pgettext_lazy("border", "Hidden in a vehicle or a vessel")
    UNKNOWN = "unknown", pgettext_lazy("border", "Unknown")
    DECLINED = "declined", pgettext_lazy("border", "Prefers not to say")


class Who(TextChoices):
    """Who decided or paid."""

    PERSON = "person", pgettext_lazy("who decided or paid", "The person")
    FAMILY = "family", pgettext_lazy("who decided or paid", "The family")
    RECRUITER = "recruiter", pgettext_lazy("who decided or paid", "A recruiter or an agency")
    EXPLOITER = "exploiter", pgettext_lazy("who decided or paid", "The exploiter")
    SMUGGLER = "smuggler", pgettext_lazy("who decided or paid", "A smuggler")
    DEBT = "debt", pgettext_lazy("who decided or paid", "Somebody advanced it: a debt")
    OTHER = "other", pgettext_lazy("who decided or paid", "Somebody else")
    UNKNOWN = "unknown", pgettext_lazy("who decided or paid", "Unknown")
    DECLINED = "declined", pgettext_lazy("who decided or paid", "Prefers not to say")


class Source(TextChoices):
    """Where an account comes from."""

    STATEMENT = "statement", pgettext_lazy("source of an account", "The person's statement")
    DOCUMENT = "document", pgettext_lazy("source of an account", "A document")
    OTHERS = "others", pgettext_lazy("source of an account", "Somebody else's account")
    INFERRED = "inferred", pgettext_lazy("source of an account", "Inferred")
