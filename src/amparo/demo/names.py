"""Names put together from syllables: they sound like the region's and belong to nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

STARTS: Mapping[str, Sequence[str]] = {
    "XA": ("Vel", "Tor", "Mir", "Kas", "Ost", "Dra", "Ilv", "Sten", "Bor", "Zar", "Lud", "Yev", "Gren", "Pav", "Nik", "Rus"),
    "XB": ("Hal", "Wen", "Cor", "Lin", "Ash", "Bram", "Ced", "Ros", "Mar", "Tib", "Ell", "Fen", "Gar", "Orr", "Pell", "Sab"),
    "XC": ("Sal", "Mon", "Lor", "Bel", "Cas", "Riv", "Ser", "Tol", "Alm", "Bre", "Dul", "Fer", "Her", "Jul", "Nav", "Val"),
}
MIDDLES: Mapping[str, Sequence[str]] = {
    "XA": ("e", "o", "ani", "ori", "eni", "u", "ave", "isla"),
    "XB": ("a", "e", "ow", "er", "in", "o", "ial", "em"),
    "XC": ("a", "e", "i", "ede", "ari", "ové", "io", "án"),
}
GIVEN_ENDS: Mapping[str, Mapping[bool, Sequence[str]]] = {
    "XA": {True: ("na", "ka", "sha", "lia", "ra"), False: ("n", "sk", "mir", "rek", "ov")},
    "XB": {True: ("th", "lyn", "sie", "nne", "ra"), False: ("ck", "ton", "ric", "n", "dal")},
    "XC": {True: ("ria", "na", "sa", "lía", "da"), False: ("rio", "n", "do", "sto", "que")},
}
FAMILY_ENDS: Mapping[str, Sequence[str]] = {
    "XA": ("vich", "renko", "dal", "mov", "leth", "goran"),
    "XB": ("wick", "mere", "ston", "landry", "court", "holm"),
    "XC": ("mera", "ndoza", "rroyo", "squez", "lverde", "quín"),
}


def given_name(random: Random, country: str, *, is_female: bool) -> str:
    """Return an invented given name of a country."""
    return random.choice(STARTS[country]) + random.choice(MIDDLES[country]) + random.choice(GIVEN_ENDS[country][is_female])


def family_name(random: Random, country: str) -> str:
    """Return an invented family name of a country; in Costaverde people carry two."""
    one = random.choice(STARTS[country]) + random.choice(MIDDLES[country]) + random.choice(FAMILY_ENDS[country])
    if country != "XC":
        return one
    return one + " " + random.choice(STARTS[country]) + random.choice(MIDDLES[country]) + random.choice(FAMILY_ENDS[country])
