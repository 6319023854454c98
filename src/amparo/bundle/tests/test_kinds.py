"""Bundles of the other kinds: written, read, reported and verified; what contradicts itself is found."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from amparo.bundle import files, package
from amparo.bundle.aggregates import AggregateContents
from amparo.bundle.anonymous import AnonymousContents
from amparo.bundle.canonical import encode
from amparo.bundle.contents import csv_bytes
from amparo.bundle.description import Anonymity, from_json, to_json
from amparo.bundle.keys import Signer
from amparo.bundle.reading import read
from amparo.bundle.tests.making import contents, description
from amparo.bundle.tests.making_kinds import LINES, aggregates, anonymous, listed
from amparo.bundle.verification import verify
from amparo.bundle.writing import parquet_bytes, render, write
from amparo.standard.reasons import LANGUAGES

SIGNER = Signer.from_bytes(bytes(range(32)))
each_kind = pytest.mark.parametrize("made", [anonymous(), aggregates()], ids=["k-anonymous", "aggregates"])


def resealed(folder: Path, changes: dict[str, bytes]) -> set[str]:
    """Forge files and their checksums, and return what verification still finds."""
    kept = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (files.CHECKSUMS, files.SIGNATURE)
    }
    forged = files.seal({name: content for name, content in (kept | changes).items() if content}, None)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        path.unlink()
    for name, content in forged.items():
        (folder / name).write_bytes(content)
    verdict = verify(folder)
    assert all(reason.say(language) for reason in verdict.findings for language in LANGUAGES)
    return {reason.code for reason in verdict.findings}


@each_kind
def test_a_bundle_is_written_read_and_verified(made: AnonymousContents | AggregateContents, tmp_path: Path) -> None:
    bundle = write(tmp_path / "one", made, signer=SIGNER)
    verdict = verify(bundle.path, key=SIGNER.public, is_apart=True)
    assert (verdict.ok, verdict.signer) == (True, SIGNER.key_id)
    assert read(bundle.path).description == made.description
    assert render(made, signer=SIGNER) == {
        path.relative_to(bundle.path).as_posix(): path.read_bytes() for path in bundle.path.rglob("*") if path.is_file()
    }


def test_the_tables_are_there_as_they_were_given(tmp_path: Path) -> None:
    anonymised = write(tmp_path / "a", anonymous())
    assert sorted(anonymised.frame()["year"].to_list()) == ["*"] * 6 + ["2020"] * 6
    assert not (anonymised.path / files.MEASUREMENTS).exists()
    assert write(tmp_path / "b", aggregates()).aggregates().equals(listed())


@each_kind
def test_one_changed_byte_in_any_file_is_found(made: AnonymousContents | AggregateContents, tmp_path: Path) -> None:
    folder = write(tmp_path / "one", made).path
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert not verify(folder).ok, path.name
        path.write_bytes(content)
    assert verify(folder).ok


@each_kind
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_is_a_whole_page_that_says_what_is_not_promised(
    made: AnonymousContents | AggregateContents, language: str
) -> None:
    page = render(made)[f"report.{language}.html"].decode()
    assert page.startswith("<!DOCTYPE html>")
    assert f'<html lang="{language}">' in page
    assert "<script" not in page
    assert made.certificate["not_promised"][0]["says"][language] in page
    assert page.count("<table>") >= 2
    assert not re.search(r"[{}]", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))


def test_the_report_of_aggregates_shows_counts_with_margins() -> None:
    page = render(aggregates())["report.en.html"].decode()
    assert "Year: 2020; Sex: Female; Debt bondage: yes" in page
    assert '25 <span class="margin">± 13</span>' in page


def test_the_report_of_a_k_anonymous_table_says_how_much_was_blurred() -> None:
    page = render(anonymous())["report.en.html"].decode()
    assert "at least 4 others" in page
    assert page.count('<td class="number">50%</td>') == 4
    assert "Rows in the smallest class: 6." in page


def test_programs_find_the_table_and_its_columns() -> None:
    for made, path, first in ((anonymous(), "data.csv", "year"), (aggregates(), "aggregates.csv", "length")):
        resource = json.loads(render(made)[package.DATAPACKAGE])["resources"][0]
        assert resource["path"] == path
        assert resource["schema"]["fields"][0]["name"] == first
        catalogue = json.loads(render(made)[package.DCAT])
        assert path in [one["dct:title"] for one in catalogue["dcat:distribution"]]


def test_a_description_of_invented_rows_states_no_kind() -> None:
    """Bundles from before there were kinds stay readable, and new ones of invented rows are spelled like them."""
    assert "kind" not in to_json(description())
    assert from_json(to_json(description())) == description()


@each_kind
def test_a_description_comes_back_as_it_was(made: AnonymousContents | AggregateContents) -> None:
    assert from_json(json.loads(encode(to_json(made.description)))) == made.description


@pytest.mark.parametrize(
    "changes",
    [
        {"epsilon": 1.0},
        {"anonymity": None},
        {"anonymity": Anonymity(1, 1, ("year", "gender"), ("threats", "debt"))},
        {"anonymity": Anonymity(5, 2, ("year",), ("threats", "debt"))},
        {"anonymity": Anonymity(5, 2, ("year", "gender", "threats", "debt"), ())},
        {"anonymity": Anonymity(7, 1, ("year", "gender"), ("threats", "debt"))},
        {"anonymity": Anonymity(5, 3, ("year", "gender"), ("threats", "debt"))},
    ],
)
def test_a_table_that_does_not_keep_its_promise_is_never_written(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        render(anonymous(**changes))


def test_a_class_that_is_too_small_is_found_even_when_everything_is_sealed_anew(tmp_path: Path) -> None:
    """One row of twelve gets another year: the classes are counted from the data, not taken from the certificate."""
    folder = write(tmp_path / "one", anonymous(k=6)).path
    frame = read(folder).frame().with_columns(year=pl.when(pl.int_range(pl.len()) == 11).then(pl.lit("2021")).otherwise("year"))
    assert resealed(folder, {files.DATA_PARQUET: parquet_bytes(frame), files.DATA_CSV: csv_bytes(frame)}) == {
        "class_too_small",
        "class_not_diverse",
    }


def test_a_promise_that_is_not_that_of_the_certificate_is_found(tmp_path: Path) -> None:
    made = anonymous()
    folder = write(tmp_path / "one", made).path
    weaker = replace(made.description, anonymity=Anonymity(6, 2, ("year", "gender"), ("threats", "debt")))
    assert resealed(folder, {files.RELEASE: encode(to_json(weaker))}) == {"certificate_unlike_description"}


def test_a_kind_with_the_tables_of_another_is_found(tmp_path: Path) -> None:
    invented = render(contents())
    folder = write(tmp_path / "one", anonymous()).path
    assert "not_checksums" in resealed(folder, {files.AGGREGATES_CSV: b"x"})
    folder = write(tmp_path / "two", anonymous()).path
    assert "tables_unlike_kind" in resealed(folder, {files.MEASUREMENTS: invented[files.MEASUREMENTS]})


def test_kinds_are_not_mixed_up_in_release_json(tmp_path: Path) -> None:
    folder = write(tmp_path / "one", aggregates()).path
    about = to_json(aggregates().description)
    for changed in (about | {"kind": "synthetic"}, about | {"kind": "k-anonymous"}, about | {"kind": "other"}):
        assert "not_a_description" in resealed(folder, {files.RELEASE: encode(changed)})


def changed(column: str, at: int, value: object) -> pl.DataFrame:
    frame = listed()
    kept = [value if place == at else old for place, old in enumerate(frame[column].to_list())]
    return frame.with_columns(pl.Series(column, kept, dtype=frame.schema[column]))


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (changed("count", 7, 46), "combination_above_part"),
        (changed("count", 1, 51), "combination_above_part"),
        (listed(LINES[:6] + LINES[7:]), "part_not_listed"),
        (changed("count", 7, 9), "not_a_list"),
        (changed("measured", 7, 19.0), "not_a_list"),
        (changed("margin", 0, -1.0), "not_a_list"),
        (changed("margin", 0, float("nan")), "not_a_list"),
        (changed("value_1", 0, "1999"), "not_a_list"),
        (changed("column_1", 0, "elsewhere"), "not_a_list"),
        (changed("column_2", 0, "gender"), "not_a_list"),
        (changed("value_1", 1, "2020"), "not_a_list"),
        (changed("basis", 1, "guessed"), "not_a_list"),
        (changed("length", 1, 2), "not_a_list"),
        (changed("count", 1, None), "not_a_list"),
        (listed().drop("margin"), "not_a_list"),
    ],
)
def test_a_list_that_contradicts_itself_is_found_and_never_written(frame: pl.DataFrame, code: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "one", aggregates()).path
    about = replace(aggregates().description, rows=frame.height)
    paper = dict(aggregates().certificate) | {"release": dict(aggregates().certificate["release"]) | {"rows": frame.height}}
    forged = {
        files.AGGREGATES_PARQUET: parquet_bytes(frame),
        files.AGGREGATES_CSV: csv_bytes(frame),
        files.RELEASE: encode(to_json(about)),
        files.CERTIFICATE: encode(paper),
    }
    assert resealed(folder, forged) == {code}
    with pytest.raises(ValueError):
        render(aggregates(frame))


def test_a_list_of_other_lines_in_its_two_files_is_found(tmp_path: Path) -> None:
    folder = write(tmp_path / "one", aggregates()).path
    other = csv_bytes(changed("count", 0, 61))
    assert resealed(folder, {files.AGGREGATES_CSV: other}) == {"aggregates_csv_unlike_parquet"}


def test_fewer_lines_than_described_are_found(tmp_path: Path) -> None:
    folder = write(tmp_path / "one", aggregates()).path
    frame = listed(LINES[:7])
    forged = {files.AGGREGATES_CSV: csv_bytes(frame), files.AGGREGATES_PARQUET: parquet_bytes(frame)}
    assert resealed(folder, forged) == {"rows_unlike_description"}


def test_an_empty_list_is_a_release_too(tmp_path: Path) -> None:
    bundle = write(tmp_path / "none", aggregates(listed(())))
    assert verify(bundle.path).ok
    assert bundle.aggregates().height == 0


def test_the_order_of_rows_says_nothing() -> None:
    made = anonymous()
    order = np.random.default_rng(1).permutation(12)
    shuffled = AnonymousContents(made.description, tuple(column[order] for column in made.codes), made.certificate)
    assert render(shuffled) == render(made)
