"""The words of a journey."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from amparo.desk.questions.desk_lists import extendable, fixed


@fixed("leg_kind")
class Kind(TextChoices):
    """What a leg belongs to: HTCDS 2.0's event types, and the standard's extensions of them."""

    RECRUITMENT = "Recruitment", pgettext_lazy("kind of leg", "Recruitment")
    TRANSPORT = "Transport", pgettext_lazy("kind of leg", "Transport")
    TRANSIT = "Transit", pgettext_lazy("kind of leg", "Transit")
    TRANSFER = "Transfer", pgettext_lazy("kind of leg", "Transfer")
    HARBOURING = "Harbouring", pgettext_lazy("kind of leg", "Harbouring")
    EXPLOITATION = "Exploitation", pgettext_lazy("kind of leg", "Exploitation")
    EXIT = "Exit", pgettext_lazy("kind of leg", "Exit")
    AFTER = "After", pgettext_lazy("kind of leg", "After leaving")


@fixed("act")
class Act(TextChoices):
    """The acts of the Palermo Protocol, art. 3(a)."""

    RECRUITMENT = "recruitment", pgettext_lazy("act", "Recruitment")
    TRANSPORTATION = "transportation", pgettext_lazy("act", "Transportation")
    TRANSFER = "transfer", pgettext_lazy("act", "Transfer")
    HARBOURING = "harbouring", pgettext_lazy("act", "Harbouring")
    RECEIPT = "receipt", pgettext_lazy("act", "Receipt")


@extendable("transport", kept=["none"])
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


@extendable("border_crossing", kept=["none", "own_papers"])
class Border(TextChoices):
    """How a border was crossed; asked because it shows control, never to judge the person."""

    NONE = "none", pgettext_lazy("border", "No border")
    OWN_PAPERS = "own_papers", pgettext_lazy("border", "At a crossing point, with own papers")
    OTHER_PAPERS = "other_papers", pgettext_lazy("border", "At a crossing point, with papers given by others")
    AWAY = "away", pgettext_lazy("border", "Away from crossing points")
    HIDDEN = "hidden", pgettext_lazy("border", "Hidden in a vehicle or a vessel")
    UNKNOWN = "unknown", pgettext_lazy("border", "Unknown")
    DECLINED = "declined", pgettext_lazy("border", "Prefers not to say")


@extendable("decided_or_paid")
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


@fixed("account_source")
class Source(TextChoices):
    """Where an account comes from."""

    STATEMENT = "statement", pgettext_lazy("source of an account", "The person's statement")
    DOCUMENT = "document", pgettext_lazy("source of an account", "A document")
    OTHERS = "others", pgettext_lazy("source of an account", "Somebody else's account")
    INFERRED = "inferred", pgettext_lazy("source of an account", "Inferred")


@extendable("workplace")
class Workplace(TextChoices):
    """Where work was done; ISIC says for which branch."""

    FACTORY = "factory", pgettext_lazy("workplace", "Factory or workshop")
    FIELD = "field", pgettext_lazy("workplace", "Field, farm or forest")
    SITE = "site", pgettext_lazy("workplace", "Building site")
    VESSEL = "vessel", pgettext_lazy("workplace", "Boat or ship")
    MINE = "mine", pgettext_lazy("workplace", "Mine or quarry")
    HOME = "home", pgettext_lazy("workplace", "Private household")
    HOSPITALITY = "hospitality", pgettext_lazy("workplace", "Hotel, restaurant or bar")
    SHOP = "shop", pgettext_lazy("workplace", "Shop, office or salon")
    STREET = "street", pgettext_lazy("workplace", "Street or market")
    SEX = "sex", pgettext_lazy("workplace", "Brothel, club or flat for prostitution")
    ONLINE = "online", pgettext_lazy("workplace", "Online, before a camera or in a compound")
    OTHER = "other", pgettext_lazy("workplace", "Elsewhere")
    UNKNOWN = "unknown", pgettext_lazy("workplace", "Unknown")


@extendable("held_document")
class DocumentKind(TextChoices):
    """What can be taken from a person to hold them."""

    PASSPORT = "passport", pgettext_lazy("document", "Passport")
    IDENTITY = "identity", pgettext_lazy("document", "Identity card")
    PERMIT = "permit", pgettext_lazy("document", "Visa, residence or work permit")
    SEAFARER = "seafarer", pgettext_lazy("document", "Seafarer’s book")
    BIRTH = "birth", pgettext_lazy("document", "Birth certificate")
    CONTRACT = "contract", pgettext_lazy("document", "Contract or debt note")
    PHONE = "phone", pgettext_lazy("document", "Telephone")
    BANK = "bank", pgettext_lazy("document", "Bank card or savings")
    OTHER = "other", pgettext_lazy("document", "Another document")


CROSSES_BORDERS = frozenset({DocumentKind.PASSPORT, DocumentKind.IDENTITY, DocumentKind.SEAFARER})
"""Documents with which somebody shows who they are at a border."""


@fixed("document_state")
class Keeping(TextChoices):
    """What became of a document."""

    KEPT = "kept", pgettext_lazy("document", "Taken and kept")
    RETURNED = "returned", pgettext_lazy("document", "Taken, later returned")
    DESTROYED = "destroyed", pgettext_lazy("document", "Destroyed or sold")
    FALSE = "false", pgettext_lazy("document", "Made or altered by others")
    OWN = "own", pgettext_lazy("document", "Always with the person")
    UNKNOWN = "unknown", pgettext_lazy("document", "Unknown")
    DECLINED = "declined", pgettext_lazy("document", "Prefers not to say")


@extendable("party", kept=["person", "family"])
class Party(TextChoices):
    """Who holds, pays or is paid."""

    PERSON = "person", pgettext_lazy("party", "The person")
    FAMILY = "family", pgettext_lazy("party", "The family")
    RECRUITER = "recruiter", pgettext_lazy("party", "A recruiter or an agency")
    TRANSPORTER = "transporter", pgettext_lazy("party", "Who transported or smuggled")
    EXPLOITER = "exploiter", pgettext_lazy("party", "The employer or exploiter")
    OFFICIAL = "official", pgettext_lazy("party", "An official")
    OTHER = "other", pgettext_lazy("party", "Somebody else")
    UNKNOWN = "unknown", pgettext_lazy("party", "Unknown")
    DECLINED = "declined", pgettext_lazy("party", "Prefers not to say")


@extendable("sum_purpose")
class MoneyFor(TextChoices):
    """What a sum is for."""

    WAGE = "wage", pgettext_lazy("sum", "Wage")
    FEE = "fee", pgettext_lazy("sum", "Recruitment fee")
    DEBT = "debt", pgettext_lazy("sum", "Debt or advance")
    TRAVEL = "travel", pgettext_lazy("sum", "Travel and papers")
    LIVING = "living", pgettext_lazy("sum", "Bed, food, tools")
    FINE = "fine", pgettext_lazy("sum", "Fine or punishment")
    RANSOM = "ransom", pgettext_lazy("sum", "Ransom")
    OTHER = "other", pgettext_lazy("sum", "Something else")


@fixed("sum_state")
class MoneyState(TextChoices):
    """Whether a sum was promised, changed hands, was kept back, or is claimed."""

    PROMISED = "promised", pgettext_lazy("sum", "Promised")
    PAID = "paid", pgettext_lazy("sum", "Paid")
    DEDUCTED = "deducted", pgettext_lazy("sum", "Deducted from the wage")
    CLAIMED = "claimed", pgettext_lazy("sum", "Claimed from the person")


@fixed("sum_period")
class Period(TextChoices):
    """For how long one sum stands."""

    ONCE = "once", pgettext_lazy("period", "Once, altogether")
    HOUR = "hour", pgettext_lazy("period", "An hour")
    DAY = "day", pgettext_lazy("period", "A day")
    WEEK = "week", pgettext_lazy("period", "A week")
    MONTH = "month", pgettext_lazy("period", "A month")
    YEAR = "year", pgettext_lazy("period", "A year")
    PIECE = "piece", pgettext_lazy("period", "A piece or a client")


@extendable("actor_kind")
class ActorKind(TextChoices):
    """What an actor is."""

    PERSON = "person", pgettext_lazy("actor", "A person")
    COMPANY = "company", pgettext_lazy("actor", "A firm or an employer")
    AGENCY = "agency", pgettext_lazy("actor", "A recruitment or travel agency")
    GROUP = "group", pgettext_lazy("actor", "A group or a network")
    UNKNOWN = "unknown", pgettext_lazy("actor", "Not known")


@fixed("gap_answer")
class Told(TextChoices):
    """What came of asking about a gap or a contradiction."""

    EXPLAINED = "explained", pgettext_lazy("answer to a gap", "Explained")
    UNKNOWN = "unknown", pgettext_lazy("answer to a gap", "Asked, unknown")
    DECLINED = "declined", pgettext_lazy("answer to a gap", "Prefers not to say: do not ask again")
