"""The figures: counts of released rows in page, JSON and CSV alike, margins, and the code book's denominator."""

import csv
import io
import re
from html.parser import HTMLParser

import pytest

from amparo.standard.reasons import LANGUAGES

ONE = "/r/invented-2025-1"
QUERIES = [
    "",
    "?gender=Woman",
    "?year_from=2020&year_to=2022&exploitation=isForcedLabour",
    "?ageBroad=48%2B&ageBroad=-",
    "?citizenship=XA&means=meansDebt",
]
FORMS = ("isForcedLabour", "isSexualExploit", "isOtherExploit", "isOrganRemoval")


class Tables(HTMLParser):
    """Reads the table of each section: a list of rows, each a list of cell texts, marks left out."""

    def __init__(self):
        super().__init__()
        self.found, self._section, self._cell, self._skip = {}, "", None, 0

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "section":
            self._section = attributes.get("id", "")
        if tag == "tr":
            self.found.setdefault(self._section, []).append([])
        if tag in ("th", "td"):
            self._cell = ""
        if tag == "span" and ("mark" in attributes.get("class", "") or self._skip):
            self._skip += 1

    def handle_endtag(self, tag):
        if tag == "span" and self._skip:
            self._skip -= 1
        if tag in ("th", "td") and self._section in self.found:
            self.found[self._section][-1].append(" ".join((self._cell or "").split()))
            self._cell = None

    def handle_data(self, data):
        if self._cell is not None and not self._skip:
            self._cell += data


def tables(portal, query, language="en"):
    """Return the tables of the explorer by section."""
    reader = Tables()
    reader.feed(portal.ask(f"/{language}{ONE}/explore{query}").text)
    return reader.found


def rows_of(portal, query):
    """Return the downloaded rows that pass the query's filters, read by nothing but the csv module."""
    rows = list(csv.DictReader(io.StringIO(portal.ask(f"/en{ONE}/files/data.csv").text)))
    kept = {
        "": lambda row: True,
        QUERIES[1]: lambda row: row["gender"] == "Woman",
        QUERIES[2]: lambda row: "2020" <= row["yearOfRegistration"] <= "2022" and row["isForcedLabour"] == "1",
        QUERIES[3]: lambda row: row["ageBroad"] in ("48+", ""),
        QUERIES[4]: lambda row: row["citizenship"] == "XA" and row["meansDebt"] == "1",
    }[query]
    return [row for row in rows if kept(row)]


def figures(portal, query, key):
    """Return one picture's figures from the JSON."""
    return portal.ask(f"/en{ONE}/explore/{key}.json{query}").json["pictures"][0]["figures"]


def number(text):
    """Return the count of a cell such as `1,234 ± 56`, or None where it is not shown."""
    found = re.match(r"([\d,]+) ±", text)
    return int(found[1].replace(",", "")) if found else None


@pytest.mark.parametrize("query", QUERIES)
def test_the_page_shows_counts_of_the_rows_that_can_be_downloaded(portal, query):
    found, rows = tables(portal, query), rows_of(portal, query)
    words = {"0–8": "0--8", "9–17": "9--17", "Not recorded": ""}
    for key, column in (("gender", "gender"), ("age", "ageBroad")):
        _, *body = found[key]
        assert body
        for head, cell, *_ in body:
            code = words.get(head, head.replace("–", "--"))
            expected = sum(row[column] == code for row in rows)
            assert number(cell) in (expected, None)
            if number(cell) is None:
                assert cell == "not shown"
    labels = {"Forced labour": "isForcedLabour", "Sexual exploitation": "isSexualExploit", "Other exploitation": "isOtherExploit"}
    for head, cell, *_ in found["exploitation"][1:]:
        if head in labels and number(cell) is not None:
            assert number(cell) == sum(row[labels[head]] == "1" for row in rows)


@pytest.mark.parametrize("query", QUERIES)
def test_every_year_and_sex_is_a_count_of_rows(portal, query):
    rows = rows_of(portal, query)
    for figure in figures(portal, query, "time"):
        year, sex = figure["where"]["yearOfRegistration"], figure["where"]["gender"]
        expected = sum(row["yearOfRegistration"] == year and row["gender"] == sex for row in rows)
        if figure["mark"] == "suppressed":
            assert figure["count"] is None
            assert expected <= figure["margin"]
        else:
            assert figure["count"] == expected
            assert (figure["mark"] == "zero") == (expected == 0)


@pytest.mark.parametrize("query", QUERIES)
def test_flows_and_map_are_counts_of_rows(portal, query):
    rows = rows_of(portal, query)
    for key in ("flows", "map"):
        for figure in figures(portal, query, key):
            if figure["mark"] == "suppressed":
                continue
            assert figure["count"] == sum(all(row[name] == code for name, code in figure["where"].items()) for row in rows)


@pytest.mark.parametrize("query", QUERIES)
def test_percentages_leave_out_who_has_no_answer_in_the_group(portal, query):
    rows = rows_of(portal, query)
    answered = sum(any(row[form] for form in FORMS) for row in rows)
    picture = portal.ask(f"/en{ONE}/explore/exploitation.json{query}").json["pictures"][0]
    assert picture["denominator"]["count"] in (answered, None)
    for figure in picture["figures"]:
        form = figure["where"]["column"]
        if figure["percent"] is None:
            continue
        assert form
        assert figure["percent"] == pytest.approx(100 * sum(row[form] == "1" for row in rows) / answered, abs=0.051)
        assert 0 < figure["percent_margin"] <= 100


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_json_and_csv_hold_the_same_figures(portal, query, language):
    told = portal.ask(f"/{language}{ONE}/explore.json{query}").json
    listed = list(csv.DictReader(io.StringIO(portal.ask(f"/{language}{ONE}/explore.csv{query}").text)))
    expected = []
    for picture in told["pictures"]:
        for figure in picture["figures"]:
            pairs = [*figure["where"].items(), ("", "")][:2]
            plain = {name: "" if figure[name] is None else str(figure[name]) for name in figure if name != "where"}
            first, second = (pairs[0], pairs[1]) if len(figure["where"]) == 2 else (pairs[0], ("", ""))
            expected.append(
                {
                    "picture": picture["picture"],
                    "column": first[0],
                    "value": first[1],
                    "second_column": second[0],
                    "second_value": second[1],
                }
                | plain
            )
    assert listed == expected
    single = list(csv.DictReader(io.StringIO(portal.ask(f"/{language}{ONE}/explore/age.csv{query}").text)))
    assert single == [row for row in listed if row["picture"] == "age"]


def test_the_link_of_the_json_shows_the_same_page(portal):
    told = portal.ask(f"/en{ONE}/explore.json?gender=Man&year_to=2022").json
    assert told["link"] == f"{portal.address}/en{ONE}/explore?year_to=2022&gender=Man"
    assert told["selection"] == [{"filter": "year_to", "value": "2022"}, {"filter": "gender", "value": "Man"}]
    page = portal.ask(told["link"].removeprefix(portal.address)).text
    assert told["link"].replace("&", "&amp;") in page
    assert f"{told['total']['count']:,} ±" in page


def test_each_picture_has_its_table_margin_files_and_link(portal):
    page = portal.ask(f"/en{ONE}/explore?gender=Man").text
    for key in ("time", "gender", "age", "exploitation", "means", "flows", "map"):
        section = re.search(rf'<section class="sec[^"]*" id="{key}".*?</section>', page, re.DOTALL)[0]
        assert section.count("<svg") >= 2
        assert "<table>" in section
        assert "±" in section
        for kind in ("csv", "json", "svg"):
            assert f"/explore/{key}.{kind}?gender=Man" in section
        assert f"/explore?gender=Man#{key}" in section


def test_one_column_and_pairs_are_measured_and_more_are_modelled(portal):
    assert {figure["basis"] for figure in figures(portal, "", "time")} == {"measured"}
    assert {figure["basis"] for figure in figures(portal, "?ageBroad=48%2B", "time")} == {"modelled"}
    assert {figure["basis"] for figure in figures(portal, "?ageBroad=48%2B", "gender")} == {"measured"}


def test_four_marks_stay_four(portal):
    """In the older release the noise is large: some counts are hidden, some are zero, some unknown."""
    found = portal.ask("/en/r/invented-2024-1/explore.json").json
    marks = {figure["mark"] for picture in found["pictures"] for figure in picture["figures"]}
    assert {"suppressed", "zero", ""} <= marks
    page = portal.ask("/en/r/invented-2024-1/explore").text
    for mark in ("suppressed", "unknown", "zero"):
        assert f"mark-{mark}" in page
    assert "because of the noise there may be a few in truth" in page


def test_a_margin_is_never_zero_for_a_count_with_noise(portal):
    for picture in portal.ask(f"/en{ONE}/explore.json").json["pictures"]:
        assert all(figure["margin"] > 0 for figure in picture["figures"])


def test_countries_of_the_world_get_the_world(portal):
    page = portal.ask("/en/r/world-2023/explore").text
    section = re.search(r'id="map".*?</section>', page, re.DOTALL)[0]
    assert "p-flow" in section
    assert "p-land" in section
    assert "Not drawn, too small for this map or not on it: Sgp." in section


def test_the_release_page_says_what_it_must(portal):
    text = portal.ask(f"/en{ONE}/").text
    for wanted in (
        "Not for finding or judging a person.",
        "not_people said plainly.",
        "singles said plainly.",
        "Epsilon",
        "1 × 10⁻⁶",
    ):
        assert wanted in text
    listed = portal.ask(f"/en{ONE}/release.json").json["files"]
    for file in listed:
        assert file["sha256"] in text
        answer = portal.ask(file["link"].removeprefix(portal.address))
        assert len(answer.body) == file["bytes"]
    assert {"data.csv", "data.parquet", "certificate.json", "checksums.json", "measurements.parquet"} <= {
        one["name"] for one in listed
    }


def test_the_front_page_says_whose_figures_in_whole_sentences(portal):
    assert "The figures below cover Arvania, Belmora, Costaverde. Open to all" in portal.ask("/en/").text
    assert (
        "Les chiffres ci-dessous portent sur les lieux suivants\u00a0: Arvanie, Belmora, Costaverde. Ouvert"
        in portal.ask("/fr/").text
    )
    assert "Las cifras de abajo abarcan estos lugares: Arvania, Belmora, Costaverde. Abierto" in portal.ask("/es/").text


def test_only_a_release_with_a_ledger_claims_one(portal):
    assert "entered in a ledger" in portal.ask(f"/en{ONE}/").text
    assert "entered in a ledger" not in portal.ask("/en/r/invented-2024-1/").text
    assert "entered in a ledger" not in portal.ask("/en/r/invented-2024-1/explore").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_chips_can_be_taken_off_one_by_one(portal, language):
    page = portal.ask(f"/{language}{ONE}/explore?year_from=2020&gender=Woman&gender=Man&means=meansDebt").text
    chips = [link.replace("&amp;", "&") for link in re.findall(r'<a class="chip" href="([^"]+)"', page)]
    assert chips == [
        f"/{language}{ONE}/explore?gender=Woman&gender=Man&means=meansDebt",
        f"/{language}{ONE}/explore?year_from=2020&gender=Man&means=meansDebt",
        f"/{language}{ONE}/explore?year_from=2020&gender=Woman&means=meansDebt",
        f"/{language}{ONE}/explore?year_from=2020&gender=Woman&gender=Man",
    ]
