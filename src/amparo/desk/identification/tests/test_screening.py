"""A screening from the first question to the decision: kept step by step, proposed, explained, decided by a person."""

import html
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case
from amparo.desk.cases.rules import Finding
from amparo.desk.cases.stages import Stage
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core import damage
from amparo.desk.core.ids import uuid7
from amparo.desk.core.locking import Stale
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.identification import actions, proposal, queries
from amparo.desk.identification.forms import DecisionForm
from amparo.desk.identification.models import Screening
from amparo.desk.identification.rules import Element, Outcome, Strength

DAY = date(2026, 6, 1)
SAID = {"answer": "yes", "source": "statement"}


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": PartialDate.parse("1995")})


@pytest.fixture
def a_screening(a_case, her_caseworker):
    values = {"held_on": DAY, "consent_to_interview": "yes", "setting": "shelter"}
    return actions.start(case=a_case, by=her_caseworker, values=values)


def answer(screening, member, **answers):
    given = {code.replace("_", "-"): SAID | {"answer": said} for code, said in answers.items()}
    return actions.keep_answers(screening=screening, by=member, step="work", answers=given, version=screening.version)


def decide(screening, member, outcome=Outcome.PRESUMED, **changed):
    values = {"reasons": "The account is detailed and fits the papers", "on": DAY, "version": screening.version} | changed
    return actions.decide(screening=screening, by=member, outcome=outcome, **values)


def test_no_conversation_before_the_office_heard_of_the_person_and_no_decision_either(a_case, a_screening, her_caseworker):
    with pytest.raises(Denied, match="before_the_case"):
        actions.start(case=a_case, by=her_caseworker, values={"held_on": date(2026, 5, 31), "consent_to_interview": "yes"})
    with pytest.raises(Denied, match="before_the_case"):
        decide(a_screening, her_caseworker, on=date(2026, 5, 31))


def test_without_agreement_there_is_no_conversation(a_case, her_caseworker):
    for said in ("no", "unknown", "declined", ""):
        with pytest.raises(Denied, match="no_consent_to_interview"):
            actions.start(case=a_case, by=her_caseworker, values={"held_on": DAY, "consent_to_interview": said})
    assert not Screening.objects.exists()


def test_the_answers_propose_and_say_why(a_screening, a_case, her_caseworker):
    answer(a_screening, her_caseworker, REC_1="yes", WRK_1="yes", FRE_2="yes", VIO_1="declined", WRK_4="no")
    found = proposal.explain(a_screening, a_case)
    assert found.outcome is Outcome.MORE_NEEDED
    assert found.open_elements == (Element.MEANS,)
    assert [sign.code for sign in found.speaks_for] == ["REC-1", "FRE-2", "WRK-1"]
    assert [sign.code for sign in found.speaks_against] == ["WRK-4"]
    assert [sign.code for sign in found.left_open] == ["VIO-1"]
    answer(a_screening, her_caseworker, WRK_4="yes")
    assert proposal.explain(a_screening, a_case).outcome is Outcome.PRESUMED


def test_one_no_of_any_kind_is_not_enough_and_the_page_says_what_to_ask_next(a_screening, a_case, her_caseworker, sign_in):
    assert len(a_screening.asks.indicators) == 53
    for code, indicator in a_screening.asks.indicators.items():
        a_screening.answers = {code: {"answer": "no", "source": "statement"}}
        found = proposal.explain(a_screening, a_case)
        assert (found.outcome, found.open_elements) == (Outcome.MORE_NEEDED, tuple(Element))
        assert indicator not in found.ask_next
        assert len(found.ask_next) == 52
        assert found.ask_next[0].strength is Strength.DIRECT
    a_screening.answers = {}
    answer(a_screening, her_caseworker, REC_1="yes", WRK_1="yes", WRK_4="no")
    asked_next = proposal.explain(a_screening, a_case).ask_next
    assert {one.element for one in asked_next} == {Element.MEANS}
    client = sign_in(her_caseworker)
    page = client.get(reverse("screening_step", args=[a_case.number, a_screening.pk, "decide"])).content.decode()
    assert "Not enough is known. Still open: Means." in html.unescape(page)
    first = asked_next[0]
    assert (
        f'{reverse("screening_step", args=[a_case.number, a_screening.pk, first.step])}">{html.escape(first.question["en"])}'
        in page
    )


def test_everything_answered_no_is_not_presumed_and_one_unknown_is_not(a_screening, a_case, her_caseworker):
    every = dict.fromkeys((code.replace("-", "_") for code in a_screening.asks.indicators), "no")
    answer(a_screening, her_caseworker, **every)
    found = proposal.explain(a_screening, a_case)
    assert (found.outcome, found.ask_next, found.not_in_list) == (Outcome.NOT_PRESUMED, (), ())
    for code in ("REC-5", "REC-9", "VIO-11", "WRK-2"):
        for said in ("unknown", "declined"):
            a_screening.answers = found_answers(every) | {code: {"answer": said}}
            assert proposal.explain(a_screening, a_case).outcome is Outcome.MORE_NEEDED


def found_answers(every):
    return {code.replace("_", "-"): {"answer": said, "source": "statement"} for code, said in every.items()}


def test_a_narrow_list_says_what_it_did_not_ask(a_case, her_caseworker, sign_in):
    values = {"held_on": DAY, "consent_to_interview": "yes", "indicator_set": "ilo-11@1"}
    screening = actions.start(case=a_case, by=her_caseworker, values=values)
    every = dict.fromkeys((code.replace("-", "_") for code in screening.asks.indicators), "no")
    answer(screening, her_caseworker, **every)
    found = proposal.explain(screening, a_case)
    assert found.outcome is Outcome.NOT_PRESUMED
    assert {"sexual_exploitation", "organ_removal"} <= set(found.not_in_list)
    assert "forced_labour" not in found.not_in_list
    page = sign_in(her_caseworker).get(reverse("screening", args=[a_case.number, screening.pk])).content.decode()
    assert "This list does not ask about:" in page


@pytest.mark.parametrize(
    ("person", "case", "reason"),
    [
        ({"stated_age": 15, "age_stated_on": DAY}, {}, "child_now"),
        ({"stated_age": 19, "age_is_contested": True}, {}, "age_contested"),
        ({"stated_age": 25, "age_stated_on": DAY}, {"majority_at_exploitation": "Minor"}, "child_then"),
    ],
)
def test_for_a_child_no_means_is_needed(person, case, reason, her_caseworker):
    child = cases.open_case(by=her_caseworker, opened_on=DAY, person=person, case=case)
    screening = actions.start(case=child, by=her_caseworker, values={"held_on": DAY, "consent_to_interview": "yes"})
    answer(screening, her_caseworker, REC_1="yes", WRK_1="yes")
    found = proposal.explain(screening, child)
    assert (found.outcome, found.child_reason) == (Outcome.PRESUMED, reason)


@pytest.mark.parametrize(("began", "outcome"), [("", "more_needed"), ("Minor", "presumed"), ("Adult", "not_presumed")])
def test_of_a_young_adult_it_is_asked_when_it_began(began, outcome, her_caseworker, sign_in):
    """Heard at nineteen, and no means: what decides is when it began, and nobody is turned away for a blank."""
    person = {"stated_age": 19, "age_stated_on": DAY}
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person=person, case={"majority_at_entry": began})
    screening = actions.start(case=case, by=her_caseworker, values={"held_on": DAY, "consent_to_interview": "yes"})
    asked = {indicator.code: indicator.element for indicator in screening.asks.indicators.values()}
    said = {code.replace("-", "_"): "no" if element is Element.MEANS else "yes" for code, element in asked.items()}
    answer(screening, her_caseworker, **said)
    assert proposal.explain(screening, case).outcome == outcome
    page = sign_in(her_caseworker).get(reverse("screening", args=[case.number, screening.pk])).text
    assert ("note in the record whether the person was a child when it began" in page) is (not began)


def test_an_age_that_is_not_known_stays_not_known(her_caseworker):
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person={})
    screening = actions.start(case=case, by=her_caseworker, values={"held_on": DAY, "consent_to_interview": "yes"})
    answer(screening, her_caseworker, REC_1="yes", WRK_1="yes")
    assert proposal.explain(screening, case).child is Finding.UNKNOWN
    assert proposal.explain(screening, case).outcome is Outcome.MORE_NEEDED


def test_a_yes_or_a_no_needs_its_source_and_an_unknown_none(a_screening, her_caseworker):
    for said in ("yes", "no"):
        given = {"REC-1": {"answer": said}}
        with pytest.raises(Denied, match="source_missing"):
            actions.keep_answers(screening=a_screening, by=her_caseworker, step="recruitment", answers=given, version=1)
    given = {"REC-1": {"answer": "unknown"}, "REC-2": {"answer": "declined"}}
    kept = actions.keep_answers(screening=a_screening, by=her_caseworker, step="recruitment", answers=given, version=1)
    assert kept.answers == given


def test_a_step_keeps_what_other_steps_hold(a_screening, her_caseworker):
    answer(a_screening, her_caseworker, REC_1="yes")
    answer(a_screening, her_caseworker, WRK_1="no")
    actions.keep_answers(
        screening=a_screening,
        by=her_caseworker,
        step="recruitment",
        answers={"REC-1": {"answer": ""}},
        own_words="He came",
        version=3,
    )
    stored = Screening.objects.get()
    assert (set(stored.answers), stored.own_words) == ({"WRK-1"}, {"recruitment": "He came"})


def test_two_at_one_screening_the_second_is_told(a_screening, her_caseworker):
    answer(a_screening, her_caseworker, REC_1="yes")
    with pytest.raises(Stale):
        actions.keep_answers(screening=Screening.objects.get(), by=her_caseworker, step="recruitment", answers={}, version=1)


def test_a_named_person_decides_also_against_the_proposal(a_screening, a_case, her_caseworker):
    decided = decide(a_screening, her_caseworker)
    assert (decided.outcome, decided.proposed, decided.decided_by) == ("presumed", "more_needed", her_caseworker)
    case = Case.objects.get()
    assert (case.stage, case.trafficking_status, case.presumed_on) == ("presumed", "PossibleVictimOfTrafficking", DAY)
    assert queries.latest_decision(a_case) == decided


def test_a_decision_needs_reasons_and_stands(a_screening, her_caseworker):
    with pytest.raises(Denied, match="reasons_missing"):
        decide(a_screening, her_caseworker, reasons="  ")
    decide(a_screening, her_caseworker, Outcome.NOT_PRESUMED)
    for again in (lambda: decide(a_screening, her_caseworker), lambda: answer(a_screening, her_caseworker, REC_1="yes")):
        with pytest.raises(Denied, match="already_decided"):
            again()


def test_not_presumed_closes_nothing(a_screening, her_caseworker):
    decide(a_screening, her_caseworker, Outcome.NOT_PRESUMED)
    case = Case.objects.get()
    assert (case.stage, case.status, case.trafficking_status, case.closed_on) == ("screened", "Active", "", None)


def test_a_later_screening_never_takes_help_back(a_case, her_caseworker):
    cases.move(case=a_case, by=her_caseworker, to=Stage.PRESUMED, on=DAY)
    again = actions.start(case=a_case, by=her_caseworker, values={"held_on": DAY, "consent_to_interview": "yes"})
    decide(again, her_caseworker, Outcome.NOT_PRESUMED)
    assert Case.objects.get().stage == "presumed"


def test_what_the_deciding_person_sets_stands_above_the_answers(a_screening, her_caseworker):
    answer(a_screening, her_caseworker, REC_1="yes", WRK_1="yes", VIO_1="no")
    decided = decide(a_screening, her_caseworker, told={"means.force": "yes"})
    assert (decided.act, decided.means, decided.purpose, decided.proposed) == ("yes", "yes", "yes", "presumed")


def test_facts_are_noted_only_where_the_case_says_nothing(a_screening, a_case, her_caseworker):
    cases.change_case(case=a_case, by=her_caseworker, values={"means": {"DebtBondage": "no"}}, version=1)
    answer(a_screening, her_caseworker, WRK_4="yes", VIO_1="yes", WRK_1="yes", FRE_7="yes", REC_11="yes", VIO_6="no")
    offered = proposal.facts_to_record(a_screening, Case.objects.get())
    assert offered["means"] == {"PhysicalAbuse": "yes"}
    assert set(offered) == {"means", "exploitation", "abduction"}
    decide(a_screening, her_caseworker, record=["means.PhysicalAbuse", "means.DebtBondage", "exploitation.ForcedLabour"])
    case = Case.objects.get()
    assert case.means == {"DebtBondage": "no", "PhysicalAbuse": "yes"}
    assert (case.exploitation, case.abduction) == ({"ForcedLabour": "yes"}, "")


def test_a_no_is_offered_and_not_ticked_beforehand(a_screening, a_case, her_caseworker):
    answer(a_screening, her_caseworker, WRK_4="yes", VIO_1="no", WRK_1="yes")
    form = DecisionForm(Screening.objects.get(), Case.objects.get())
    offered = [key for key, _words in form.fields["record"].choices]
    assert "means.PhysicalAbuse" in offered
    assert "means.PhysicalAbuse" not in form.initial["record"]
    assert set(form.initial["record"]) == {key for key in offered if key != "means.PhysicalAbuse"} != set()


def test_nobody_from_outside_screens_or_decides(a_screening, a_case, the_outsider, the_partner):
    for member in (the_outsider, the_partner):
        with pytest.raises(Denied):
            actions.start(case=a_case, by=member, values={"held_on": DAY, "consent_to_interview": "yes"})
        with pytest.raises(Denied):
            answer(a_screening, member, REC_1="yes")
        with pytest.raises(Denied):
            decide(a_screening, member)


def test_the_way_through_the_pages(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("screening_new", args=[a_case.number])
    data = posted(client.get(address), consent_to_interview="yes")
    first, second = client.post(address, data), client.post(address, data)
    assert first["Location"] == second["Location"]
    screening = Screening.objects.get()

    def step(name):
        return reverse("screening_step", args=[a_case.number, screening.pk, name])

    refused = client.post(
        step("freedom"),
        posted(client.get(step("freedom")), **{"FRE-6.answer": "yes", "FRE-6.note": "At the bank", "usual_source": ""}),
    )
    assert refused.status_code == 422
    assert "Say where these answers come from" in refused.content.decode()
    assert "At the bank" in refused.content.decode()
    sourced = {"FRE-6.answer": "yes", "FRE-6.source": "document", "own_words": "Kept in a drawer"}
    kept = client.post(step("freedom"), posted(client.get(step("freedom")), **sourced))
    assert kept["Location"] == step("work")
    assert "FRE-6, Document" in client.get(step("work")).content.decode()
    stopped = client.post(step("work"), posted(client.get(step("work")), stop="1"))
    assert stopped["Location"] == reverse("identification", args=[a_case.number])
    decision = client.post(step("decide"), posted(client.get(step("decide")), outcome="presumed", reasons="Detailed account"))
    assert decision.status_code == 302
    assert Case.objects.get().means == {"WithholdsDocuments": "yes"}
    assert client.get(step("work")).status_code == 302
    page = client.get(reverse("screening", args=[a_case.number, screening.pk])).content.decode()
    assert "Kept in a drawer" in page
    assert "Detailed account" in page
    told = Event.objects.filter(action="screening.decided").get().details
    assert told == {"outcome": "presumed", "proposed": "more_needed", "on": timezone.localdate().isoformat()}


def test_one_source_holds_for_a_page_and_an_answer_may_name_its_own(sign_in, a_case, a_screening, her_caseworker):
    """Fourteen yeses ask for the source once; what names its own keeps it; an unknown has none."""
    client = sign_in(her_caseworker)
    address = reverse("screening_step", args=[a_case.number, a_screening.pk, "freedom"])
    page = client.get(address)
    codes = [one.code for one in page.context["form"].asked]
    yes = {f"{code}.answer": "yes" for code in codes}
    refused = client.post(address, posted(page, **yes, usual_source=""))
    summary = refused.content.decode().partition('class="errsum"')[2].partition("</ul>")[0]
    assert summary.count("<li>") == 1
    assert all(one.question["en"] in html.unescape(summary) for one in page.context["form"].asked)
    own = {f"{codes[0]}.source": "document", f"{codes[1]}.answer": "unknown"}
    assert client.post(address, posted(page, **(yes | own))).status_code == 302
    a_screening.refresh_from_db()
    kept = {code: answer.get("source") for code, answer in a_screening.answers.items()}
    assert kept == {codes[0]: "document", codes[1]: None} | dict.fromkeys(codes[2:], "statement")
    again = client.get(address).context["form"].initial
    assert again["usual_source"] == "statement"
    assert again[f"{codes[0]}.source"] == "document"
    assert again[f"{codes[2]}.source"] == ""


def test_signs_of_one_part_are_told_apart(a_screening, her_caseworker, a_case):
    """Six kinds of other coercion are six different things."""
    from amparo.desk.identification import words

    codes = ("FRE-1", "FRE-2", "FRE-6", "WRK-3", "WRK-4", "VIO-5")
    a_screening.answers = dict.fromkeys(codes, SAID) | {"REC-1": SAID}
    shown = words.of(proposal.explain(a_screening, a_case))
    means = [sign.part for sign in shown.elements[1].signs]
    assert len(means) == len(set(means)) == len(codes)
    assert all(part.startswith("Other coercion: ") for part in means)
    assert [sign.part for sign in shown.elements[0].signs] == ["Recruitment"]


NAMES = ["identification", "screening_new", "screening", "screening_step"]


def address_of(name, screening):
    arguments = {"screening": [screening.pk], "screening_step": [screening.pk, "work"]}
    return reverse(name, args=[screening.case.number, *arguments.get(name, [])])


@pytest.mark.parametrize("name", NAMES)
def test_who_may_open_the_pages(name, sign_in, a_screening, her_caseworker, the_partner, the_outsider, make_member, shelter):
    address = address_of(name, a_screening)
    assert sign_in(her_caseworker).get(address).status_code == 200
    assert sign_in(her_caseworker).delete(address).status_code == 405
    assert sign_in(the_partner).get(address).status_code == 404
    assert sign_in(make_member(shelter, "caseworker")).get(address).status_code == 404
    for member in (the_outsider, make_member(shelter, "police"), make_member(shelter, "auditor")):
        assert sign_in(member).get(address).status_code == 403


def test_a_screening_of_another_case_is_not_found_under_this_one(sign_in, a_screening, her_caseworker):
    other = cases.open_case(by=her_caseworker, opened_on=DAY, person={})
    client = sign_in(her_caseworker)
    assert client.get(reverse("screening", args=[other.number, a_screening.pk])).status_code == 404
    assert client.get(reverse("screening_step", args=[other.number, uuid7(), "work"])).status_code == 404


@pytest.mark.parametrize("language", ["fr", "es"])
def test_the_questions_are_asked_in_the_readers_language(language, sign_in, a_screening, her_caseworker):
    from amparo.desk.identification import indicators

    page = sign_in(her_caseworker).get(address_of("screening_step", a_screening), headers={"accept-language": language})
    assert all(one.question[language] in page.content.decode() for one in indicators.get(indicators.GENERAL).of_step("work"))


def test_the_page_says_who_decides_in_this_country_and_by_which_law(sign_in, a_screening, her_caseworker):
    page = sign_in(her_caseworker).get(address_of("identification", a_screening)).content.decode()
    assert "National Referral Mechanism Office" in page
    assert "45 days" in page
    assert "Costaverde, Act 12, art. 9" in page


def test_a_setting_sent_again_with_other_words_is_told_and_kept(sign_in, a_case, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("screening_new", args=[a_case.number])
    data = posted(client.get(address), consent_to_interview="yes", place="The kitchen")
    assert [client.post(address, data).status_code for _time in range(2)] == [302, 302]
    page = client.post(address, data | {"place": "The garden"})
    assert page.status_code == 422
    assert client.post(address, posted(page)).status_code == 302
    assert sorted(row.place for row in Screening.objects.all()) == ["The garden", "The kitchen"]


def test_nothing_is_decided_on_answers_that_cannot_be_opened(a_screening, her_caseworker):
    """Emptied by a damaged bit they proposed something else, and the list that they answer could be changed under them."""
    answer(a_screening, her_caseworker, WRK_1="yes")
    held = bytes(Screening.objects.filter(pk=a_screening.pk).values_list("answers", flat=True)[0])
    Screening._base_manager.filter(pk=a_screening.pk).update(answers=held[:-1] + bytes([held[-1] ^ 1]))
    with damage.passing_over():
        row = Screening.objects.get(pk=a_screening.pk)
        with pytest.raises(Denied, match="answers_damaged"):
            decide(row, her_caseworker, outcome=Outcome.NOT_PRESUMED)
        with pytest.raises(Denied, match="set_has_answers"):
            actions.change_setting(screening=row, by=her_caseworker, values={"indicator_set": "ilo-11"}, version=row.version)
    Screening._base_manager.filter(pk=a_screening.pk).update(answers=held)
    decide(Screening.objects.get(pk=a_screening.pk), her_caseworker)
