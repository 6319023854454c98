"""Pages of the journey: legs written, shown, changed, taken out; places never drawn."""

import xml.etree.ElementTree as ElementTree
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.journeys import actions, picture, queries, shown
from amparo.desk.journeys.models import Leg


def test_a_leg_takes_the_next_number_and_twice_is_once(sign_in, a_case, a_leg, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("leg_new", args=[a_case.number])
    data = posted(client.get(address), kind="Exploitation", from_country="XB", to_country="XB", started_on_year="2026")
    for _time in range(2):
        assert client.post(address, data).status_code == 302
    assert [(leg.position, str(leg.started_on)) for leg in queries.legs_of(a_case)] == [(1, "2026-01-05"), (2, "2026")]


def test_a_leg_that_ends_before_it_begins_comes_back(sign_in, a_case, a_leg, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("leg", args=[a_case.number, a_leg.pk])
    page = client.post(address, posted(client.get(address), ended_on_year="2025", ended_on_month="", story="By night"))
    assert page.status_code == 422
    assert "By night" in page.content.decode()
    assert Leg.objects.get().version == 1


def test_changing_a_leg_keeps_what_was_told_before(sign_in, a_case, a_leg, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("leg", args=[a_case.number, a_leg.pk])
    page = client.get(address)
    assert client.post(address, posted(page, from_place="Port Selin")).status_code == 302
    assert [version.from_place for version in Leg.objects.get().history.all()] == ["Port Selin", "Tavrin <quay>"]
    assert client.post(address, posted(page, from_place="Elsewhere")).status_code == 409


def test_a_leg_is_taken_out_and_its_versions_stay(sign_in, a_case, a_leg, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("leg_remove", args=[a_case.number, a_leg.pk])
    assert client.get(address).status_code == 405
    assert client.post(address, {"version": "7"}).status_code == 409
    assert client.post(address, {"version": "1"}).status_code == 302
    assert not Leg.objects.exists()
    assert [version.from_place for version in Leg.history.all()][-1] == "Tavrin <quay>"


def test_the_pictures_are_whole_and_draw_no_place(a_case, a_leg):
    journey = shown.of(queries.told(a_case))
    for drawn in (journey.timeline, journey.route, journey.narrow_route):
        ElementTree.fromstring(drawn)
        assert "Tavrin" not in drawn
        assert "style=" not in drawn
    assert "Arvania" in journey.route


@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize(
    "dates",
    [
        [("2026-01-05", "2026-02")],
        [("2024", "2026-02"), ("2026-02", "2026-02-20")],
        [("2024-01-01", "2024-02"), ("2024-01", "2026-02"), ("2026-02-01", "")],
        [("2025-10-01", "2026-02-20"), ("2026-01-01", "2026-02-20"), ("2025-10-02", "2025-10-03"), ("2025-12-01", "2026-02")],
    ],
)
def test_no_words_meet_in_the_picture(a_case, her_caseworker, dates, language):
    for started, ended in dates:
        told = {"started_on": PartialDate.parse(started), "ended_on": PartialDate.parse(ended)}
        values = {"kind": "Exploitation", "from_country": "XA", "to_country": "XB", **told}
        actions.add_leg(case=a_case, by=her_caseworker, values=values)
    with translation.override(language):
        drawn = ElementTree.fromstring(shown.of(queries.told(a_case)).timeline)
    lines = {}
    for found in drawn.iter():
        at, known = float(found.get("x", 0)), found.get("class", "")
        wide = 7 * len(found.text or "")
        if found.tag.endswith("text") and float(found.get("y")) > 20:
            lines.setdefault(found.get("y"), []).append((at - wide, at) if "p-end" in known else (at, at + wide))
        elif "j-bar" in known:
            lines.setdefault(f"{float(found.get('y')) + 14:g}", []).append((at, at + float(found.get("width"))))
    assert len(lines) >= len(dates)
    for pieces in lines.values():
        pieces.sort()
        assert all(first[1] <= second[0] for first, second in pairwise(pieces)), pieces
        assert pieces[-1][1] <= picture.WIDE + 7


def test_the_page_tells_it_in_words_and_as_a_table(sign_in, a_case, a_leg, her_caseworker):
    page = sign_in(her_caseworker).get(reverse("journey", args=[a_case.number])).content.decode()
    assert "1 leg is told, from January 2026 to about February 2026; they fit together." in page
    assert "Tavrin &lt;quay&gt;, Arvania" in page
    assert "about February 2026" in page


def told_of(a_case, by, *dates):
    for kind, started, ended in dates:
        values = {"kind": kind, "started_on": PartialDate.parse(started), "ended_on": PartialDate.parse(ended)}
        actions.add_leg(case=a_case, by=by, values=values)
    return shown.of(queries.told(a_case))


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "3 legs are told (about 2026)"), ("fr", "3 étapes sont racontées"), ("es", "Se cuentan 3 etapas")],
)
def test_a_year_alone_is_told_as_a_year(a_case, her_caseworker, language, words):
    with translation.override(language):
        journey = told_of(a_case, her_caseworker, ("Recruitment", "2026~", ""), ("Transit", "", ""), ("Exploitation", "", ""))
    assert words in journey.sentence
    assert "2026)" in journey.sentence
    assert not any(str(word) in journey.sentence.casefold() for word in ("january", "december", "janvier", "diciembre"))


def test_no_bar_goes_past_today_or_the_known_end(a_case, her_caseworker, monkeypatch):
    today = timezone.localdate()
    drawn = []
    monkeypatch.setattr(shown.picture, "timeline", lambda lanes, *_args, **_more: drawn.append(lanes) or "")
    told_of(a_case, her_caseworker, ("Recruitment", f"{today.year}~", ""))
    assert drawn[-1][0].leg.last_day == today
    exited = today - timedelta(days=today.day)
    told_of(a_case, her_caseworker, ("Exit", f"{exited:%Y-%m-%d}", ""))
    assert [lane.leg.last_day for lane in drawn[-1]] == [exited, exited] or exited.year < today.year


def test_a_leg_form_opens_with_no_kind_chosen(sign_in, a_case, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("leg_new", args=[a_case.number])
    page = client.get(address)
    assert not page.context["form"]["kind"].value()
    refused = client.post(address, posted(page, from_country="XA"))
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["kind"]


def test_a_journey_without_dates_and_countries_has_no_picture(a_case, her_caseworker):
    actions.add_leg(case=a_case, by=her_caseworker, values={"kind": "Transit", "started_on": PartialDate.parse("declined")})
    journey = shown.of(queries.told(a_case))
    assert (journey.timeline, journey.route) == ("", "")
    assert len(journey.legs) == 1


@pytest.mark.parametrize("name", ["journey", "leg_new", "leg"])
def test_who_may_open_the_pages(name, sign_in, a_case, a_leg, her_caseworker, the_partner, the_outsider, make_member, shelter):
    address = reverse(name, args=[a_case.number, *([a_leg.pk] if name == "leg" else [])])
    assert sign_in(her_caseworker).get(address).status_code == 200
    assert sign_in(her_caseworker).delete(address).status_code == 405
    assert sign_in(the_partner).get(address).status_code == 404
    for member in (the_outsider, make_member(shelter, "police"), make_member(shelter, "administrator")):
        assert sign_in(member).get(address).status_code == 403


def test_a_leg_sent_again_with_other_words_is_told_and_kept(sign_in, a_case, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("leg_new", args=[a_case.number])
    data = posted(client.get(address), kind="Transit", from_country="XA", story="By bus")
    client.post(address, data)
    page = client.post(address, data | {"story": "By boat"})
    assert page.status_code == 422
    assert client.post(address, posted(page)).status_code == 302
    assert sorted(leg.story for leg in Leg.objects.all()) == ["By boat", "By bus"]


def labels_of_months(began, ended):
    from amparo.desk.journeys import picture
    from amparo.desk.journeys.rules import LegFacts

    leg = LegFacts(1, "", "XA", "XB", PartialDate.parse(began), PartialDate.parse(ended))
    month = lambda day, with_year: f"{day:%b %Y}" if with_year else f"{day:%b}"  # noqa: E731
    drawn = picture.timeline([picture.Lane(leg, "Exploitation", "", False)], [], title="t", sentence="s", month=month)
    texts = ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")
    return [(float(one.get("x")), one.text) for one in texts if one.get("y") == "16"], picture


@pytest.mark.parametrize(
    ("began", "ended"),
    [("2025-04", "2026-10"), ("2026-01-02", "2026-01-09"), ("2026-02", "2026-10-31"), ("2015", "2026"), ("2024-11", "2026-09")],
)
def test_years_stand_on_the_axis_and_no_month_is_cut(began, ended):
    months, picture = labels_of_months(began, ended)
    years = [int(words.split()[1]) for _x, words in months if " " in words]
    assert years[0] == int(began[:4])
    assert years == sorted(set(years))
    ends = [x + picture.LETTER * len(words) for x, words in months]
    assert ends[-1] <= picture.WIDE
    assert all(end <= x for end, (x, _words) in zip(ends, months[1:], strict=False))


def test_an_empty_journey_claims_nothing(sign_in, a_case, her_caseworker):
    page = sign_in(her_caseworker).get(reverse("journey", args=[a_case.number])).content.decode()
    assert "Nothing contradicts itself" not in page
    assert "nothing can be compared" in page


@pytest.mark.parametrize(("language", "words"), [("en", "Sep 1990"), ("fr", "sept. 1990"), ("es", "sep 1990")])
def test_months_are_shortened_as_each_language_does(language, words):
    with translation.override(language):
        assert shown._month(date(1990, 9, 1), True) == words
        assert shown._month(date(1990, 9, 1), False) == words.removesuffix(" 1990")


def test_a_leg_shows_its_table_of_answers_as_the_record_does(sign_in, a_case, her_caseworker):
    page = sign_in(her_caseworker).get(reverse("leg_new", args=[a_case.number])).content.decode()
    assert 'class="answers"' in page
    assert "desk/answers.css" in page, "without it the table spills over a telephone"
