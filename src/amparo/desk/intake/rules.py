"""What an old list or a crowded hall writes, read as an answer: days of which a part is missing, ages, dittos. No Django here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from amparo.desk.core.partial_dates import FIRST_YEAR_OF_A_LIFE, Known, PartialDate


class Order(StrEnum):
    """Which of two numbers before a year is the day."""

    UNSAID = ""
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class Unread(ValueError):
    """What stands there cannot be read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


MONTHS = (
    ("january", "jan", "janvier", "janv", "enero", "ene"),
    ("february", "feb", "fevrier", "fevr", "febrero"),
    ("march", "mar", "mars", "marzo"),
    ("april", "apr", "avril", "avr", "abril", "abr"),
    ("may", "mai", "mayo"),
    ("june", "jun", "juin", "junio"),
    ("july", "jul", "juillet", "juil", "julio"),
    ("august", "aug", "aout", "agosto", "ago"),
    ("september", "sep", "sept", "septembre", "septiembre", "set"),
    ("october", "oct", "octobre", "octubre"),
    ("november", "nov", "novembre", "noviembre"),
    ("december", "dec", "decembre", "diciembre", "dic"),
)
NUMBER_OF_A_MONTH = {word: number for number, words in enumerate(MONTHS, start=1) for word in words}
ABOUT = re.compile(
    r"^(?:~|ca?\.?\s|ca\.|circa\b|about\b|around\b|approx(?:imately)?\b\.?|aprox(?:imadamente)?\b\.?|env(?:iron)?\b\.?|vers\b|hacia\b"
    r"|alrededor de\b|sobre\b|cerca de\b|unos\b|unas\b|a eso de\b|autour de\b|a peu pres\b|roughly\b)\s*"
)
ABOUT_AFTER = re.compile(r"\s*(?:~|\(?\?\)?|\(?(?:approx|estimated|estimation|estime|aprox|estimado)\.?\)?)$")
UNKNOWN = frozenset(
    [
        "?",
        "??",
        "unknown",
        "not known",
        "n/k",
        "nk",
        "inconnu",
        "inconnue",
        "non connu",
        "non connue",
        "desconocido",
        "desconocida",
        "no se sabe",
        "no conocido",
        "no conocida",
    ]
)
DECLINED = frozenset(
    [
        "declined",
        "refused",
        "prefers not to say",
        "refuse",
        "a refuse",
        "refus",
        "ne souhaite pas repondre",
        "se niega",
        "rehusa",
        "no quiere decir",
        "prefiere no decir",
    ]
)
ISO = re.compile(r"^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[t ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?z?)?$")
NUMBERS = re.compile(r"^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$")
MONTH_AND_YEAR = re.compile(r"^(\d{1,2})[/.\-](\d{4})$")
YEAR_FIRST = re.compile(r"^(\d{4})[/.](\d{1,2})(?:[/.](\d{1,2}))?$")
IN_WORDS = re.compile(r"^(?:(\d{1,2})(?:st|nd|rd|th|er|º|o)?\.? )?(?:de )?([a-z]+)\.?,? (?:de |del )?(\d{4})$")
IN_WORDS_MONTH_FIRST = re.compile(r"^([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$")


def folded(text: str) -> str:
    """Return a text in small letters, without accents, with single spaces."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(plain.casefold().replace("’", "'").split())


def squeezed(text: str) -> str:
    """Return the letters and digits of a text alone: what is left when spelling, accents and signs do not count."""
    return "".join(filter(str.isalnum, folded(text)))


def read_date(text: str, *, order: Order, today: date) -> PartialDate:
    """Return a day as an old list writes it; raise `Unread`.

    `2019`, `03/2019`, `March 2019`, `12.03.2019`, `2019-03-12`, each also with *about*, `~` or `?`, in English, French
    or Spanish; *unknown* and *refused* are answers too; nothing is nothing. Where two numbers could each be the month
    and nobody said which is, it is not guessed.
    """
    said = folded(text)
    if not said:
        return PartialDate()
    if said in UNKNOWN:
        return PartialDate(known=Known.UNKNOWN)
    if said in DECLINED:
        return PartialDate(known=Known.DECLINED)
    bare = ABOUT_AFTER.sub("", ABOUT.sub("", said))
    year, month, day = _parts(bare, order)
    if year < FIRST_YEAR_OF_A_LIFE:
        raise Unread("date_too_early")
    try:
        found = PartialDate(year, month, day, Known.STATED if bare == said else Known.ESTIMATED)
    except ValueError:
        raise Unread("no_such_date") from None
    if found.earliest is not None and found.earliest > today:
        raise Unread("date_in_the_future")
    return found


def _parts(said: str, order: Order) -> tuple[int, int | None, int | None]:
    if re.fullmatch(r"\d{4}", said):
        return int(said), None, None
    if found := ISO.match(said) or YEAR_FIRST.match(said):
        return int(found[1]), int(found[2]), int(found[3]) if found[3] else None
    if found := MONTH_AND_YEAR.match(said):
        return int(found[2]), int(found[1]), None
    if found := NUMBERS.match(said):
        return _ordered(int(found[1]), int(found[2]), int(found[3]), order)
    if (found := IN_WORDS.match(said)) and found[2] in NUMBER_OF_A_MONTH:
        return int(found[3]), NUMBER_OF_A_MONTH[found[2]], int(found[1]) if found[1] else None
    if (found := IN_WORDS_MONTH_FIRST.match(said)) and found[1] in NUMBER_OF_A_MONTH:
        return int(found[3]), NUMBER_OF_A_MONTH[found[1]], int(found[2])
    raise Unread("no_date")


def _ordered(first: int, second: int, year: int, order: Order) -> tuple[int, int, int]:
    if order is Order.MONTH_FIRST:
        return year, first, second
    if order is Order.DAY_FIRST or first == second:
        return year, second, first
    raise Unread("ambiguous_date")


def order_in(texts: Iterable[str]) -> Order:
    """Return in which order a column writes its days, as far as the column itself proves it: a 23 is no month."""
    firsts, seconds = set(), set()
    for text in texts:
        if found := NUMBERS.match(ABOUT_AFTER.sub("", ABOUT.sub("", folded(text)))):
            firsts.add(int(found[1]) > 12)
            seconds.add(int(found[2]) > 12)
    if (True in firsts) == (True in seconds):
        return Order.UNSAID
    return Order.DAY_FIRST if True in firsts else Order.MONTH_FIRST


@dataclass(frozen=True, slots=True)
class Age:
    """An age in whole years as somebody wrote it down, and whether it is an estimate."""

    years: int | None = None
    is_estimate: bool = False


OLDEST = 120


def read_age(text: str) -> Age:
    """Return an age: `17`, `about 17`, `~17`, `17?`; *unknown* is no age. Raise `Unread` for anything else."""
    said = folded(text)
    if not said or said in UNKNOWN or said in DECLINED:
        return Age()
    bare = ABOUT_AFTER.sub("", ABOUT.sub("", said)).strip()
    if not re.fullmatch(r"\d{1,3}", bare) or int(bare) > OLDEST:
        raise Unread("no_age")
    return Age(int(bare), bare != said)


DITTO = frozenset({'"', "″", "“", "”", "''", "〃", "=", "id.", "id", "idem", "ditto"})


def is_ditto(text: str) -> bool:
    """Say whether a cell means: as in the line above."""
    return text.strip().casefold() in DITTO


YES = frozenset({"yes", "y", "oui", "o", "si", "s", "x", "1", "true", "vrai", "verdadero"})
NO = frozenset({"no", "n", "non", "0", "false", "faux", "falso"})


def read_yes(text: str) -> bool | None:
    """Return yes or no as a list writes it, None for nothing; raise `Unread` for anything else."""
    said = folded(text)
    if not said or said in UNKNOWN:
        return None
    if said in YES or said in NO:
        return said in YES
    raise Unread("no_yes_or_no")


def alone(families: Mapping[int, str], children: Collection[int]) -> frozenset[int]:
    """Return which children on a list came with nobody who may be grown up.

    `families` holds the letters of every line, "" for who came with nobody, a space between two. Who is not known to be a
    child may be grown up.
    """
    grown_up = {letter for line, family in families.items() if line not in children for letter in family.split()}
    return frozenset(line for line in children if grown_up.isdisjoint(families[line].split()))


class Triage(StrEnum):
    """How a signal stands that nobody has settled: it is looked into on the day on which it came."""

    TODAY = "today"
    LATE = "late"
    TAKEN = "taken"


def triage(*, came_on: date, is_taken: bool, today: date) -> Triage:
    """Return how it stands with the first look at a signal, which is due on the very day."""
    if is_taken:
        return Triage.TAKEN
    return Triage.TODAY if today <= came_on else Triage.LATE
