"""Schemas have the exact headers, public domains, labels in three languages and the code book's groups."""

import pytest

from amparo.standard import schemas
from amparo.standard.pool import POOL_COLUMNS, Kind
from amparo.standard.reasons import LANGUAGES, Refused
from amparo.standard.schemas import Way
from amparo.standard.tests.generating import every_schema, table

KANON = """yearOfRegistration Datasource gender ageBroad majorityStatus majorityStatusAtExploit majorityEntry citizenship
meansOfControlDebtBondage meansOfControlTakesEarnings meansOfControlRestrictsFinancialAccess meansOfControlThreats
meansOfControlPsychologicalAbuse meansOfControlPhysicalAbuse meansOfControlSexualAbuse meansOfControlFalsePromises
meansOfControlPsychoactiveSubstances meansOfControlRestrictsMovement meansOfControlRestrictsMedicalCare
meansOfControlExcessiveWorkingHours meansOfControlUsesChildren meansOfControlThreatOfLawEnforcement
meansOfControlWithholdsNecessities meansOfControlWithholdsDocuments meansOfControlOther meansOfControlNotSpecified
meansOfControlConcatenated isForcedLabour isSexualExploit isOtherExploit isSexAndLabour isForcedMarriage isForcedMilitary
isOrganRemoval isSlaveryAndPractices typeOfExploitConcatenated typeOfLabourAgriculture typeOfLabourAquafarming
typeOfLabourBegging typeOfLabourConstruction typeOfLabourDomesticWork typeOfLabourHospitality typeOfLabourIllicitActivities
typeOfLabourManufacturing typeOfLabourMiningOrDrilling typeOfLabourPeddling typeOfLabourTransportation typeOfLabourOther
typeOfLabourNotSpecified typeOfLabourConcatenated typeOfSexProstitution typeOfSexPornography
typeOfSexRemoteInteractiveServices typeOfSexPrivateSexualServices typeOfSexConcatenated isAbduction RecruiterRelationship
CountryOfExploitation recruiterRelationIntimatePartner recruiterRelationFriend recruiterRelationFamily
recruiterRelationOther recruiterRelationUnknown"""
SEVEN = "yearOfRegistration gender ageBroad citizenship isForcedLabour isSexualExploit CountryOfExploitation"
SYNTHETIC = """yearOfRegistration gender ageBroad citizenship CountryOfExploitation traffickMonths meansDebtBondageEarnings
meansThreats meansAbusePsyPhySex meansFalsePromises meansDrugsAlcohol meansDenyBasicNeeds meansExcessiveWorkHours
meansWithholdDocs isForcedLabour isSexualExploit isOtherExploit typeOfLabourAgriculture typeOfLabourConstruction
typeOfLabourDomesticWork typeOfLabourHospitality typeOfSexProstitution typeOfSexPornography
recruiterRelationIntimatePartner recruiterRelationFriend recruiterRelationFamily recruiterRelationOther"""
SPREADSHEET = """- cas_CaseOwner prs_Salutation prs_FirstName prs_SecondName con_Consent prs_Birthdate prs_Gender prs_Citizenship
prs_Title prs_Email prs_HomePhone prs_MobilePhone prs_MailingCity prs_MailingCountry prs_MailingState prs_MailingStreet
prs_MailingPostalCode vic_TraffickingStatus vic_TraffickinStatusDecisionMakingOrg vic_MethodOfRecruitment
vic_LocationOfRecruitment vic_MethodsOfControl vic_TypeOfExploitation vic_ForcedLabourIndustry vic_TypeOfSexExploitation
vic_LocationOfExploitation cas_Status cas_ReferringOrganisation cas_IncomingReferralDate cas_ReferringPrimaryCaseWorker
cas_ReasonForIncomingReferral cas_IncomingReferralDetails cas_ReferredOrganisation cas_ReferredPrimaryCaseWorker -
cas_OutgoingReferralDate cas_OutgoingReferralDetails cas_ReasonForCaseClosure"""
HEADERS = {"ctdc-kanon": KANON, "ctdc-kanon-7": SEVEN, "ctdc-synthetic": SYNTHETIC, "htcds-spreadsheet": SPREADSHEET}


@pytest.mark.parametrize("name", HEADERS)
def test_the_header_is_exact(name):
    expected = tuple("" if cell == "-" else cell for cell in HEADERS[name].split())
    assert schemas.load(name).header == expected


def test_the_counts_of_columns():
    assert {name: len(schemas.load(name).columns) for name in HEADERS} == {
        "ctdc-kanon": 63,
        "ctdc-kanon-7": 7,
        "ctdc-synthetic": 27,
        "htcds-spreadsheet": 39,
    }
    assert schemas.load("amparo-pool").names == POOL_COLUMNS


def test_later_synthetic_files_say_sector():
    older, later = schemas.load("ctdc-synthetic").names, schemas.load("ctdc-synthetic").aliases
    assert later[17:23] == tuple(name.replace("typeOf", "sectorOf") for name in older[17:23])
    assert later[:17] == older[:17]
    assert later[23:] == older[23:]


@pytest.mark.parametrize("schema", every_schema(), ids=lambda schema: schema.name)
def test_every_column_and_value_has_a_label_in_three_languages(schema):
    for column in schema.columns:
        for language in LANGUAGES:
            assert column.label[language].strip(), column.name
            for value in column.codes:
                assert column.value_label(value, language).strip(), (column.name, value)


@pytest.mark.parametrize("schema", every_schema(), ids=lambda schema: schema.name)
def test_no_code_is_shown_in_place_of_its_label(schema):
    for column in schema.columns:
        if column.kind is not Kind.YEAR and column.way is not Way.CONSENT:
            labels = {column.value_label(value, "fr") for value in column.codes}
            assert not column.codes or len(labels & set(column.codes)) < max(2, len(labels)), column.name


def test_labels_read_well_where_charts_show_them():
    kanon = schemas.load("ctdc-kanon")
    assert dict(kanon.column("meansOfControlDebtBondage").label) == {
        "en": "Debt bondage",
        "fr": "Servitude pour dettes",
        "es": "Servidumbre por deudas",
    }
    assert kanon.column("citizenship").value_label("UA", "es") == "Ucrania"
    assert kanon.column("citizenship").value_label("0", "fr") == "Consigné sans pays"
    assert schemas.load("ctdc-synthetic").column("citizenship").value_label("UKR", "fr") == "Ukraine"
    assert schemas.load("ctdc-kanon-7").column("isForcedLabour").value_label("1.0", "es") == "Sí"
    assert schemas.load("ctdc-synthetic").column("sectorOfLabourHospitality").label["en"] == "Hotels and restaurants"
    assert schemas.load("ctdc-kanon").column("ageBroad").value_label("48+", "fr") == "48 ans ou plus"


@pytest.mark.parametrize("name", ["ctdc-kanon", "ctdc-kanon-7", "ctdc-synthetic", "amparo-pool"])
def test_every_column_that_a_release_can_use_has_a_public_domain(name):
    for column in schemas.load(name).columns:
        assert bool(column.codes) != column.is_derived
        assert "" not in column.codes
        assert "-99" not in column.codes
        assert len(column.codes) == len(set(column.codes)) <= 255


def test_domains_are_spelled_as_the_files_spell_them():
    seven = schemas.load("ctdc-kanon-7")
    assert seven.column("isForcedLabour").codes == ("0.0", "1.0")
    assert seven.column("gender").codes == ("Female", "Male")
    assert seven.column("ageBroad").codes == ("0--8", "9--17", "18--20", "21--23", "24--26", "27--29", "30--38", "39--47", "48+")
    assert len(seven.column("citizenship").codes) == 249 + 3 + 1
    assert "0" in seven.column("citizenship").codes
    synthetic = schemas.load("ctdc-synthetic")
    assert synthetic.column("isForcedLabour").codes == ("1",)
    assert synthetic.column("gender").codes == ("Man", "Woman", "Trans/Transgender/NonConforming")
    assert synthetic.column("traffickMonths").codes == ("0--12 (0-1 yr)", "13--24 (1-2 yrs)", "25+ (2+ yrs)")
    assert all(len(code) == 3 for code in synthetic.column("CountryOfExploitation").codes)


def test_groups_leave_out_the_columns_that_say_nothing_was_stated():
    groups = {group.name: group for group in schemas.load("ctdc-kanon").groups}
    assert list(groups) == ["means", "exploitation", "labour", "sex", "recruiter"]
    assert len(groups["means"].columns) == 17
    assert "meansOfControlNotSpecified" not in groups["means"].columns
    assert "recruiterRelationUnknown" not in groups["recruiter"].columns
    assert groups["labour"].label["es"] == "Tipo de trabajo"
    assert schemas.load("ctdc-kanon").column("meansOfControlNotSpecified").group is None


def test_identity_has_no_way_into_the_pool():
    sheet = schemas.load("htcds-spreadsheet")
    hidden = [column for column in sheet.columns if column.is_identity]
    assert {column.name for column in hidden} >= {"prs_FirstName", "prs_Email", "cas_CaseOwner", "cas_IncomingReferralDetails"}
    assert all(not column.pool and not column.codes for column in hidden)


@pytest.mark.parametrize("schema", every_schema(), ids=lambda schema: schema.name)
def test_the_likely_schema_of_a_header_is_its_own(schema):
    assert schemas.likely(table(schema, seed=1).columns) == schema.name


def test_an_unknown_schema_is_refused_with_the_names_of_the_known_ones():
    with pytest.raises(Refused) as refused:
        schemas.load("ctdc")
    assert refused.value.reasons[0].code == "unknown_schema"
    for language in LANGUAGES:
        assert "ctdc-kanon-7" in refused.value.say(language)
