"""Lists to which a country adds are filters and columns of the people list: each finds, is told in words, opens to nobody more."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.roles import Role
from amparo.desk.cases import actions, kin
from amparo.desk.cases.life import Closing
from amparo.desk.cases.models import Case
from amparo.desk.cases.papers import IdentityPaper
from amparo.desk.core import scope
from amparo.desk.identification import help_actions
from amparo.desk.journeys import actions as journeys
from amparo.desk.questions import actions as questions
from amparo.desk.questions import desk_lists, extending, pack
from amparo.desk.workbench import coded_facts, exporting
from amparo.desk.workbench.filters import PeopleFilter, counted

TODAY = timezone.localdate()
pytestmark = pytest.mark.django_db
LEFT_OUT = {
    *("note_kind", "kept_document", "closing_line"),  # guarded or sealed
    *("contact_means", "contact_with"),  # of one note
    *("actor_kind", "perpetrator_role", "party", "decided_or_paid", "sum_purpose", "website"),  # of others, or of a sum in one leg
    *("conflict_kind", "teller", "signal_outcome"),  # of colleagues, of signals
    *("exploitation", "gender"),  # filters of their own
}


@pytest.fixture
def bring(make_member, shelter):
    """Bring a code that is counted as another; return it."""

    def make(name, counted_as, words="Locally"):
        administrator = make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")
        files = {
            "pack.toml": f"country = 'XC'\nversion = '1'\nlanguages = ['en']\n[extends]\nmore = '{name}'\n",
            "lists/more.csv": f"code,label_en,maps_to\nLocal,{words},{counted_as}\n",
        }
        for one in questions.bring(
            pack=pack.read({path: text.encode() for path, text in files.items()}, today=TODAY), by=administrator
        ):
            questions.activate(edition=one, by=administrator, on=TODAY, version=1)
        return "Local"

    return make


@pytest.fixture(autouse=True)
def in_office(shelter):
    """Every page has the scope of its office."""
    with scope.of(shelter.id):
        yield


@pytest.fixture
def two(her_caseworker):
    return [actions.open_case(by=her_caseworker, opened_on=TODAY - timedelta(9), person={}) for _number in range(2)]


def found(member, **filters):
    return [case.pk for case in PeopleFilter.from_query(filters).of(member)]


def offer(case, by, kind="asylum"):
    return help_actions.offer(case=case, by=by, values={"kind": kind, "offered_on": TODAY})


def test_every_list_is_a_filter_and_a_column_or_is_left_out_on_purpose():
    held = {fact.list_name for fact in coded_facts.FACTS.values()}
    assert held | LEFT_OUT == extending.names()
    assert not held & LEFT_OUT


def rows_of(fact, case, code):
    """Make the row in which a fact stands of a case."""
    if fact.is_on_the_case:
        empty = Case._meta.get_field(fact.column).get_default()
        setattr(case, fact.column, {code: "yes"} if isinstance(empty, dict) else code)
        case.save()


@pytest.mark.parametrize("name", [name for name, fact in coded_facts.FACTS.items() if fact.is_on_the_case])
def test_a_fact_on_the_case_narrows_and_is_told(two, her_caseworker, name, bring):
    fact = coded_facts.FACTS[name]
    first = coded_facts.offered(name)[0][0]
    added = bring(fact.list_name, first)
    rows_of(fact, two[0], added)
    rows_of(fact, two[1], first)
    assert found(her_caseworker, **{name: added}) == [two[0].pk]
    assert found(her_caseworker, **{name: first}) == [two[1].pk]
    assert coded_facts.words_for(two, [name])[name][two[0].pk] == "Locally"


def test_what_belongs_to_a_case_narrows_by_the_code_and_by_what_is_counted_as_it(two, her_caseworker, bring):
    local = bring("other_help", "legal")
    offer(two[0], her_caseworker, local)
    offer(two[1], her_caseworker, "asylum")
    assert found(her_caseworker, help=local) == [two[0].pk]
    assert found(her_caseworker, help="legal") == [two[0].pk], "the wider code finds what is counted as it"
    assert found(her_caseworker, help="asylum") == [two[1].pk]
    assert found(her_caseworker, help="asylum", means="Local") == found(her_caseworker, help="asylum"), "nobody offers that"


def test_legs_papers_relatives_and_roles_narrow(two, her_caseworker, make_member, shelter):
    journeys.add_leg(case=two[0], by=her_caseworker, values={"kind": "Transport", "transport": "boat", "border": "own_papers"})
    assert found(her_caseworker, transport="boat") == found(her_caseworker, border="own_papers") == [two[0].pk]
    paper = kin.record(case=two[1], by=her_caseworker, model=IdentityPaper, values={"kind": "passport", "holder": "trafficker"})
    assert found(her_caseworker, holder="trafficker") == found(her_caseworker, paper="passport") == [two[1].pk]
    kin.remove(case=two[1], row=paper, by=her_caseworker)
    assert found(her_caseworker, holder="trafficker") == [], "what was removed does not count"
    supervisor = make_member(shelter, Role.SUPERVISOR)
    actions.join_team(case=two[1], by=supervisor, member=supervisor, role="lawyer", since=TODAY)
    assert found(her_caseworker, role="lawyer") == [two[1].pk]


def test_who_asks_why_cases_ended_is_shown_ended_cases(two, her_caseworker):
    Closing.objects.create(
        organisation_id=two[0].organisation_id,
        key_id=two[0].key_id,
        case=two[0],
        ending="settled",
        ended_on=TODAY,
        prepared_by=her_caseworker,
        prepared_at=timezone.now(),
        verdict="closed",
        decided_by=her_caseworker,
        decided_at=timezone.now(),
    )
    Case.objects.filter(pk=two[0].pk).update(stage="closed", status="Closed", closed_on=TODAY)
    assert found(her_caseworker, ending="settled") == [two[0].pk]
    assert found(her_caseworker, ending="moved") == []


def test_a_fact_that_the_role_does_not_open_finds_nothing_and_is_not_offered(two, her_caseworker, sign_in, monkeypatch):
    offer(two[0], her_caseworker)
    monkeypatch.setattr(coded_facts.secrecy, "cleared", lambda member, field, row=None: field.name != "kind")
    assert found(her_caseworker, help="asylum") == []
    page = sign_in(her_caseworker).get(reverse("people_filters")).content.decode()
    assert 'name="help"' not in page
    assert 'name="transport"' in page


@pytest.mark.parametrize("word", ["isnull", "in", "asylum'", "a b", "asylum__in", "unknown"])
def test_a_word_that_is_no_code_narrows_nothing(word):
    for name in ("help", "means", "decided_by"):
        assert getattr(PeopleFilter.from_query({name: word}), name) == ""


def test_the_page_asks_as_often_for_many_cases_as_for_few(two, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    address = reverse("people") + "?columns=" + "-".join(("age", *coded_facts.FACTS))

    def asked():
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.get(address).content.decode()
        return len(queries), page

    for case in two:
        offer(case, her_caseworker)
    few, page = asked()
    assert page.count("Asylum or other international protection") == 2
    for _number in range(6):
        offer(actions.open_case(by=her_caseworker, opened_on=TODAY, person={}), her_caseworker)
    many, page = asked()
    assert page.count("Asylum or other international protection") == 8
    assert many == few


@pytest.mark.parametrize("name", [name for name, fact in coded_facts.FACTS.items() if not fact.is_on_the_case])
def test_every_fact_is_looked_up_by_an_index(two, her_caseworker, name):
    code = coded_facts.offered(name)[-1][0]
    rows = PeopleFilter.from_query({name: code, "shows_closed": "1"}).of(her_caseworker)
    plan = rows[:26].explain()
    table = coded_facts.FACTS[name].model._meta.db_table
    if connection.vendor == "sqlite":
        assert table in str(rows.query)
        assert "SCAN" not in plan.upper().replace("SCAN CONSTANT ROW", ""), plan
    assert counted(rows) == (0, False)


def test_what_the_list_shows_leaves_with_it_and_nothing_more(two, her_caseworker):
    offer(two[0], her_caseworker)
    chosen = PeopleFilter.from_query({"columns": "age-help"})
    fields = exporting.fields_for(her_caseworker, chosen)
    assert [field.fact for field in fields if field.fact] == ["help"]
    assert not [field for field in exporting.fields_for(her_caseworker, PeopleFilter()) if field.fact]
    rows = [
        case for batch in exporting.batches(exporting.rows_for(her_caseworker, chosen), chosen, her_caseworker) for case in batch
    ]
    said = {case.pk: fields[-1].cell(case, "en") for case in rows}
    assert said == {two[0].pk: "Asylum or other international protection", two[1].pk: ""}


def test_the_chip_says_the_fact_in_words_and_a_kept_list_keeps_it(two, her_caseworker, sign_in, bring):
    local = bring("workplace", "field", "Orchard")
    journeys.add_leg(case=two[0], by=her_caseworker, values={"kind": "Exploitation", "workplace": local})
    page = sign_in(her_caseworker).get(reverse("people"), {"workplace": local, "columns": "age-workplace"}).content.decode()
    assert two[0].number in page
    assert two[1].number not in page
    assert "Kind of workplace" in page
    assert page.count("Orchard") >= 2, "in the chip and in the column"


def test_nothing_that_is_kept_for_the_program_is_a_fact():
    for name in coded_facts.FACTS:
        codes = {code for code, _words in coded_facts.offered(name)}
        own = desk_lists.find(coded_facts.FACTS[name].list_name)
        assert not own or not codes & {"unknown", "declined", ""}
    assert uuid.UUID(int=0) not in coded_facts.words_for([], ["help"])["help"]
