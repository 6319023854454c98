"""Every page in three languages: happy, wrong method, unknown, bad filters, strict headers, small, without script."""

import gzip
import itertools
import re
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.standard.reasons import LANGUAGES

ONE = "/r/invented-2025-1/"
PAGES = {
    "home": "/",
    "releases": "/releases",
    "release": ONE,
    "explorer": f"{ONE}explore",
    "filtered": f"{ONE}explore?year_from=2020&year_to=2022&gender=Woman&gender=-&exploitation=isForcedLabour",
    "world": "/r/world-2023/explore",
    "methods": "/methods",
    "about": "/about",
}
FILES = {
    "home.json": "application/json",
    "home.csv": "text/csv; charset=utf-8",
    "releases.json": "application/json",
    "releases.csv": "text/csv; charset=utf-8",
    "r/invented-2025-1/release.json": "application/json",
    "r/invented-2025-1/release.csv": "text/csv; charset=utf-8",
    "r/invented-2025-1/explore.json": "application/json",
    "r/invented-2025-1/explore.csv": "text/csv; charset=utf-8",
    "r/invented-2025-1/explore/time.json": "application/json",
    "r/invented-2025-1/explore/map.csv": "text/csv; charset=utf-8",
    "r/invented-2025-1/explore/flows.svg": "image/svg+xml",
    "r/invented-2025-1/release.zip": "application/zip",
    "r/invented-2025-1/files/data.csv": "text/csv; charset=utf-8",
    "r/invented-2025-1/files/data.parquet": "application/vnd.apache.parquet",
}
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
in_each_language = pytest.mark.parametrize("language", LANGUAGES)
each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())


def is_strict(answer):
    """Every answer, whatever its status, sets no cookie and carries the strict policy."""
    policy = answer.headers["Content-Security-Policy"]
    return (
        "Set-Cookie" not in answer.headers
        and sorted(policy.split("; ")) == sorted(POLICY.split("; "))
        and "unsafe" not in policy
        and answer.headers["X-Content-Type-Options"] == "nosniff"
        and answer.headers["Referrer-Policy"] == "no-referrer"
        and answer.headers["X-Frame-Options"] == "DENY"
    )


@in_each_language
@each_page
def test_a_page_answers_in_its_language(portal, language, page):
    answer = portal.ask(f"/{language}{page}")
    assert answer.status == 200
    assert is_strict(answer)
    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{language}"' in answer.text
    title = re.search(r"<title>([^<]+)</title>", answer.text)[1]
    assert title.endswith("· Amparo")
    assert answer.text.count("<h1") == 1
    levels = [int(level) for level in re.findall(r"<h(\d)", answer.text)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


@in_each_language
@each_page
def test_a_page_needs_no_script_no_style_attribute_and_nobody_else(portal, language, page):
    text = portal.ask(f"/{language}{page}").text
    assert "<script" not in text
    assert " style=" not in text
    assert not re.search(r"\son\w+=", text)
    assert "<style" not in text
    hosts = set(re.findall(r'(?:href|src|action)="(?:https?:)?//([^/"]+)', text))
    assert hosts <= {f"127.0.0.1:{portal.port}"}
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


@in_each_language
@each_page
def test_a_page_with_its_styles_is_under_100_kb(portal, language, page):
    text = portal.ask(f"/{language}{page}").text
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', text)
    assert len(styles) == 3
    total = len(gzip.compress(text.encode())) + sum(len(gzip.compress(portal.ask(one).body)) for one in styles)
    assert total < 100_000


@in_each_language
@each_page
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_page_can_only_be_read(portal, language, page, method):
    answer = portal.ask(f"/{language}{page}", method)
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD"
    assert is_strict(answer)
    assert f'lang="{language}"' in answer.text


@each_page
def test_head_answers_like_get_without_a_body(portal, page):
    answer = portal.ask(f"/en{page}", "HEAD")
    assert answer.status == 200
    assert answer.body == b""


@in_each_language
@pytest.mark.parametrize(
    "path",
    [
        "/r/no-such/",
        "/r/no-such/explore",
        "/r/no-such/files/data.csv",
        "/nothing",
        f"{ONE}files/secret.txt",
        "/r/no-such/release.zip",
    ],
)
def test_what_is_not_there_says_so(portal, language, path):
    answer = portal.ask(f"/{language}{path}")
    assert answer.status == 404
    assert is_strict(answer)
    assert f'<html lang="{language}"' in answer.text
    assert f'href="/{language}/releases"' in answer.text


@pytest.mark.parametrize(
    "path", [f"{ONE}files/../../../database.sqlite3", f"{ONE}files/%2e%2e/%2e%2e/keys/secret", "/r/..%2f..%2fkeys/"]
)
def test_no_path_leads_out_of_a_release(portal, path):
    assert portal.ask(f"/en{path}").status == 404


@in_each_language
@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("gender=Wombat", "Wombat"),
        ("nosuch=1", "nosuch"),
        ("year_from=1700", "1700"),
        ("year_from=2023&year_to=2020", ""),
        ("gender=Woman&" + "x=1&" * 2000, ""),
        ("exploitation=gender", "gender"),
        ("gender=" + quote("<script>alert(1)</script>"), "&lt;script&gt;"),
    ],
)
def test_bad_filters_get_a_friendly_page_and_keep_the_good_ones(portal, language, query, shown):
    answer = portal.ask(f"/{language}{ONE}explore?ageBroad=48%2B&{query}")
    assert answer.status == 400
    assert is_strict(answer)
    assert shown in answer.text
    assert "<script" not in answer.text
    again = re.search(r'class="button" href="([^"]+)"', answer.text)[1]
    assert portal.ask(again.replace("&amp;", "&")).status == 200


def test_a_good_filter_survives_a_bad_one(portal):
    answer = portal.ask(f"/en{ONE}explore?ageBroad=48%2B&nosuch=1")
    assert f'href="/en{ONE}explore?ageBroad=48%2B"' in answer.text


def test_json_refuses_bad_filters_with_reasons(portal):
    answer = portal.ask(f"/fr{ONE}explore.json?gender=Wombat")
    assert answer.status == 400
    (problem,) = answer.json["problems"]
    assert (problem["code"], problem["filter"], problem["value"]) == ("unknown_value", "gender", "Wombat")
    assert "Wombat" in problem["message"]


def test_empty_fields_of_the_form_leave_the_address(portal):
    answer = portal.ask(f"/en{ONE}explore?year_from=&year_to=2022&gender=Man&citizenship=")
    assert answer.status == 302
    assert answer.headers["Location"] == f"/en{ONE}explore?year_to=2022&gender=Man"


@in_each_language
@pytest.mark.parametrize(("path", "kind"), FILES.items(), ids=FILES.keys())
def test_files_stand_beside_the_pages(portal, language, path, kind):
    answer = portal.ask(f"/{language}/{path}")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == kind
    assert is_strict(answer)
    assert portal.ask(f"/{language}/{path}", "POST").status == 405


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.5", "fr"),
        ("es", "es"),
        ("de, en;q=0.1", "en"),
        ("", "en"),
        ("de;q=x,es;q=0.2", "es"),
        ("fr;q=0,es", "es"),
    ],
)
def test_the_root_leads_to_the_readers_language_without_a_cookie(portal, header, language):
    answer = portal.ask("/", Accept_Language=header)
    assert (answer.status, answer.headers["Location"]) == (302, f"/{language}/")
    assert "Accept-Language" in answer.headers["Vary"]
    assert is_strict(answer)


def test_what_has_not_changed_is_not_sent_again(portal):
    first = portal.ask(f"/en{ONE}explore")
    again = portal.ask(f"/en{ONE}explore", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    assert first.headers["Cache-Control"] == "public, max-age=300"
    other = portal.ask(f"/fr{ONE}explore", If_None_Match=first.headers["ETag"])
    assert other.status == 200
    assert portal.ask("/en/r/no-such/").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("path", "status"), [("/en/r/no-such/", 404), ("/en/nothing", 404), ("/en/", 200)])
@pytest.mark.parametrize("named", ["*", " * "])
def test_any_version_of_a_page_that_is_not_there_is_no_page(portal, path, status, named):
    answer = portal.ask(path, If_None_Match=named)
    assert answer.status == status
    assert ("no-store" in answer.headers["Cache-Control"]) == (status == 404)
    assert ("ETag" in answer.headers) == (status == 200)


def test_pages_travel_compressed(portal):
    answer = portal.ask(f"/en{ONE}explore", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"<html" in gzip.decompress(answer.body)


def test_styles_may_be_kept_for_a_year(portal):
    (style, *_) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', portal.ask("/en/").text)
    assert "max-age=31536000" in portal.ask(style).headers["Cache-Control"]


def test_an_unknown_host_is_refused(portal):
    assert portal.ask("/en/", Host="evil.example").status == 400


@in_each_language
def test_before_the_first_release_the_site_says_what_will_come(empty, language):
    for path in ("/", "/releases", "/methods", "/about"):
        answer = empty.ask(f"/{language}{path}")
        assert answer.status == 200
        assert is_strict(answer)
    assert empty.ask(f"/{language}/home.json").json["release"] is None
    assert empty.ask(f"/{language}/home.csv").status == 200
    assert empty.ask(f"/{language}/releases.json").json["releases"] == []


def test_every_link_on_every_page_leads_somewhere(portal):
    waiting, seen = ["/en/"], set()
    while waiting and len(seen) < 120:
        page = waiting.pop(0)
        if page in seen:
            continue
        seen.add(page)
        answer = portal.ask(page)
        assert answer.status in (200, 302), page
        if answer.headers["Content-Type"].startswith("text/html") and "/files/" not in page:
            links = [link.replace("&amp;", "&").split("#")[0] for link in re.findall(r'href="(/[^"]*)"', answer.text)]
            waiting += [link for link in links if link and link.startswith(("/en", "/static"))]
    assert len(seen) > 60


names = st.sampled_from(["gender", "ageBroad", "citizenship", "year_from", "year_to", "exploitation", "means", "x", ""]) | st.text(
    max_size=8
)
values = st.sampled_from(["Woman", "-", "2021", "XA", "isForcedLabour", "48+", ""]) | st.text(max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(names, values), max_size=8), st.sampled_from(["explore", "explore.json", "explore.csv", "explore/time.svg"])
)
def test_no_query_breaks_the_explorer(portal, pairs, path):
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    assert portal.ask(f"/en{ONE}{path}?{query}").status in (200, 302, 400)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=40), st.sampled_from(["/en/", f"/en{ONE}explore?", f"/en{ONE}explore/", "/"]))
def test_no_address_breaks_the_site(portal, raw, before):
    path = before + "".join(f"%{byte:02x}" for byte in raw)
    assert portal.ask(path).status in (200, 302, 400, 404)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=40))
def test_no_raw_query_breaks_the_explorer(portal, raw):
    assert portal.ask(f"/en{ONE}explore?{raw}").status in (200, 302, 400)


@in_each_language
def test_a_selection_with_nobody_is_a_page_too(portal, language):
    nobody = "year_from=2019&year_to=2019&gender=Trans&citizenship=XC&CountryOfExploitation=XB&ageBroad=39--47&means=meansDebt"
    answer = portal.ask(f"/{language}/r/invented-2024-1/explore?{nobody}")
    assert answer.status == 200
    told = portal.ask(f"/{language}/r/invented-2024-1/explore.json?{nobody}").json
    assert told["total"]["count"] == 0
    assert told["total"]["mark"] == "zero"
    assert not any(figure["percent"] is not None for picture in told["pictures"] for figure in picture["figures"])
    for path in ("explore.csv", "explore/flows.svg", "explore/time.svg", "explore/gender.svg"):
        assert portal.ask(f"/{language}/r/invented-2024-1/{path}?{nobody}").status == 200
