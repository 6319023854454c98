"""Lists of indicators as data: versions are kept, contradictions are refused with the reason, prompts remind and never judge."""

from datetime import date

import pytest
from django.urls import reverse

from amparo.desk.access.guard import Denied
from amparo.desk.cases import actions as cases
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.identification import actions, indicators, proposal, words
from amparo.desk.identification.choices import FLAWS, PART_WORDS
from amparo.desk.identification.indicators import Contradictory, Source
from amparo.desk.identification.rules import Element

DAY = date(2026, 6, 1)
TITLE = {"en": "A list", "fr": "Une liste", "es": "Una lista"}
ROW = next(iter(indicators.shipped()[1].rows), None) or next(one.rows[0] for one in indicators.shipped() if one.rows)


def source(code="mine", version="1", rows=(), takes=("REC-1", "REC-6", "WRK-1"), **head):
    taken = {"takes": [{"set": "general@1", "codes": list(takes)}]} if takes else {}
    return Source({"code": code, "version": version, "title": TITLE, "source": "Act 1", **taken, **head}, tuple(rows))


def reasons(*sources):
    with pytest.raises(Contradictory) as refused:
        indicators.load([*indicators.shipped(), *sources])
    return [(flaw.reason, flaw.place) for flaw in refused.value.flaws]


def test_a_country_loads_a_list_of_its_own():
    own = ROW | {"code": "MY-1"}
    found = indicators.load([*indicators.shipped(), source(rows=[own])])["mine@1"]
    assert list(found.indicators) == ["REC-1", "REC-6", "WRK-1", "MY-1"]
    assert found.source["en"] == "Act 1"


CONTRADICTIONS = [
    (source(rows=[ROW | {"code": "REC-1"}]), ("code_twice", "REC-1")),
    (source(rows=[ROW | {"code": "MY-1", "part": "deception", "element": "act"}]), ("part_of_another_element", "MY-1")),
    (source(rows=[ROW | {"code": "MY-1", "element": "motive"}]), ("element_unknown", "MY-1")),
    (source(rows=[ROW | {"code": "MY-1", "strength": "some"}]), ("strength_unknown", "MY-1")),
    (source(rows=[ROW | {"code": "MY-1", "step": "nowhere"}]), ("phase_or_step_unknown", "MY-1")),
    (source(rows=[ROW | {"code": "MY-1", "question_fr": " "}]), ("language_missing", "MY-1")),
    (source(rows=[ROW | {"code": "MY-1", "fact": "means.Sorcery"}]), ("fact_unknown", "MY-1")),
    (source(rows=[ROW | {"code": ""}]), ("code_missing", "")),
    (source(takes=("REC-1", "WRK-1")), ("element_never_shown", "means")),
    (source(takes=("REC-1", "REC-6", "WRK-1", "NO-1")), ("taken_is_unknown", "NO-1")),
    (source(takes=()), ("element_never_shown", "act")),
    (source(title={"en": "A list"}), ("language_missing", "title fr")),
    (source(code=""), ("head_incomplete", "code")),
    (source(valid_from=date(2026, 1, 1), valid_until=date(2025, 1, 1)), ("ends_before_it_begins", "")),
    (Source({**source().head, "takes": [{"set": "nobody@1"}]}), ("takes_from_nowhere", "nobody@1")),
    (source(code="general"), ("version_twice", "")),
    (source(code="general", version="2"), ("versions_overlap", "general@1")),
]


@pytest.mark.parametrize(("wrong", "flaw"), CONTRADICTIONS, ids=[flaw[0] for _one, flaw in CONTRADICTIONS])
def test_a_contradictory_list_is_refused_with_the_reason(wrong, flaw):
    assert flaw in reasons(wrong)
    assert flaw[0] in FLAWS


def test_every_reason_was_tried():
    assert {flaw[0] for _one, flaw in CONTRADICTIONS} == set(FLAWS)


def test_lists_that_take_from_each_other_in_a_circle_are_refused():
    one = Source({**source("one").head, "takes": [{"set": "two@1"}]})
    two = Source({**source("two").head, "takes": [{"set": "one@1"}]})
    assert {"takes_from_nowhere"} == {reason for reason, _place in reasons(one, two)}


def test_the_countrys_own_list_comes_first_and_its_version_follows_the_day():
    assert [one.key for one in indicators.sets_on("XB", DAY)] == ["xb-list@2", "general@1", "flow-survey@1", "ilo-11@1"]
    assert indicators.sets_on("XB", date(2020, 1, 1))[0].key == "xb-list@1"
    assert [one.key for one in indicators.sets_on("XA", DAY)] == ["general@1", "flow-survey@1", "ilo-11@1"]


@pytest.mark.parametrize("one", indicators.all_sets().values(), ids=lambda one: one.key)
def test_each_list_asks_what_is_overlooked_or_says_where_to_ask(one):
    assert {indicator.part for indicator in one.indicators.values()} <= set(PART_WORDS)
    for element in Element:
        assert one.parts(element)
    asked = [prompt.code for prompt in indicators.prompts() if any(prompt.asks(each) for each in one.indicators.values())]
    assert {"men_boys", "forced_criminality"} <= set(asked)


def test_the_prompts_name_what_is_overlooked():
    assert {one.code for one in indicators.prompts()} == {
        "men_boys",
        "extortion_detention",
        "forced_smuggling",
        "forced_criminality",
    }
    for one in indicators.prompts():
        assert len(set(one.words.values())) == len(set(one.why.values())) == 3


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={"stated_age": 30, "age_stated_on": DAY, "gender": "Masculine"})


def begin(case, by, **more):
    return actions.start(case=case, by=by, values={"held_on": DAY, "consent_to_interview": "yes", **more})


def say(screening, by, **answers):
    given = {code.replace("_", "-"): {"answer": said, "source": "statement"} for code, said in answers.items()}
    return actions.keep_answers(screening=screening, by=by, step="work", answers=given, version=screening.version)


def test_a_prompt_rests_once_it_was_asked_whatever_the_answer_and_weighs_nothing(a_case, her_caseworker):
    screening = begin(a_case, her_caseworker)
    before = proposal.explain(screening, a_case)
    assert not any(one.is_asked for one in words.prompts(screening))
    say(screening, her_caseworker, FRE_7="declined", WRK_15="no", WRK_14="unknown")
    assert all(one.is_asked for one in words.prompts(screening))
    assert proposal.explain(screening, a_case).outcome is before.outcome


def test_a_list_without_the_question_says_so(a_case, her_caseworker):
    screening = begin(a_case, her_caseworker, indicator_set="ilo-11@1")
    assert [one.step for one in words.prompts(screening)] == ["freedom", "", "", "work"]


def test_a_screening_keeps_its_list_once_something_is_answered(a_case, her_caseworker):
    screening = begin(a_case, her_caseworker, indicator_set="flow-survey@1")
    same = {"held_on": DAY, "consent_to_interview": "yes"}
    actions.change_setting(screening=screening, by=her_caseworker, values=same | {"indicator_set": "general@1"}, version=1)
    say(screening, her_caseworker, WRK_1="yes")
    other = {"indicator_set": "ilo-11@1"}
    with pytest.raises(Denied, match="set_has_answers"):
        actions.change_setting(screening=screening, by=her_caseworker, values=other, version=screening.version)
    with pytest.raises(Denied, match="set_not_offered"):
        begin(a_case, her_caseworker, indicator_set="xb-list@1")


def test_an_old_screening_reads_as_it_was_answered(a_case, her_caseworker, monkeypatch, sign_in):
    screening = begin(a_case, her_caseworker)
    say(screening, her_caseworker, WRK_1="yes")
    newer = Source({**source("general", "2").head, "valid_from": date(2026, 7, 1)})
    older = [
        Source({**one.head, "valid_until": date(2026, 6, 30)}, one.rows) if one.key == "general@1" else one
        for one in indicators.shipped()
    ]
    changed = indicators.load([*older, newer])
    monkeypatch.setattr(indicators, "all_sets", lambda: changed)
    assert "general@2" in [one.key for one in indicators.sets_on("XA", date(2026, 7, 2))]
    page = sign_in(her_caseworker).get(reverse("screening", args=[a_case.number, screening.pk])).content.decode()
    assert indicators.get("general@1").indicators["WRK-1"].question["en"] in page
    assert "general@1" in page


def test_the_list_is_chosen_where_the_screening_begins(a_case, her_caseworker, sign_in):
    client, address = sign_in(her_caseworker), reverse("screening_new", args=[a_case.number])
    page = client.get(address)
    assert "Forced labour: the ILO’s eleven indicators (1)" in page.content.decode()
    answer = client.post(address, posted(page, consent_to_interview="yes", indicator_set="ilo-11@1"))
    assert answer.status_code == 302
    assert a_case.screenings.get().indicator_set == "ilo-11@1"
    asked = client.get(answer["Location"]).content.decode()
    assert "REC-6" in asked
    assert "REC-13" not in asked
    assert "not in this list: ask in words" in asked
