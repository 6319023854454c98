"""The columns of an old caseload: what each means, what offices call it in three languages, and how its cells are read.

No Django here: headings and answers are matched with the standard's own labels, in every language at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from amparo.desk.questions import coded
from amparo.standard import codes
from amparo.standard.reasons import LANGUAGES

from .rules import Unread, folded, squeezed

LEAVE_OUT, INTO_THE_NOTE = "", "*note"


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that a caseload can tell: its name, what lists call it, and the code list of its answers."""

    name: str
    called: str
    codes: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings that mean it, in three languages."""
        return (self.name, *self.called.split("|"))


COLUMNS: tuple[Column, ...] = (
    Column(
        "legacy_number",
        "legacy number|case number|case no|case id|file number|file no|reference|ref|id|number|no|"
        "numero de dossier|n de dossier|n dossier|dossier|numero|no dossier|reference du dossier|numero de expediente|"
        "expediente|n expediente|numero de caso|num expediente|referencia|"
        "number in the earlier system|number in an earlier system|earlier number|old number|old no|old case number|previous number|"
        "former number|legacy no|legacy id|numero dans l ancien systeme|ancien numero|numero anterieur|"
        "numero en el sistema anterior|numero antiguo|numero anterior",
    ),
    Column(
        "opened_on",
        "opened on|opened|date opened|opening date|registration date|date of registration|intake date|date|"
        "ouvert le|date d ouverture|date ouverture|date d enregistrement|date d admission|date d accueil|"
        "abierto el|fecha de apertura|fecha apertura|fecha de registro|fecha de ingreso|fecha|"
        "day on which the case was opened|jour d ouverture du dossier|dia en que se abrio el caso",
    ),
    Column(
        "closed_on",
        "closed on|closed|date closed|closing date|ferme le|cloture le|date de cloture|date cloture|"
        "date de fermeture|cerrado el|fecha de cierre|fecha cierre|"
        "day on which the case was closed|jour de cloture du dossier|dia en que se cerro el caso",
    ),
    Column(
        "stage",
        "stage|status|state|case status|etape|statut|etat|stade|etapa|estado|fase|"
        "stage or open and closed|etape ou ouvert et clos|etapa o abierto y cerrado",
    ),
    Column(
        "given_names",
        "given names|given name|first name|first names|forename|prenom|prenoms|nombre|nombres|nombre de pila",
    ),
    Column("family_name", "family name|surname|last name|nom de famille|nom|patronyme|apellido|apellidos"),
    Column(
        "full_name",
        "name|full name|nom complet|nom et prenom|nom prenom|nombre completo|nombre y apellidos|"
        "name in one cell|nom en une case|nombre en una celda",
    ),
    Column(
        "other_names",
        "other names|alias|aliases|also known as|aka|nickname|autres noms|surnom|otros nombres|apodo|"
        "other names or spellings|autres noms ou graphies|otros nombres o grafias",
    ),
    Column(
        "birth_date",
        "date of birth|birth date|birthdate|dob|born|year of birth|date de naissance|ddn|ne le|nee le|"
        "annee de naissance|naissance|fecha de nacimiento|fecha nacimiento|nacimiento|ano de nacimiento",
    ),
    Column(
        "stated_age",
        "age|age in years|age at intake|age declare|edad|edad declarada|anos|age in years when the case was opened|"
        "age en annees a l ouverture du dossier|edad en anos cuando se abrio el caso",
    ),
    Column(
        "age_is_contested",
        "age contested|age disputed|contested age|age conteste|age contestee|edad discutida|edad impugnada|"
        "the age is contested|l age est conteste|la edad esta en disputa",
    ),
    Column("gender", "gender|sex|genre|sexe|genero|sexo", "gender"),
    Column(
        "citizenship",
        "citizenship|nationality|country of origin|nationalite|citoyennete|pays d origine|nacionalidad|"
        "ciudadania|pais de origen|nationalities|nationalites|nacionalidades",
        "country",
    ),
    Column("languages", "language|languages|langue|langues|langue parlee|idioma|idiomas|lengua", "language"),
    Column(
        "safe_contact_rule",
        "safe contact|safe contact rule|how to contact|contact rule|contact sur|contact en securite|"
        "contacto seguro|regla de contacto|como contactar|"
        "how to contact safely|comment contacter sans danger|como contactar sin peligro",
    ),
    Column("phone", "phone|telephone|tel|mobile|phone number|portable|telefono|movil|celular"),
    Column("email", "e mail|email|mail|courriel|adresse electronique|correo|correo electronico"),
    Column("address", "address|adresse|direccion|domicilio"),
    Column(
        "identity_number",
        "passport|passport number|identity document|id document|document number|passeport|"
        "numero de passeport|piece d identite|pasaporte|numero de pasaporte|documento|documento de identidad|"
        "number of an identity document|numero d une piece d identite|numero de un documento de identidad",
    ),
    Column(
        "exploitation",
        "exploitation|form of exploitation|forms of exploitation|type of exploitation|type d exploitation|"
        "forme d exploitation|formes d exploitation|explotacion|forma de explotacion|formas de explotacion|tipo de explotacion",
        "exploitation",
    ),
    Column(
        "exploitation_country", "country of exploitation|exploitation country|pays d exploitation|pais de explotacion", "country"
    ),
    Column("exploitation_place", "place of exploitation|lieu d exploitation|lugar de explotacion"),
    Column("next_step", "next step|to do|todo|prochaine etape|a faire|proximo paso|pendiente|por hacer"),
    Column(
        "next_step_on",
        "next step on|next step by|due|due date|deadline|echeance|date limite|vencimiento|fecha limite|"
        "prochaine etape avant le|proximo paso antes del",
    ),
    Column(
        "case_manager",
        "case manager|caseworker|responsible|worker|referent|referente|intervenant|responsable|gestor|"
        "gestionnaire de cas|gestor de casos",
    ),
    Column(
        INTO_THE_NOTE,
        "note|notes|comment|comments|remarks|remarques|commentaires|observations|notas|observaciones|comentarios",
    ),
)
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}
SEVERAL = frozenset({INTO_THE_NOTE, "citizenship", "languages", "exploitation", "phone", "other_names"})
"""What more than one column of a file may tell."""
DATES = ("opened_on", "closed_on", "birth_date", "next_step_on")


@cache
def _headings() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for column in COLUMNS:
        for heading in column.headings:
            found.setdefault(squeezed(heading), column.name)
    return found


OURS = frozenset(
    squeezed(heading)
    for heading in ("Row", "Ligne", "Fila", "Why it was not taken over", "Pourquoi elle n’a pas été reprise", "Por qué no se tomó")
)
"""Headings of our own list of rows that stayed out: whoever mends it brings it in as it is."""


def proposed(names: Iterable[str]) -> dict[str, str]:
    """Return what each heading of a file means by its words alone; two that mean the same single thing: the first does."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for name in names:
        if squeezed(name) in OURS:
            found[name] = LEAVE_OUT
            continue
        meant = _headings().get(squeezed(name), INTO_THE_NOTE)
        found[name] = LEAVE_OUT if meant in taken and meant not in SEVERAL else meant
        taken.add(meant)
    return found


SHORT: Mapping[str, Mapping[str, str]] = {
    "country": {
        "turkey": "TR",
        **dict.fromkeys(("czech republic", "republique tcheque", "republica checa"), "CZ"),
        **dict.fromkeys(("ivory coast", "costa de marfil"), "CI"),
        **dict.fromkeys(("uk", "great britain", "grande bretagne", "gran bretana"), "GB"),
        **dict.fromkeys(("usa", "united states of america", "etats unis d amerique", "ee uu", "eeuu"), "US"),
        **dict.fromkeys(("dr congo", "drc", "democratic republic of the congo", "rd congo", "rdc"), "CD"),
        **dict.fromkeys(("republique democratique du congo", "republica democratica del congo"), "CD"),
        **dict.fromkeys(("burma", "birmanie", "birmania", "myanmar"), "MM"),
        **dict.fromkeys(("macedonia", "macedoine"), "MK"),
        **dict.fromkeys(("cabo verde",), "CV"),
        **dict.fromkeys(("swaziland", "suazilandia"), "SZ"),
        **dict.fromkeys(("russian federation", "federation de russie", "federacion de rusia"), "RU"),
        **dict.fromkeys(("viet nam",), "VN"),
        **dict.fromkeys(("republic of moldova", "republique de moldavie", "republica de moldavia"), "MD"),
        **dict.fromkeys(("palestine", "palestina"), "PS"),
        **dict.fromkeys(("east timor",), "TL"),
    },
    "gender": {
        **dict.fromkeys(("f", "female", "woman", "girl", "femme", "fille", "feminin", "mujer", "nina", "w"), "Feminine"),
        **dict.fromkeys(("m", "male", "man", "boy", "homme", "garcon", "masculin", "hombre", "nino", "h"), "Masculine"),
    },
}


@cache
def _answers(name: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for code in codes.load(name).codes:
        for words in (code.code, code.also, *(code.label[language] for language in LANGUAGES)):
            for spelling in (words, *(words.replace("&", also) for also in ("and", "et", "y") if "&" in words)):
                if spelling:
                    found.setdefault(squeezed(spelling), code.code)
    return {**found, **{squeezed(words): code for words, code in SHORT.get(name, {}).items()}}


def _added(name: str, words: str) -> str:
    """Return the code that the office adds to a list under such words, in any of its languages; "" for none."""
    offered = coded.added_on(name)
    return next((one.code for one in offered if words in map(squeezed, (one.code, *one.label.values()))), "")


def code_of(name: str, text: str) -> str:
    """Return the code of an answer, given as code or in the words of any of the three languages; raise `Unread`."""
    found = _answers(name).get(squeezed(text), "") or _added(name, squeezed(text))
    if not found:
        raise Unread("no_such_code")
    return found


def codes_of(name: str, text: str) -> list[str]:
    """Return the codes of several answers in one cell, each once; raise `Unread` where one of them is none."""
    if squeezed(text) in _answers(name) or _added(name, squeezed(text)):
        return [code_of(name, text)]
    parts = [part for part in re.split(r"[,;/|+\n]| and | et | y ", text) if part.strip()]
    return list(dict.fromkeys(code_of(name, part) for part in parts))


STAGES: Mapping[str, str] = {
    **dict.fromkeys(("open", "active", "ouvert", "en cours", "actif", "abierto", "activo", "en curso"), "first_contact"),
    **dict.fromkeys(("follow up", "suivi", "seguimiento"), "long_term_support"),
    **dict.fromkeys(("closed", "ended", "ferme", "clos", "cloture", "termine", "cerrado", "terminado", "archived"), "closed"),
    **dict.fromkeys(("lost", "perdu de vue", "perdu", "perdido", "contacto perdido"), "lost_contact"),
}


def stage_of(text: str, labels: Mapping[str, str]) -> str:
    """Return the stage that a cell names, in the words of any language or of old lists; raise `Unread`."""
    said = folded(text).replace("-", " ")
    found = labels.get(squeezed(text)) or STAGES.get(said)
    if not found:
        raise Unread("no_such_stage")
    return found
