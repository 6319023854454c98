"""A comparison gives the same answer both ways round, in any order and script, and nothing unknown weighs."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.linkage import Description, Level, Span, alike, compare, comparing, keys, manual, scripts, words

ROOT = Path(__file__).resolve().parents[4]
TRIPLES = [
    ("Mohammed", "Мохаммед", "محمد"),
    ("Khadija", "Хадиджа", "خديجة"),
    ("Yusuf", "Юсуф", "يوسف"),
    ("Hussein", "Хусейн", "حسين"),
    ("Ahmed", "Ахмед", "أحمد"),
    ("Fatima", "Фатима", "فاطمة"),
    ("Jamal", "Джамал", "جمال"),
    ("Ramazan", "Рамазан", "رمضان"),
    ("Abdullah", "Абдуллах", "عبد الله"),
    ("Parviz", "Парвиз", "پرویز"),
    ("Maryam", "Марьям", "مريم"),
    ("Karim", "Карим", "كريم"),
]
"""One name in three scripts, as passports of the countries spell it."""
cells = [
    pytest.param(spec, row, expected, id=f"{spec.name}-{at}")
    for spec in manual.specs()
    for at, (row, expected) in enumerate(spec.rows())
]


@pytest.mark.parametrize(("spec", "row", "expected"), cells)
def test_the_rules_do_what_the_manual_says(spec, row, expected):
    assert spec.run(row) == expected


def test_every_way_to_agree_or_differ_stands_in_a_table():
    fields = {"name": "name", "born": "birth", "phone": "phone"}
    said = {
        f"{fields.get(spec.name) or row['what'].rstrip('s')}_{expected}"
        for spec in manual.specs()
        if spec.name in {*fields, "rest"}
        for row, expected in spec.rows()
    }
    assert {level.value for level in Level} <= said


@pytest.mark.parametrize("language", manual.FILES)
def test_the_manual_is_printed_from_the_tables(language):
    assert (ROOT / "docs" / manual.FILES[language]).read_text(encoding="utf-8") == manual.page(language)


@pytest.mark.parametrize("spellings", TRIPLES, ids=[one[0] for one in TRIPLES])
def test_one_name_in_three_scripts_is_one_name(spellings):
    for one in spellings:
        for other in spellings:
            assert len(words(one)) == len(words(other)) == 1
            assert alike(*words(one), *words(other)) >= comparing.CLOSE, (one, other)
            assert keys(one)[0] & keys(other)[0], "what sounds alike must share a key, or the sealed index cannot find it"


@pytest.mark.parametrize(("first", "second"), [(TRIPLES[at], TRIPLES[at + 1]) for at in range(0, len(TRIPLES) - 1)])
def test_the_script_of_a_name_changes_no_verdict(first, second):
    latin = Description(names=(f"{first[0]} {second[0]}",))
    for script in (1, 2):
        written = Description(names=(f"{second[script]} {first[script]}",))
        assert compare(latin, written).is_worth_a_look


SLOWLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""No test on time: a busy machine draws persons slowly."""
LETTERS = "abcdehjklmnopstuvyzéñößавгежхшюяابتثجحخدذرسشصضعغفقكلمنهوي -'"
names = st.text(alphabet=st.sampled_from(LETTERS), max_size=30) | st.text(max_size=20)
days = st.dates(min_value=date(1930, 1, 1), max_value=date(2026, 1, 1))
spans = st.none() | st.builds(
    lambda first, length, is_guess: Span(first, first + timedelta(length), is_guess), days, st.integers(0, 800), st.booleans()
)
persons = st.builds(
    Description,
    names=st.lists(names, max_size=3).map(tuple),
    born=spans,
    gender=st.sampled_from(["", "Feminine", "Masculine"]),
    citizenships=st.frozensets(st.sampled_from(["XA", "XB", "XC"]), max_size=2),
    phones=st.frozensets(st.sampled_from(["", "+34612345678", "0612345678", "112"]), max_size=2),
    documents=st.frozensets(st.sampled_from(["", "AB-12 34", "ab1234", "99"]), max_size=2),
)


@SLOWLY
@given(persons, persons)
def test_a_comparison_is_the_same_both_ways_round(one, other):
    assert compare(one, other) == compare(other, one)


@SLOWLY
@given(persons, persons, st.randoms())
def test_the_order_of_words_and_of_names_does_not_matter(one, other, random):
    def shuffled(person):
        parts = [name.split() for name in person.names]
        for part in parts:
            random.shuffle(part)
        random.shuffle(parts)
        telling = tuple(" ".join(part) for part in parts)
        return Description(telling, person.born, person.gender, person.citizenships, person.phones, person.documents)

    level = comparing.name_level(one.names, other.names)
    has_servant = any("bd" in scripts.romanise(word) for name in one.names for word in scripts.split(name))
    assert has_servant or comparing.name_level(shuffled(one).names, other.names) is level


@SLOWLY
@given(persons)
def test_nothing_known_weighs_nothing(person):
    assert compare(person, Description()).score == 0
    assert compare(person, Description()).reasons == ()


@SLOWLY
@given(persons)
def test_nobody_differs_from_themselves(person):
    against = {Level.NAME_DIFFERS, Level.BIRTH_DIFFERS, Level.GENDER_DIFFERS, Level.CITIZENSHIP_DIFFERS}
    against |= {Level.PHONE_DIFFERS, Level.DOCUMENT_DIFFERS}
    assert not against & {reason.level for reason in compare(person, person).reasons}


@SLOWLY
@given(spans, spans, st.integers(0, 400))
def test_a_wider_span_never_contradicts_more(one, other, days):
    if one is None or other is None:
        return
    wider = Span(one.earliest - timedelta(days), one.latest + timedelta(days), one.is_guess)
    if comparing.birth_level(one, other) is not Level.BIRTH_DIFFERS:
        assert comparing.birth_level(wider, other) is not Level.BIRTH_DIFFERS


@SLOWLY
@given(names)
def test_keys_and_likeness_take_any_text(name):
    for word in words(name):
        assert 0.0 <= alike(word, word) <= 1.0
        assert len(word.keys) <= 8


@SLOWLY
@given(names, names)
def test_the_score_is_the_sum_of_its_reasons(one, other):
    found = compare(Description((one,)), Description((other,)))
    assert found.score == pytest.approx(sum(reason.weight for reason in found.reasons))
