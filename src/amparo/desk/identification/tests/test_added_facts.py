"""An indicator of a country's list can record a code that the same pack adds; one that nobody adds is refused with the reason."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from amparo.desk.cases.models import Case
from amparo.desk.core import scope
from amparo.desk.identification import actions, forms, proposal, words
from amparo.desk.identification.rules import Outcome
from amparo.desk.questions import actions as editions
from amparo.desk.questions import pack
from amparo.desk.questions.models import Edition
from amparo.standard.reasons import LANGUAGES

HEAD = "code,framework,phase,step,element,part,strength,fact,prompt,question_en,question_fr,question_es\n"
SHOP = "V-1,Valley list,exploitation,work,means,coercion,direct,{fact},,Owes at the shop?,Doit au magasin ?,¿Debe en la tienda?\n"
PICKS = "V-2,Valley list,exploitation,work,purpose,forced_labour,supporting,labour_types.PickingFruit,,Picks?,Cueille ?,¿Recoge?\n"
MEANS = "code,label_en,label_fr,label_es,maps_to\nCompanyShop,Debts at the shop,Dettes au magasin,Deudas en la tienda,DebtBondage\n"
LABOUR = "code,label_en,label_fr,label_es,maps_to\nPickingFruit,Picking fruit,Cueillette,Recogida de fruta,Agriculture\n"
EXTENDS = {"means_own": "means_of_control", "labour_own": "labour_type"}


def written(*, fact="means.CompanyShop", means=MEANS, extends=None):
    """Return a pack with a means and a kind of work of its own, and two indicators that record them, read."""
    named = EXTENDS if extends is None else extends
    files = {
        "pack.toml": "country = 'XC'\nversion = '1'\nlanguages = ['en', 'fr', 'es']\n[extends]\n"
        + "".join(f"{name} = '{listed}'\n" for name, listed in named.items())
        + "[indicators.valley]\nen = 'Valley'\nfr = 'Vallée'\nes = 'Valle'\n",
        "indicators/valley.csv": HEAD + SHOP.format(fact=fact) + PICKS,
        "lists/means_own.csv": means,
        "lists/labour_own.csv": LABOUR,
    }
    return pack.read({name: text.encode() for name, text in files.items()}, today=timezone.localdate())


@pytest.fixture
def administrator(make_member, shelter):
    return make_member(shelter, "administrator")


@pytest.fixture
def brought(administrator):
    made = editions.bring(pack=written(), by=administrator)
    return [editions.activate(edition=one, by=administrator, on=timezone.localdate(), version=1) for one in made]


@pytest.fixture
def screening(brought, the_case, her_caseworker):
    values = {"held_on": timezone.localdate(), "consent_to_interview": "yes", "indicator_set": "own:valley@1"}
    return actions.start(case=the_case, by=her_caseworker, values=values)


def answered(screening, **answers):
    screening.answers = {code.replace("_", "-"): {"answer": said, "source": "statement"} for code, said in answers.items()}
    return screening


def facts(screening):
    return proposal.facts_to_record(screening, Case.objects.get(pk=screening.case_id))


def test_a_pack_whose_indicators_record_its_own_codes_is_taken():
    found = written()
    assert found.wrong == ()
    [held] = [piece for piece in found.pieces if piece.kind == "indicators"]
    assert held.content["added"] == ["labour_types.PickingFruit", "means.CompanyShop"]


@pytest.mark.parametrize(
    "changes",
    [
        {"fact": "means.Nobody"},
        {"fact": "recruitment_methods.CompanyShop"},
        {"fact": "gender.Female"},
        {"fact": "CompanyShop"},
        {
            "extends": {"means_own": "recruitment_method", "labour_own": "labour_type"},
            "means": MEANS.replace("DebtBondage", "Other"),
        },
        {"means": MEANS.replace("CompanyShop", "VillageShop")},
    ],
)
def test_a_fact_whose_code_no_list_of_the_pack_adds_is_refused_and_says_how_to_spell_one(changes):
    found = written(**changes)
    assert [(one.code, one.where) for one in found.wrong] == [("indicator_fact_unknown", "indicators/valley.csv")]
    for language in LANGUAGES:
        said = found.wrong[0].say(language)
        assert changes.get("fact", "means.CompanyShop") in said
        assert "V-1" in said
        assert "labour_types" in said


@pytest.mark.django_db
def test_a_yes_offers_the_added_code_in_words_and_the_case_keeps_it_with_its_version(
    screening, her_caseworker, brought, sign_in, shelter
):
    answered(screening, V_1="yes", V_2="yes").save()
    assert facts(screening) == {"means": {"CompanyShop": "yes"}, "labour_types": {"PickingFruit": "yes"}}
    for language, said in zip(LANGUAGES, ("Debts at the shop", "Dettes au magasin", "Deudas en la tienda"), strict=True):
        with scope.of(shelter.pk), translation.override(language):
            assert said in str(forms.fact_choices(facts(screening)))
    address = reverse("screening_step", args=[screening.case.number, screening.pk, "decide"])
    page = sign_in(her_caseworker).get(address).content.decode()
    assert "Debts at the shop: Yes" in page
    assert "Picking fruit: Yes" in page
    actions.decide(
        screening=screening,
        by=her_caseworker,
        outcome=Outcome.PRESUMED,
        reasons="The shop keeps the book.",
        on=timezone.localdate(),
        record=["means.CompanyShop", "labour_types.PickingFruit"],
        version=screening.version,
    )
    case = Case.objects.get(pk=screening.case_id)
    assert case.means["CompanyShop"] == case.labour_types["PickingFruit"] == "yes"
    means = next(one for one in brought if one.code == "means_own")
    assert case.code_editions["means_of_control.CompanyShop"] == str(means.pk)
    assert case.standard_answers("means")["DebtBondage"] == "yes", "it leaves as what it is counted as"
    assert case.standard_answers("labour_types")["Agriculture"] == "yes"


@pytest.mark.django_db
def test_a_code_that_began_after_the_conversation_is_noted_when_it_is_decided(screening):
    screening.held_on = timezone.localdate() - timedelta(days=2)
    assert facts(answered(screening, V_1="yes")) == {"means": {"CompanyShop": "yes"}}


@pytest.mark.django_db
def test_only_a_direct_no_is_noted_and_nothing_that_the_case_says_already(screening):
    assert facts(answered(screening, V_1="no", V_2="no")) == {"means": {"CompanyShop": "no"}}
    assert facts(answered(screening, V_1="unknown", V_2="declined")) == {}
    Case.objects.filter(pk=screening.case_id).update(means={"CompanyShop": "no"})
    assert facts(answered(screening, V_1="yes")) == {}


@pytest.mark.django_db
def test_once_the_code_is_withdrawn_a_yes_is_one_to_the_wider_code_and_a_no_to_none(screening, administrator):
    earlier = timezone.localdate() - timedelta(days=5)
    Edition.objects.filter(code="means_own").update(active_from=earlier, retired_from=timezone.localdate())
    editions.coded.forget()
    assert facts(answered(screening, V_1="yes")) == {"means": {"DebtBondage": "yes"}}
    assert facts(answered(screening, V_1="no")) == {}


@pytest.mark.django_db
def test_what_speaks_for_an_element_is_said_in_the_added_words(screening, shelter):
    answered(screening, V_1="yes")
    with scope.of(shelter.pk):
        sign = next(one for one in proposal.signs_of(screening) if one.code == "V-1")
        assert words._what(sign, screening.asks) == "Debts at the shop"
