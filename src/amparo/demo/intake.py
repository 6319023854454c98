"""What the demo shows of how people come in: calls and reports, a landing, and a list from an earlier system."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

from amparo.demo.names import given_name
from amparo.desk.access.models import Member
from amparo.desk.cases import actions as cases
from amparo.desk.cases.choices import AgeSource
from amparo.desk.cases.stages import Stage
from amparo.desk.core.ids import uuid7
from amparo.desk.intake import actions, batches, importing
from amparo.desk.intake.batch_lines import Line
from amparo.desk.intake.choices import Kind

SEED = 20261126
LANDED = 30
HELPLINE = (
    "A woman calls for her neighbour, who looks after two old people and has not been seen alone since spring. "
    "The neighbour asked her through the window where her passport could be got back."
)
HERSELF = "She stands at the door with a small bag. She worked in a kitchen for board and lodging and left this morning."
SITUATION = (
    "Five or six men are brought to a building site before six and fetched after dark. They are told not to speak to anybody. "
    "One wears sandals in the rain."
)
URGENT = {
    3: "Burns on both legs from fuel",
    4: "Seven months pregnant, dizzy",
    11: "Alone, looks younger than twelve",
    19: "Does not stop shivering",
}
LIST = (
    "File no;Opened;Closed;Status;Name;Date of birth;Sex;Language;Remarks;To do;Due\n"
    "OLD/114;about 2017;03/2019;closed;Aldemar, Sefa;1991;f;French;Came back once for papers;;\n"
    "OLD/127;23/05/2018;2021;closed;Benlit, Toma;about 1985;m;English;;;\n"
    "OLD/131;09/2019;;open;Corvane, Ilja;;m;Russian;Moves often;Ask about the court date;01/02/2020\n"
    "OLD/140;2020;;open;Dastari, Nore;1999;f;Arabic;;;\n"
)
WAITING = (
    "N° dossier;Ouvert le;Statut;Prénom;Nom;Année de naissance;Sexe;Remarques\n"
    "P-7;vers 2016;clos;Maëlle;Ostrin;1988;femme;\n"
    "P-9;03/2018;ouvert;Jorim;Pallet;environ 1994;homme;dort chez un cousin\n"
    "P-9;2019;ouvert;Rosa;Quarin;1990;femme;\n"
)


def show_intake(members: Mapping[str, Member], today: date) -> None:
    """Let a few people have come in at Lantern House, by the desk's own actions."""
    maro, tovan = (members[f"{name}@demo.example"] for name in ("maro", "tovan"))
    show_signals(maro)
    show_landing(maro, today)
    show_lists(tovan)


def show_signals(by: Member) -> None:
    """A helpline call, somebody at the door, and a place of which nobody's name is known."""
    call = {"danger": "unknown", "text": HELPLINE, "place": "Upper Vell Street", "teller": "witness", "language": "fra"}
    call |= {"callback_rule": "Only on weekday mornings. Say it is about the library card.", "answer_to": "000 555 0177"}
    taken = actions.write_down(by=by, kind=Kind.HELPLINE, values=call)
    actions.take_up(signal=taken, by=by)
    actions.write_down(by=by, kind=Kind.SELF, values={"danger": "no", "text": HERSELF, "teller": "person"})
    told = {"danger": "yes", "text": SITUATION, "place": "The new warehouses by the ring road", "teller": "anonymous"}
    actions.write_down(by=by, kind=Kind.SITUATION, values=told | {"sector": "F_Construction", "people": 6})


def show_landing(by: Member, today: date) -> None:
    """A landing of thirty people three days ago: some were talked to since, one was screened, most wait."""
    draw, day = Random(SEED), today - timedelta(days=3)  # noqa: S311
    people = [_landed(line, draw, day) for line in range(1, LANDED + 1)]
    values = {
        "happened_on": day,
        "scene": "landing",
        "place": "North quay of Puerto Calmo",
        "present": "Coast guard, health service of the port, Lantern House",
    }
    values["interpreter"] = "Two interpreters on site, one by telephone"
    batch = batches.register(by=by, values=values, people=people, stage=Stage.SIGNAL, row_id=uuid7())
    for place in batch.lines.select_related("case").order_by("line"):
        if place.line <= 9:
            cases.move(case=place.case, by=by, to=Stage.FIRST_CONTACT, on=day + timedelta(days=1))
        if place.line == 3:
            cases.move(case=place.case, by=by, to=Stage.PRESUMED, on=today)


def _landed(line: int, draw: Random, day: date) -> Line:
    age, country = draw.choice((9, 14, 16, 17, 19, 22, 24, 28, 31, 36, 44)), draw.choice(("XA", "XB"))
    is_female = draw.random() < 0.4
    person = {
        "given_names": given_name(draw, country, is_female=is_female),
        "stated_age": age,
        "age_stated_on": day,
        "age_source": AgeSource.STATED.value,
        "gender": "Feminine" if is_female else "Masculine",
        "citizenship": [country],
        "languages": [draw.choice(("fra", "ara", "eng"))],
    }
    if line % 7 == 0:
        del person["given_names"]
    if age == 17:
        person["age_is_contested"] = True
    return Line(line, person, URGENT.get(line, ""), "A" if line in (3, 4, 5) else "B" if line in (8, 9) else "")


def show_lists(by: Member) -> None:
    """One list from an earlier system is in the cases, and one waits for somebody to look at it."""
    done = importing.bring(by=by, name="caseload-2017-2020.csv", pieces=[LIST.encode()])
    importing.enqueue(caseload=done, by=by)
    importing.work(done.pk)
    importing.bring(by=by, name="ancien-bureau.csv", pieces=[WAITING.encode()])
