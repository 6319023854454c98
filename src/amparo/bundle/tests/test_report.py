"""The report says the same as the data, in three languages, without script and without anything fetched."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from string import Formatter

import pytest

from amparo.bundle import report
from amparo.bundle.charts import panels
from amparo.bundle.contents import Contents, Counting
from amparo.bundle.tests.making import COLUMNS, certificate, codes, contents, description, measure, words
from amparo.standard.reasons import LANGUAGES

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Reader(HTMLParser):
    """Checks that every element is closed in order, and collects what matters."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id" and value]
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: bytes) -> Reader:
    reader = Reader()
    reader.feed(page.decode())
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    return report.render(contents())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_sound_html_with_an_outline(pages: dict[str, bytes], language: str) -> None:
    reader = read(pages[f"report.{language}.html"])
    assert ("html", "lang", language) in reader.attributes
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(reader.headings, reader.headings[1:], strict=False))
    assert len(reader.ids) == len(set(reader.ids))
    named = [value for _, name, value in reader.attributes if name == "aria-labelledby" and value]
    assert {one for value in named for one in value.split()} <= set(reader.ids)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_runs_nothing_and_fetches_nothing(pages: dict[str, bytes], language: str) -> None:
    page = pages[f"report.{language}.html"].decode()
    reader = read(page.encode())
    assert "<script" not in page
    assert not [one for one in reader.attributes if one[1].startswith("on") or one[1] == "style"]
    links = {value for tag, name, value in reader.attributes if name in ("href", "src") and tag != "use"}
    assert links == {f"report.{other}.html" for other in LANGUAGES if other != language}
    assert "url(http" not in page
    assert "@import" not in page
    assert f'content="{report.policy()}"' in page


def test_no_style_could_close_its_element() -> None:
    assert "<" not in report.style()


def test_a_report_has_each_picture_with_its_table(pages: dict[str, bytes]) -> None:
    found = panels(Counting.of(contents()))
    assert [panel.key for panel in found] == ["time", "gender", "means"]
    page = pages["report.en.html"].decode()
    for panel in found:
        assert f'id="{panel.key}"' in page
        assert panel.chart.sentence("en").split("±")[0] in page.replace("&#x27;", "'")
        for language in LANGUAGES:
            assert pages[f"pictures/{panel.key}.{language}.svg"].startswith(b"<svg ")
    assert page.count("<table") == len(found) + 1


def test_the_numbers_of_a_report_are_counts_of_rows(pages: dict[str, bytes]) -> None:
    """Anybody finds the number of women again by counting rows of the data."""
    given = contents()
    women = int((given.codes[1] == 1).sum())
    assert re.search(rf">{women} <span class=\"margin\">±", pages["report.en.html"].decode())


def test_words_from_recipe_and_domain_cannot_break_the_page() -> None:
    evil = '<script>alert("1")</script>&'
    columns = (replace(COLUMNS[0], label=words(evil)), replace(COLUMNS[1], domain=("Female", evil), labels={}), *COLUMNS[2:])
    about = description(title=words(evil), summary=words(evil), publisher=evil, licence=evil, columns=columns)
    given = contents()
    page = report.render(Contents(about, given.codes, certificate(about), given.measurements))["report.en.html"].decode()
    read(page.encode())
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_two_columns_may_share_a_file_name() -> None:
    columns = (COLUMNS[0], replace(COLUMNS[1], name="A b"), replace(COLUMNS[2], name="a-b", group=None), COLUMNS[3])
    about = description(columns=columns, groups=())
    given = contents()
    renamed = {old.name: new.name for old, new in zip(COLUMNS, columns, strict=True)}
    measured = tuple(replace(one, columns=tuple(renamed[name] for name in one.columns)) for one in given.measurements)
    found = panels(Counting.of(Contents(about, given.codes, certificate(about), measured)))
    assert [panel.key for panel in found] == ["time", "a-b", "a-b-2", "debt"]


def test_yes_is_found_however_it_is_spelled() -> None:
    for domain in (("0.0", "1.0"), ("no", "Yes"), ("1",), ("No", "Sí"), ("Non", "Oui")):
        assert replace(COLUMNS[2], domain=domain).yes == domain[-1]
        assert replace(COLUMNS[2], domain=domain[::-1]).yes == domain[-1]


def test_no_is_never_counted_as_yes() -> None:
    """A flag narrowed to its no leaves its group and stands alone, where its no is called no."""
    narrowed = tuple(replace(one, domain=("0",)) if one.name == "threats" else one for one in COLUMNS)
    drawn = tuple(coded % (len(one.domain) + 1) for coded, one in zip(codes(), narrowed, strict=True))
    about = description(columns=narrowed)
    given = Contents(about, drawn, certificate(about), measure(drawn, columns=narrowed))
    found = {panel.key: panel.chart for panel in panels(Counting.of(given))}
    assert [bar.category.code for bar in found["means"].bars] == ["debt"]
    assert [bar.category.code for bar in found["threats"].bars] == ["0", ""]


def test_a_group_without_any_yes_is_no_group() -> None:
    narrowed = tuple(replace(one, domain=("0",)) if one.kind == "flag" else one for one in COLUMNS)
    assert description(columns=narrowed).countable_groups == ()


@pytest.mark.parametrize("room", ["bundle", "release"])
def test_every_sentence_is_said_in_three_languages(room: str) -> None:
    """The same keys in the same order with the same values, none of them empty or left in English."""
    said = {
        language: tomllib.loads(files(f"amparo.{room}").joinpath("words", f"{language}.toml").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }
    for language in ("fr", "es"):
        assert list(said[language]) == list(said["en"])
        for key, sentence in said["en"].items():
            assert sorted(fields(said[language][key])) == sorted(fields(sentence)), (language, key)
    assert all(sentence for words in said.values() for sentence in words.values())


def fields(sentence: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(sentence) if name]
