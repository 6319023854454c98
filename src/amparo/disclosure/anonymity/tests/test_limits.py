"""What k-anonymity does not promise, shown by attacks that succeed, and said in every certificate."""

import json

import numpy as np
import pytest

from amparo.disclosure.anonymity import QuasiIdentifier, Scheme, anonymise, certificate
from amparo.disclosure.anonymity.certificate import NOT_PROMISED
from amparo.disclosure.domain import Attribute, Domain, Table
from amparo.standard.reasons import LANGUAGES

AGES = tuple(str(age) for age in range(20, 24))
PLACES = tuple(f"place{at}" for at in range(4))
FORMS = tuple(f"form{at}" for at in range(60))


def domain(first, second):
    return Domain((Attribute(first, AGES), Attribute(second, PLACES), Attribute("form", FORMS)))


def consistent(released, known):
    """The sensitive values of all released rows that could be a person of whom these facts are known."""
    rows = zip(*(released.values(name) for name in released.domain.names), strict=True)
    return {row[-1] for row in rows if all(code in (value, "*") for code, value in zip(row, known, strict=False))}


def test_two_releases_that_each_keep_k_and_l_give_persons_away_together():
    """A partner publishes its cases, another its own; who stands in both is what the two classes have in common.

    Ganta, Kasiviswanathan and Smith 2008. Each release alone leaves three forms or more for each of the
    eight who stand in both; the two together leave one for most.
    """
    source = np.random.default_rng(4)
    people = [source.integers(1, size + 1, 72) for size in (len(AGES), len(PLACES), len(FORMS))]
    found_out, alone = 0, []
    releases = []
    for part in (slice(0, 40), slice(32, 72)):
        codes = np.stack([column[part] for column in people], axis=1)
        names = domain("age", "place")
        asked = Scheme(names, 4, (QuasiIdentifier("age"), QuasiIdentifier("place")), ("form",), 3)
        made = anonymise(Table.from_codes(names, codes), asked, seed=1)
        assert made.findings.k >= 4
        assert made.findings.l >= 3
        releases.append(made.table)
    for person in range(32, 40):
        known = AGES[people[0][person] - 1], PLACES[people[1][person] - 1]
        each = [consistent(one, known) for one in releases]
        alone += [len(values) for values in each]
        found_out += len(each[0] & each[1]) == 1
    assert min(alone) >= 3
    assert found_out >= 4


def test_a_class_of_one_kind_gives_the_kind_away_when_only_k_is_asked():
    """Homogeneity (Machanavajjhala and others 2007): four alike of one form; l = 2 forbids it, or refuses."""
    names = domain("age", "place")
    values = [["20"] * 4 + ["21"] * 4, ["place0"] * 8, ["form1"] * 4 + ["form2", "form3"] * 2]
    table = Table.from_values(names, values)
    quasi = QuasiIdentifier("age"), QuasiIdentifier("place")
    only_k = anonymise(table, Scheme(names, 4, quasi, ("form",)), seed=1)
    assert consistent(only_k.table, ("20", "place0")) == {"form1"}
    both = anonymise(table, Scheme(names, 4, quasi, ("form",), 2), seed=1)
    assert len(consistent(both.table, ("20", "place0"))) > 1


@pytest.fixture(scope="module")
def paper():
    names = domain("age", "place")
    codes = np.random.default_rng(1).integers(1, 5, (90, 3))
    asked = Scheme(names, 5, (QuasiIdentifier("age"), QuasiIdentifier("place")), ("form",), 2)
    return certificate(anonymise(Table.from_codes(names, codes), asked, seed=6), seed=6)


def test_the_certificate_says_what_is_promised_and_what_is_not(paper):
    assert (paper["kind"], paper["promise"]["k"], paper["promise"]["l"]) == ("k-anonymous", 5, 2)
    assert [one["code"] for one in paper["not_promised"]] == list(NOT_PROMISED)
    assert paper["found"]["k"] >= 5
    assert paper["found"]["l"] >= 2
    assert paper["ledger"]["kept"] is False
    assert "epsilon" not in paper["promise"]
    assert json.loads(json.dumps(paper, allow_nan=False)) == paper


def test_the_certificate_speaks_three_languages(paper):
    said = [*paper["not_promised"], paper["promise"]["meaning"], paper["loss"], paper["domain"], paper["ledger"]]
    for sentence in said:
        assert set(sentence["says"]) == set(LANGUAGES)
        assert len(set(sentence["says"].values())) == 3
