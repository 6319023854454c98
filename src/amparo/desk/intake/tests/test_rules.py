"""What old lists write is read as it was meant, or refused with a reason; nothing is guessed."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.intake import columns, rules
from amparo.desk.intake.rules import Order, Triage, Unread
from amparo.desk.intake.words import MEANINGS

TODAY = date(2026, 11, 26)
READ = [
    ("2019", "2019"),
    ("03/2019", "2019-03"),
    ("2019/3", "2019-03"),
    ("about 2019", "2019~"),
    ("ca. 2019", "2019~"),
    ("~2019", "2019~"),
    ("2019?", "2019~"),
    ("2019 (approx.)", "2019~"),
    ("environ mars 2019", "2019-03~"),
    ("vers 2019", "2019~"),
    ("hacia marzo de 2019", "2019-03~"),
    ("23.04.2019", "2019-04-23"),
    ("2019-03-12", "2019-03-12"),
    ("2019-03-12 00:00:00", "2019-03-12"),
    ("12 March 2019", "2019-03-12"),
    ("March 3, 2019", "2019-03-03"),
    ("1er mars 2019", "2019-03-01"),
    ("12 août 2019", "2019-08-12"),
    ("12 de marzo de 2019", "2019-03-12"),
    ("Desconocida", "unknown"),
    ("a refusé", "declined"),
    ("26.11.2026", "2026-11-26"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "meant"), READ)
def test_a_date_is_read_as_it_was_written(text, meant):
    assert str(rules.read_date(text, order=Order.DAY_FIRST, today=TODAY)) == meant


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31/02/2019", "no_such_date"),
        ("2031", "date_in_the_future"),
        ("1850", "date_too_early"),
        ("soon", "no_date"),
        ("13/13/2019", "no_such_date"),
        ("mars", "no_date"),
        ("12 Marvember 2019", "no_date"),
        ("Marvember 12, 2019", "no_date"),
        ("27.11.2026", "date_in_the_future"),
        ("12/03/19", "no_date"),
    ],
)
def test_what_is_no_date_is_refused_with_a_reason(text, code):
    with pytest.raises(Unread) as refused:
        rules.read_date(text, order=Order.DAY_FIRST, today=TODAY)
    assert refused.value.code == code


def test_day_and_month_are_never_guessed():
    with pytest.raises(Unread, match="ambiguous_date"):
        rules.read_date("04/03/2019", order=Order.UNSAID, today=TODAY)
    assert str(rules.read_date("04/03/2019", order=Order.MONTH_FIRST, today=TODAY)) == "2019-04-03"
    assert str(rules.read_date("04/04/2019", order=Order.UNSAID, today=TODAY)) == "2019-04-04"


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (["04/03/2019", "23/03/2019"], Order.DAY_FIRST),
        (["04/03/2019", "about 03/23/2019"], Order.MONTH_FIRST),
        (["04/03/2019"], Order.UNSAID),
        (["23/03/2019", "03/23/2019"], Order.UNSAID),
        (["2019"], Order.UNSAID),
        (["12/12/2019", "12/04/2019", "04/12/2019"], Order.UNSAID),
        (["13/04/2019"], Order.DAY_FIRST),
        (["04/13/2019"], Order.MONTH_FIRST),
    ],
)
def test_a_column_itself_can_prove_its_order(column, order):
    assert rules.order_in(column) is order


@given(st.dates(date(1900, 1, 1), TODAY))
def test_every_day_is_read_back_however_it_is_written(day):
    for text in (
        day.isoformat(),
        f"{day.day:02d}/{day.month:02d}/{day.year}",
        f"{day.day} {rules.MONTHS[day.month - 1][0]} {day.year}",
    ):
        assert rules.read_date(text, order=Order.DAY_FIRST, today=TODAY) == PartialDate.parse(day.isoformat())


@given(st.text(max_size=30))
def test_no_text_is_more_than_refused(text):
    for read in (lambda: rules.read_date(text, order=Order.UNSAID, today=TODAY), lambda: rules.read_age(text)):
        try:
            read()
        except Unread:
            continue


AGES = [("17", (17, False)), ("about 17", (17, True)), ("17?", (17, True)), ("120", (120, False)), ("0", (0, False))]
AGES += [(f"{about} 17", (17, True)) for about in ("unos", "unas", "autour de", "à peu près", "aprox.", "environ", "roughly")]


@pytest.mark.parametrize(("text", "age"), [*AGES, *((nothing, (None, False)) for nothing in ("", "inconnu", "declined"))])
def test_an_age_says_whether_it_is_an_estimate(text, age):
    found = rules.read_age(text)
    assert (found.years, found.is_estimate) == age


def test_an_age_is_a_number_of_years():
    for text in ("121", "170", "young", "1.5"):
        with pytest.raises(Unread, match="no_age"):
            rules.read_age(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("Yes", True), ("oui", True), ("Sí", True), ("x", True), ("non", False), ("0", False), ("", None), ("unknown", None)],
)
def test_yes_and_no_are_read_and_nothing_is_neither(text, meant):
    assert rules.read_yes(text) is meant


def test_what_is_neither_yes_nor_no_is_refused():
    for text in ("perhaps", "2", "yes and no"):
        with pytest.raises(Unread, match="no_yes_or_no"):
            rules.read_yes(text)


def test_a_cell_that_repeats_the_line_above():
    assert [rules.is_ditto(text) for text in ('"', " Idem ", "id.", "", "no", "Mira")] == [True] * 3 + [False] * 3


def test_the_first_look_is_due_on_the_day_itself():
    assert rules.triage(came_on=TODAY, is_taken=False, today=TODAY) is Triage.TODAY
    assert rules.triage(came_on=date(2026, 11, 25), is_taken=False, today=TODAY) is Triage.LATE
    assert rules.triage(came_on=date(2026, 11, 25), is_taken=True, today=TODAY) is Triage.TAKEN


def test_headings_are_known_in_three_languages():
    french = columns.proposed(["N° de dossier", "Prénom", "Nom", "Date d’ouverture", "Sexe", "Remarques"])
    assert list(french.values()) == ["legacy_number", "given_names", "family_name", "opened_on", "gender", "*note"]
    spanish = columns.proposed(["Expediente", "Apellidos", "Nombre", "Fecha de apertura", "Nacionalidad"])
    assert list(spanish.values()) == ["legacy_number", "family_name", "given_names", "opened_on", "citizenship"]
    for language in ("en", "fr", "es"):
        with translation.override(language):
            ours = {str(words): name for name, words in MEANINGS.items() if name not in (columns.LEAVE_OUT, columns.INTO_THE_NOTE)}
        assert columns.proposed(ours) == ours, "what the page itself calls a column is that column"
    assert columns.proposed(["Old number"]) == {"Old number": "legacy_number"}
    assert columns.proposed(["Shelter bed"]) == {"Shelter bed": "*note"}, "what nobody knows goes into the note"
    assert columns.proposed(["Date opened", "Date"])["Date"] == "", "one column tells it"


def test_answers_are_known_as_code_and_in_words():
    assert columns.codes_of("country", "Nigeria, Ghana") == ["NG", "GH"]
    assert columns.codes_of("country", "Trinidad and Tobago") == ["TT"]
    assert columns.codes_of("country", "Turkey, Côte d’Ivoire, Ivory Coast, UK") == ["TR", "CI", "GB"]
    assert columns.codes_of("language", "français / english") == ["fra", "eng"]
    assert columns.code_of("gender", "Femme") == "Feminine"
    with pytest.raises(Unread):
        columns.code_of("gender", "blue")


@pytest.mark.parametrize(
    ("families", "children", "expected"),
    [
        ({1: "", 2: ""}, {1}, {1}),
        ({1: "A", 2: "A"}, {1}, set()),
        ({1: "A", 2: "A", 3: "B"}, {1, 2}, {1, 2}),
        ({1: "A", 2: "B"}, {1}, {1}),
        ({}, set(), set()),
    ],
)
def test_a_child_is_alone_who_came_with_nobody_who_may_be_grown_up(families, children, expected):
    assert rules.alone(families, children) == expected
