"""Code lists are complete: three languages, a source, no blanks, no doubles, and extensions that map back."""

from datetime import date

import pytest

from amparo.standard import codes, fields, isic, pool
from amparo.standard.codes import Fit
from amparo.standard.reasons import LANGUAGES
from amparo.standard.tests.generating import every_list


@pytest.mark.parametrize("listed", every_list(), ids=lambda listed: listed.name)
def test_every_code_is_labelled_in_three_languages_and_has_a_source(listed):
    assert len(listed.codes) == len({code.code for code in listed.codes})
    for code in listed.codes:
        assert code.code == code.code.strip() != ""
        assert code.source.strip()
        assert all(code.label[language].strip() == code.label[language] != "" for language in LANGUAGES), code.code


@pytest.mark.parametrize("listed", every_list(), ids=lambda listed: listed.name)
def test_labels_tell_the_codes_of_a_list_apart(listed):
    for language in LANGUAGES:
        labels = [code.label[language] for code in listed.codes]
        assert len(labels) == len(set(labels)), language


@pytest.mark.parametrize("listed", every_list(), ids=lambda listed: listed.name)
def test_a_local_extension_maps_back_to_codes_of_the_standard_or_says_that_it_cannot(listed):
    own = {code.code for code in listed.codes if not code.is_extension}
    for code in listed.codes:
        targets = set(filter(None, code.maps_to.split(";")))
        assert targets <= own
        assert code.is_extension == (code.source.startswith("Amparo extension"))
        assert not code.is_extension or (code.fit is Fit.NONE) == (not targets)


def test_forced_criminality_and_two_means_of_control_map_back_to_other():
    found = {
        code.code: code.maps_to
        for name in ("exploitation", "means_of_control")
        for code in codes.load(name).codes
        if code.is_extension
    }
    assert found["ForcedCriminality"] == found["RestrictsMovement"] == found["UsesChildren"] == "Other"


def test_every_extension_belongs_to_a_list():
    assert {row["list"] for row in codes.rows("codes", codes.EXTENSIONS)} <= set(codes.names())


def test_countries_are_the_249_of_iso_3166_1_and_the_demo_region():
    countries = codes.load("country")
    assert sum(code.source == "ISO 3166-1" for code in countries.codes) == 249
    assert [code.code for code in countries.codes if "demo region" in code.source] == ["XA", "XB", "XC"]
    assert countries.label("XB", "fr") == "Belmore"
    assert len({code.also for code in countries.codes if code.also}) == 249 + 3 + 4
    assert all(len(code.code) == 2 and len(code.also) == 3 for code in countries.codes if not code.is_extension)


def test_a_domain_of_countries_fits_one_byte():
    assert len(codes.load("country").current.codes) <= 255


def test_a_list_at_a_day_has_the_codes_in_force_on_that_day():
    countries = codes.load("country")
    assert "CS" in countries.at(date(2005, 1, 1))
    assert "SS" not in countries.at(date(2005, 1, 1))
    assert "CS" not in countries.at(date(2015, 1, 1))
    assert "SS" in countries.at(date(2015, 1, 1))
    assert "CS" in countries.at(date(2006, 9, 26))
    assert "CS" not in countries.at(date(2006, 9, 27))
    assert "CS" not in countries.current


def test_a_form_offers_no_code_that_exists_only_for_coarser_files():
    assert "0" not in codes.load("country").offered
    assert "TransOrNonConforming" not in codes.load("gender").offered
    assert "ForcedCriminality" in codes.load("exploitation").offered


def test_an_unknown_code_is_shown_as_it_is_and_an_unknown_list_is_a_mistake():
    assert codes.load("gender").get("nothing") is None
    assert codes.load("gender").label("nothing", "fr") == "nothing"
    assert codes.load("gender").label("Feminine", "de") == "Female"
    with pytest.raises(KeyError):
        codes.load("nothing")


def test_the_standard_has_84_fields_and_their_lists_exist():
    found = fields.fields()
    assert len(found) == 84
    assert sum(field.is_core for field in found.values()) == 40
    for field in found.values():
        assert all(field.label[language].strip() for language in LANGUAGES)
        assert field.source == "HTCDS 2.0"
        if field.kind in (fields.FieldKind.CODE, fields.FieldKind.SEVERAL, fields.FieldKind.FLAG):
            assert field.code_list is not None
            assert field.code_list.codes
    assert fields.get("prs_Birthdate").is_identity
    assert not fields.get("prs_Gender").is_identity
    assert fields.get("org_Name").code_list is None


ON_THE_DESK = {"answer", "isic", "currency"}
"""Lists of what a desk asks and never sends: HTCDS has no field for a sum, and only sections of industry."""


def test_every_list_is_used_by_a_field_or_a_column_of_the_pool():
    used = {field.list_name for field in fields.fields().values()} | {column.code_list for column in pool.columns().values()}
    assert set(codes.names()) <= used | ON_THE_DESK


def test_every_flag_of_the_pool_is_a_code_of_its_list():
    for column in pool.columns().values():
        assert all(column.label[language].strip() for language in LANGUAGES)
        if column.code:
            assert column.code in codes.load(column.code_list)
        for value in column.domain:
            assert all(column.value_label(value, language).strip() for language in LANGUAGES)


def test_every_division_of_isic_belongs_to_a_section_and_to_an_industry_of_htcds():
    listed, industries = codes.load("isic"), codes.load("labour_industry")
    divisions = [code.code for code in listed.codes if code.code.isdigit()]
    assert (len(divisions), len(listed.codes) - len(divisions)) == (88, 21)
    assert [isic.section_of(code) for code in ("03", "10", "56", "78", "97", "H")] == ["A", "C", "I", "N", "T", "H"]
    assert all(isic.industry_of(code.code) in industries for code in listed.codes)
    assert isic.section_of("34") == isic.industry_of("34") == ""


def test_currencies_have_three_letters_and_none_is_a_metal_or_a_test():
    listed = codes.load("currency")
    assert all(len(code.code) == 3 and code.code.isupper() for code in listed.codes)
    assert {"EUR", "USD", "XOF"} <= set(listed.spellings())
    assert not {"XAU", "XTS"} & set(listed.spellings())
