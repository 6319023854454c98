"""Invented persons and what happened to them, as plain values: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from random import Random

from amparo.demo import names, region
from amparo.demo.region import Partner

YEARS = 5
MONTHS = ((0, 12, "0--12", 0.62), (13, 24, "13--24", 0.22), (25, 60, "25+", 0.16))


@dataclass(frozen=True, slots=True)
class Stretch:
    """One leg of an invented journey."""

    kind: str
    from_country: str
    from_place: str
    to_country: str
    to_place: str
    begun: date
    transport: str


@dataclass(frozen=True, slots=True)
class Persona:
    """One invented person, complete: an organisation records only a part of this."""

    number: int
    partner: Partner
    path: str
    given_name: str
    family_name: str
    is_female: bool
    is_trans: bool
    birth_date: date
    citizenship: str
    exploitation_country: str
    registered_on: date
    age_years: int
    months: int
    exploitation: tuple[str, ...]
    sector: str
    sex_types: tuple[str, ...]
    means: tuple[str, ...]
    has_means_recorded: bool
    recruiter: str
    was_abducted: bool
    journey: tuple[Stretch, ...]
    agrees_to_statistics: bool
    risk: str

    @property
    def is_child(self) -> bool:
        """Under eighteen when registered."""
        return self.age_years < 18

    @property
    def gender(self) -> str:
        """The standard's code."""
        if self.is_trans:
            return "TransgenderFeminine" if self.is_female else "TransgenderMasculine"
        return "Feminine" if self.is_female else "Masculine"


def pick(random: Random, weights: Mapping[str, float]) -> str:
    """Return one key, by weight."""
    return random.choices(tuple(weights), tuple(weights.values()))[0]


def invent(seed: int, today: date, partners: Sequence[Partner] = region.PARTNERS) -> tuple[Persona, ...]:
    """Return every partner's persons over five calendar years, today's the last; the same seed and day give the same persons."""
    random = Random(seed)  # noqa: S311 - invented data, not a secret
    people = [partner for partner in partners for _ in range(partner.persons)]
    random.shuffle(people)
    return tuple(_persona(random, number, partner, today) for number, partner in enumerate(people, 1))


def _persona(random: Random, number: int, partner: Partner, today: date) -> Persona:
    citizenship = pick(random, region.ORIGIN)
    destination = pick(random, region.DESTINATION[citizenship])
    if random.random() < 0.35:
        destination = partner.country
    path = pick(random, region.PATHS[citizenship])
    is_female = random.random() < region.FEMALE[path]
    registered_on = _registered(random, today)
    age_years = _age(random, path)
    months = _months(random)
    born = _birthday(random, registered_on, age_years)
    sector = "DomesticWork" if path == "home" else pick(random, region.SECTORS[destination]) if path == "work" else ""
    return Persona(
        number=number,
        partner=partner,
        path=path,
        given_name=names.given_name(random, citizenship, is_female=is_female),
        family_name=names.family_name(random, citizenship),
        is_female=is_female,
        is_trans=random.random() < 0.015,
        birth_date=born,
        citizenship=citizenship,
        exploitation_country=destination,
        registered_on=registered_on,
        age_years=age_years,
        months=months,
        exploitation=_exploitation(random, path, age_years, is_female=is_female),
        sector=sector,
        sex_types=_sex_types(random, path, registered_on.year - today.year + YEARS),
        means=_means(random, path, age_years),
        has_means_recorded=random.random() < partner.records_means,
        recruiter=pick(random, region.RECRUITERS[path]),
        was_abducted=random.random() < 0.03,
        journey=_journey(random, citizenship, destination, registered_on, months),
        agrees_to_statistics=random.random() < 0.93,
        risk=pick(random, {"high": 0.18, "medium": 0.44, "low": 0.38}),
    )


def _registered(random: Random, today: date) -> date:
    """A day in the last five calendar years, yesterday at the latest; later years weigh more."""
    year = today.year - YEARS + 1 + random.choices(range(YEARS), region.YEAR_WEIGHT)[0]
    days = (min(date(year, 12, 31), today - timedelta(days=1)) - date(year, 1, 1)).days + 1
    return date(year, 1, 1) + timedelta(days=random.randrange(days)) if days > 0 else today - timedelta(days=1)


def _age(random: Random, path: str) -> int:
    low, high, _ = random.choices(region.AGES[path], [weight for *_, weight in region.AGES[path]])[0]
    return random.randint(low, high)


def _birthday(random: Random, on: date, age_years: int) -> date:
    """A birthday that makes the person exactly this many years old on that day."""
    latest = date(on.year - age_years, on.month, min(on.day, 28))
    return latest - timedelta(days=random.randrange(0, 364))


def _months(random: Random) -> int:
    low, high, *_ = random.choices(MONTHS, [band[3] for band in MONTHS])[0]
    return random.randint(max(low, 1), high)


def _exploitation(random: Random, path: str, age_years: int, *, is_female: bool) -> tuple[str, ...]:
    main = {
        "work": "ForcedLabour",
        "sex": "SexualExploitation",
        "home": "ForcedLabour",
        "begging": "ForcedBegging",
        "crime": "ForcedCriminality",
    }
    forms = {main[path]}
    if path in ("home", "work") and is_female and random.random() < 0.12:
        forms.add("SexualExploitation")
    if path == "home" and random.random() < 0.45:
        forms.add("Servitude")
    if path == "home" and is_female and random.random() < 0.14:
        forms.add("ForcedMarriage")
    if path in ("work", "home") and age_years < 15:
        forms.add("ChildLabour")
    if path == "crime" and random.random() < 0.15:
        forms.add("ForcedLabour")
    return tuple(sorted(forms))


def _sex_types(random: Random, path: str, year: int) -> tuple[str, ...]:
    """Kinds of sexual exploitation; services at a distance grow with the years (0 oldest to 5 newest)."""
    if path != "sex":
        return ()
    chances = {
        "Prostitution": 0.78,
        "Pornography": 0.11,
        "PrivateSexualServices": 0.17,
        "RemoteInteractiveServices": 0.04 + 0.04 * year,
    }
    return tuple(kind for kind, chance in chances.items() if random.random() < chance)


def _means(random: Random, path: str, age_years: int) -> tuple[str, ...]:
    """Means of control rise and fall together: one draw of severity moves them all."""
    severity = random.gauss(0.0, 0.22) + (0.05 if age_years < 18 else 0.0)
    return tuple(code for code, chance in region.MEANS[path].items() if random.random() < min(0.97, max(0.01, chance + severity)))


def _journey(random: Random, origin: str, destination: str, registered_on: date, months: int) -> tuple[Stretch, ...]:
    """From home by way of at most one transit country to the place of exploitation, with plausible days."""
    begun = registered_on - timedelta(days=30 * months + random.randrange(20, 160))
    home = random.choice(region.PLACES[origin])
    stops = [(origin, home)]
    between = [country for country in region.COUNTRIES if country not in (origin, destination)]
    if origin != destination and random.random() < 0.28:
        stops.append((between[0], random.choice(region.PLACES[between[0]])))
    end = random.choice([place for place in region.PLACES[destination] if (destination, place) != (origin, home)])
    stops.append((destination, end))
    legs, day = [], begun
    for number, ((from_country, from_place), (to_country, to_place)) in enumerate(pairwise(stops)):
        kind = "Recruitment" if number == 0 else "Transit"
        by = random.choice(("road", "road", "rail", "sea") if from_country != to_country else ("road", "rail"))
        legs.append(Stretch(kind, from_country, from_place, to_country, to_place, day, by))
        day += timedelta(days=random.randrange(1, 12))
    return tuple(legs)
