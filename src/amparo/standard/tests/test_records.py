"""A record says which field and which code is wrong, and points out what cannot be true together."""

import dataclasses

import pytest

from amparo.standard.reasons import LANGUAGES
from amparo.standard.records import Answer, Record, validate


def found(**facts):
    reasons = validate(Record(**facts))
    for reason in reasons:
        assert all(reason.where in reason.say(language) for language in LANGUAGES)
    return {(reason.code, reason.where, reason.values["value"]) for reason in reasons}


def test_an_empty_record_and_a_full_one_are_valid():
    assert found() == set()
    assert (
        found(
            registration_year=2020,
            gender="Feminine",
            age_band="15--17",
            majority="Minor",
            citizenship="XA",
            means={"DebtBondage": Answer.YES, "UsesChildren": Answer.DECLINED},
            exploitation={"ForcedCriminality": Answer.YES},
            recruitment_methods=frozenset({"AtWork"}),
        )
        == set()
    )


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"gender": "F"}, ("unknown_code", "gender", "F")),
        ({"citizenship": "CS"}, ("withdrawn_code", "citizenship", "CS")),
        ({"registration_year": 1889}, ("bad_year", "registration_year", "1889")),
        ({"means": {"Hypnosis": Answer.YES}}, ("unknown_code", "means", "Hypnosis")),
        ({"recruiter": {"Boss": Answer.NO}}, ("unknown_code", "recruiter", "Boss")),
        ({"recruitment_methods": frozenset({"Luck"})}, ("unknown_code", "recruitment_methods", "Luck")),
        ({"age_band": "9--17", "majority": "Adult"}, ("age_and_majority", "age_band", "9--17")),
        ({"age_band": "48+", "majority": "Minor"}, ("age_and_majority", "age_band", "48+")),
        ({"majority": "Minor", "majority_at_entry": "Adult"}, ("younger_later", "majority_at_entry", "Adult")),
        (
            {"majority": "Minor", "majority_at_exploitation": "Adult"},
            ("younger_later", "majority_at_exploitation", "Adult"),
        ),
        (
            {"exploitation": {"SexAndLabour": Answer.YES, "ForcedLabour": Answer.NO}},
            ("both_needs_each", "exploitation_sex_and_labour", "yes"),
        ),
        (
            {"exploitation": {"SexualExploitation": Answer.NO}, "sex": {"Pornography": Answer.YES}},
            ("kind_without_form", "exploitation_sexual", "no"),
        ),
        ({"means": {"NotSpecified": Answer.YES, "Threats": Answer.YES}}, ("stated_and_not", "means_not_specified", "yes")),
        ({"recruiter": {"Unknown": Answer.YES, "Family": Answer.YES}}, ("stated_and_not", "recruiter_unknown", "yes")),
    ],
)
def test_what_is_wrong_is_named(facts, reason):
    assert found(**facts) == {reason}


def test_a_record_cannot_be_changed():
    record = Record(means={"Threats": Answer.YES})
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.gender = "Feminine"
    with pytest.raises(TypeError):
        record.means["Threats"] = Answer.NO
    assert hash(record) == hash(Record(means={"Threats": Answer.YES}))


def test_the_caller_s_mapping_is_copied():
    means = {"Threats": Answer.YES}
    record = Record(means=means)
    means["Threats"] = Answer.NO
    assert record.means["Threats"] is Answer.YES


def test_unknown_and_declined_are_answers_of_the_case_and_not_of_the_pool():
    row = Record(means={"Threats": Answer.UNKNOWN, "Other": Answer.NO}, abduction=Answer.DECLINED).to_row()
    assert (row["means_threats"], row["means_other"], row["abduction"]) == (None, "no", None)
