"""A code that a country adds to a list, of the standard or the desk, is asked, kept with its version, read, taken out and counted.

Everything here walks over the lists, the forms and the tables: a new one cannot be forgotten.
"""

import importlib
import pkgutil
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.db.models import Choices
from django.urls import reverse
from django.utils import timezone, translation

import amparo.desk
from amparo.desk.access.roles import Role
from amparo.desk.cases import actions as cases
from amparo.desk.cases import fields, summary
from amparo.desk.cases.models import Case
from amparo.desk.cases.versions import LISTS, in_words, of_row
from amparo.desk.config.judges import LISTS as LISTS_OF_ROOMS
from amparo.desk.contributions.own_cases import record_of
from amparo.desk.core import scope
from amparo.desk.core.answers import Answer
from amparo.desk.oversight import anonymising, copying
from amparo.desk.questions import actions, coded, desk_lists, extending, pack
from amparo.desk.workbench import exporting
from amparo.standard import codes
from amparo.standard.reasons import LANGUAGES, Refused
from amparo.standard.records import validate

pytestmark = pytest.mark.django_db
LISTED = sorted(extending.names())
STANDARD = sorted(extending.EXTENDABLE)
STANDARD_ONLY = {"cases.CountedCase"}
"""Tables that hold the standard's codes alone: what is added was mapped before."""


def local(name):
    """Return the code that the test's pack adds to a list."""
    return "Local" + name.title().replace("_", "")


def counted(name):
    """Return the code of the standard as which it is counted."""
    own = desk_lists.find(name)
    found = coded.load(name).current.codes
    return next(one.code for one in found if own is None or one.code in own.counts())


def written(*, word="Local", without=(), more=None):
    """Return a pack with one added code in every list, read."""
    files = {
        "pack.toml": "country = 'XC'\nversion = '1'\nlanguages = ['en', 'fr']\n[extends]\n"
        + "".join(f'{name}_added = "{name}"\n' for name in LISTED)
    }
    for name in LISTED:
        code = f"Other{local(name)}" if name in without else local(name)
        row = f"{code},{word} {name},Ici {name},{counted(name)}\n"
        files[f"lists/{name}_added.csv"] = f"code,label_en,label_fr,maps_to\n{row}"
    held = {name: text.encode() for name, text in (files | (more or {})).items()}
    return pack.read(held, today=timezone.localdate())


@pytest.fixture
def administrator(make_member, shelter):
    return make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")


@pytest.fixture
def bring(administrator):
    def make(**changes):
        made = actions.bring(pack=written(**changes), by=administrator)
        today = timezone.localdate()
        return {one.content["extends"]: actions.activate(edition=one, by=administrator, on=today, version=1) for one in made}

    return make


@pytest.fixture
def in_office(shelter):
    with scope.of(shelter.id):
        yield


def test_every_list_of_the_standard_can_be_added_to_or_says_why_not():
    assert set(codes.names()) == extending.EXTENDABLE | set(extending.FIXED)
    assert not extending.EXTENDABLE & set(extending.FIXED)
    assert not set(codes.names()) & set(desk_lists.every())
    assert written().wrong == ()


@pytest.mark.parametrize("room", LISTS_OF_ROOMS)
def test_every_list_of_the_desk_can_be_added_to_or_says_why_not(room):
    module = importlib.import_module(f"amparo.desk.{room}")
    known = [tuple(one.read()) for one in desk_lists.every().values()]
    held = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Choices) and one.__members__]
    for one in held:
        if one.__module__ == module.__name__:
            assert tuple(one.choices) in known, f"{one.__module__}.{one.__qualname__} is not declared"


@pytest.mark.parametrize("name", [name for name in LISTED if name not in STANDARD])
def test_nothing_is_counted_as_a_code_by_which_the_desk_acts(name):
    own = desk_lists.find(name)
    for kept in sorted(own.kept & own.spellings()):
        files = {"pack.toml": f"country = 'XC'\nversion = '1'\nlanguages = ['en']\n[extends]\nmore = '{name}'\n"}
        files["lists/more.csv"] = f"code,label_en,maps_to\nLocal,Local,{kept}\n"
        found = pack.read({path: text.encode() for path, text in files.items()}, today=timezone.localdate())
        if kept:
            assert {one.code for one in found.wrong} == {"code_maps_to_kept"}
            assert all(one.say(language) for one in found.wrong for language in LANGUAGES)


@pytest.mark.parametrize("name", sorted((set(codes.names()) | set(desk_lists.every())) - extending.names()))
def test_a_list_that_nobody_adds_to_is_refused_with_the_reason(name):
    files = {"pack.toml": "country = 'XC'\nversion = '1'\nlanguages = ['en']\n[extends]\nmore = '" + name + "'\n"}
    files["lists/more.csv"] = "code,label_en,maps_to\nLocal,Local,Other\n"
    found = pack.read({name: text.encode() for name, text in files.items()}, today=timezone.localdate())
    why = desk_lists.find(name).fixed if desk_lists.find(name) else extending.FIXED[name]
    assert {one.code for one in found.wrong} == {why}
    assert all(one.say(language) for one in found.wrong for language in LANGUAGES)


def test_the_manual_names_every_list_of_the_desk_with_what_an_added_code_can_be_counted_as():
    page = (Path(amparo.__file__).parents[2] / "docs" / "how-to" / "country-pack.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line.split("|") for line in page.splitlines() if line.startswith("| `")}
    for name in LISTED:
        own = desk_lists.find(name)
        if own is not None:
            _edge, _name, asked, counts, kept, _end = rows[name]
            assert asked.strip()
            assert set(re.findall(r"`(\w+)`", counts)) == own.counts(), name
            assert set(re.findall(r"`(\w+)`", kept)) == own.kept & own.spellings() - {""}, name


ROOMS = ("cases", "identification", "journeys", "consent", "intake")
"""The rooms in which people choose from the desk's own lists."""


def test_every_choice_of_a_table_is_of_a_list_that_is_declared():
    known = [own.spellings() - {""} for own in desk_lists.every().values()] + [set(Answer.values)]
    for room in ROOMS:
        for model in apps.get_app_config(room).get_models():
            if hasattr(model, "instance_type"):
                continue
            for field in model._meta.concrete_fields:
                if field.choices and f"{model._meta.label}.{field.name}" not in OF_THE_PROGRAM:
                    held = {str(code) for code, _words in field.flatchoices if code != ""}
                    assert any(held <= one for one in known), f"{model._meta.label}.{field.name} is of no declared list"


OF_THE_PROGRAM = {"intake.Caseload.state", "cases.Closing.verdict"}
"""Steps of the program itself, and what became of a request: nobody chooses them from a list."""


def test_the_manual_says_of_every_fixed_list_why_it_is():
    page = (Path(amparo.__file__).parents[2] / "docs" / "how-to" / "country-pack.md").read_text(encoding="utf-8")
    table = page.partition("| Fixed | Because |")[2].partition("\n\n")[0]
    named = re.findall(r"`(\w+)`", table)
    assert sorted(named) == sorted(name for name, own in desk_lists.every().items() if own.fixed)


def every_form():
    """Yield every form of the desk with its fields."""
    for module in pkgutil.walk_packages(amparo.desk.__path__, "amparo.desk."):
        if ".tests" not in module.name and module.name.rpartition(".")[2].endswith("forms"):
            importlib.import_module(module.name)
    waiting = list(forms.BaseForm.__subclasses__())
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        if found.__module__.startswith("amparo.desk.") and ".tests" not in found.__module__:
            yield found, getattr(found, "base_fields", {})


def offered_by(field):
    """Return the codes that a field offers."""
    choices = field.widget.offered() if hasattr(field.widget, "offered") else getattr(field, "choices", ())
    return {str(code) for code, _words in choices if code}


def lists_in(field):
    """Return the list that a field offers, by the codes in it."""
    held = offered_by(field)
    standards = {name: set(coded.load(name).offered.spellings()) for name in LISTED}
    own = getattr(field, "list_name", "")
    return [name for name, known in standards.items() if known <= held and own in ("", name)]


def test_every_form_that_asks_a_list_offers_what_was_added(bring, in_office):
    bring()
    asked = {}
    for form, held in every_form():
        for name, field in held.items():
            for listed in lists_in(field):
                asked.setdefault(listed, []).append(f"{form.__name__}.{name}")
                assert local(listed) in offered_by(field), f"{form.__module__}.{form.__name__}.{name} does not offer it"
            if isinstance(field, fields.OfAList) and field.list_name:
                assert field.list_name in extending.names() | set(extending.FIXED)
                assert extending.FIXED.get(field.list_name) != "list_not_asked"
    assert set(asked) == extending.names() - {"closing_line"}  # its form is made of the lines that a case is asked


def coded_models():
    return [model for model in apps.get_models() if issubclass(model, coded.CodedRow) and not hasattr(model, "instance_type")]


LONGEST = 40
"""Characters of the longest code that a country can add (see `extending.CODE`)."""
OWN = [desk_lists.find(name).spellings() for name in LISTED if name not in STANDARD]
COLUMNS = [(model, column, name) for model in coded_models() for column, name in model.coded.items()]


def test_every_column_that_holds_such_a_code_keeps_its_version():
    held = {(model._meta.label, column) for model, column, _name in COLUMNS}
    for model in apps.get_models():
        if hasattr(model, "instance_type") or model._meta.label in STANDARD_ONLY or model._meta.app_label == "access":
            continue
        for field in model._meta.concrete_fields:
            of_a_list = LISTS.get(field.name) in extending.EXTENDABLE and not (field.is_relation or field.choices)
            of_the_desk = field.choices and {str(code) for code, _words in field.flatchoices} in OWN
            if of_a_list or of_the_desk:
                assert (model._meta.label, field.name) in held, f"{model._meta.label}.{field.name} keeps no version"
                assert field.max_length is None or field.max_length >= LONGEST, f"{model._meta.label}.{field.name} is too short"
    assert {name for _model, _column, name in COLUMNS} == extending.names()


def holding(model, column, code, shelter):
    """Return an unsaved row that holds a code in a column."""
    empty = model._meta.get_field(column).get_default()
    if column == "checklist":
        return model(organisation=shelter, checklist={code: {"state": "done"}})
    value = {code: "yes"} if isinstance(empty, dict) else [code] if isinstance(empty, list) else code
    return model(organisation=shelter, **{column: value})


@pytest.mark.parametrize(("model", "column", "name"), COLUMNS)
def test_a_code_keeps_the_version_it_was_given_to(model, column, name, bring, shelter, in_office):
    first = bring()
    row = holding(model, column, local(name), shelter)
    row.code_editions = row._editions()
    assert row.code_editions == {f"{name}.{local(name)}": str(first[name].pk)}
    bring(word="Newly")
    assert row._editions() == row.code_editions
    assert row.words_of(column, local(name), "en") == f"Local {name}"
    assert coded.label(name, local(name), "en") == f"Newly {name}"
    bring(word="Last", without=LISTED)
    assert local(name) not in coded.offered(name)
    assert [row.words_of(column, local(name), tag) for tag in LANGUAGES] == [f"Local {name}", f"Ici {name}", f"Local {name}"]
    assert row.counted_as(column, local(name)) == counted(name)
    field = model._meta.get_field(column)
    assert f"Local {name}" in in_words(field, getattr(row, column), of_row(row))
    outward = in_words(field, getattr(row, column), of_row(row, outward=True))
    assert coded.load(name).label(counted(name)) in outward or column == "checklist"
    assert coded.versions_told(row, "en") == [f"Local {name} (1)"]
    assert holding(model, column, "Nobody", shelter)._editions() == {}


@pytest.fixture
def a_case(her_caseworker, bring):
    bring()
    case = cases.open_case(by=her_caseworker, opened_on=timezone.localdate(), person={"gender": local("gender")})
    case.refresh_from_db()
    values = {
        column: {local(name): "yes"} if isinstance(Case._meta.get_field(column).get_default(), dict) else local(name)
        for column, name in Case.coded.items()
    }
    cases.change_case(case=case, by=her_caseworker, values=values, version=case.version)
    case.refresh_from_db()
    return case


def test_what_was_added_is_stored_read_and_copied_with_its_version(a_case, bring, shelter):
    assert len(a_case.code_editions) == len(Case.coded)
    assert a_case.person.code_editions
    assert a_case.history.first().code_editions == a_case.code_editions
    bring(word="Last", without=LISTED)
    with scope.of(shelter.id), translation.override("fr"):
        said = str(summary.of(a_case))
        copied = str(copying.of(a_case, {}))
    for name in {*Case.coded.values(), "gender"}:
        assert f"Ici {name}" in said
        assert f"Ici {name} (1)" in copied


def test_what_leaves_the_desk_says_the_standards_codes(a_case):
    record = record_of(a_case, [])
    assert validate(record) == ()
    row = record.to_row()
    assert record.gender == counted("gender")
    assert record.labour_industry == counted("labour_industry")
    assert record.status_decided_by == counted("status_decision_body")
    assert record.means == {counted("means_of_control"): "yes"}
    assert record.recruitment_methods == {counted("recruitment_method")}
    assert not [value for value in row.values() if value and "Local" in value]
    left = anonymising._counted(a_case)
    assert (left.gender, left.exploitation) == (counted("gender"), frozenset({counted("exploitation")}))


@pytest.mark.parametrize("answer", ["no", "unknown", "declined"])
def test_only_a_yes_says_something_of_the_wider_code(answer, bring, shelter):
    bring()
    wide = counted("means_of_control")
    case = Case(organisation=shelter, means={local("means_of_control"): answer})
    assert case.standard_answers("means") == {}
    case.means = {wide: "no", local("means_of_control"): "yes"}
    assert case.standard_answers("means") == {wide: "yes"}


def test_an_old_code_stays_on_the_form_of_its_record_alone(a_case, bring, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    offered = client.get(reverse("case_facts", args=[a_case.number])).content.decode()
    bring(word="Last", without=LISTED)
    page = client.get(reverse("case_facts", args=[a_case.number])).content.decode()
    for name in Case.coded.values():
        assert f"Local {name}" in offered
        assert f"{name} (no longer offered)" in page
        assert f"Last {name}" in page
    fresh = client.get(reverse("case_new")).content.decode()
    assert "Last gender" in fresh
    assert local("gender") not in fresh.replace(f"Other{local('gender')}", "")


def test_lists_are_filtered_and_taken_out_with_the_words(a_case, bring, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    for asked in (f"exploitation={local('exploitation')}", f"gender={local('gender')}"):
        page = client.get(reverse("people") + f"?{asked}&columns=age-exploitation").content.decode()
        assert a_case.number in page
        assert f"Local {asked.partition('=')[0]}" in page
    filters = client.get(reverse("people_filters")).content.decode()
    assert "Local exploitation" in filters
    assert "Local gender" in filters
    bring(word="Last", without=LISTED)
    said = [field.cell(a_case, "fr") for field in exporting.FIELDS]
    assert {"Ici exploitation", "Ici gender"} <= set(said)


def test_two_names_do_not_add_one_code_and_a_name_keeps_its_list(bring, administrator):
    bring()
    again = {name: f"{name}_added" for name in LISTED}
    files = {"pack.toml": b"country = 'XC'\nversion = '1'\nlanguages = ['en']\n[extends]\nmore = 'gender'\n"}
    files["lists/more.csv"] = f"code,label_en,maps_to\n{local('gender')},Twice,{counted('gender')}\n".encode()
    with pytest.raises(Refused) as refused:
        actions.bring(pack=pack.read(files, today=timezone.localdate()), by=administrator)
    assert [one.code for one in refused.value.reasons] == ["code_added_twice"]
    files = {"pack.toml": f"country = 'XC'\nversion = '1'\nlanguages = ['en']\n[extends]\n{again['gender']} = 'website'\n".encode()}
    files[f"lists/{again['gender']}.csv"] = f"code,label_en,maps_to\nAnother,Another,{counted('website')}\n".encode()
    with pytest.raises(Refused) as refused:
        actions.bring(pack=pack.read(files, today=timezone.localdate()), by=administrator)
    assert [one.code for one in refused.value.reasons] == ["list_moved"]


def test_another_office_knows_nothing_of_it(a_case, other_organisation):
    with scope.of(other_organisation.id):
        for name in LISTED:
            assert local(name) not in coded.offered(name)
            assert coded.label(name, local(name), "en") == local(name)
            assert coded.standard(name, local(name)) == ""


def test_tomorrows_version_is_not_offered_today(administrator, shelter):
    tomorrow = timezone.localdate() + timedelta(days=1)
    for one in actions.bring(pack=written(), by=administrator):
        actions.activate(edition=one, by=administrator, on=tomorrow, version=1)
    for name in LISTED:
        assert local(name) not in coded.offered(name, organisation_id=shelter.id)
        assert local(name) in coded.offered(name, tomorrow, organisation_id=shelter.id)
