"""What reaches the counting: one row a person, chosen by that person's rows alone; foreign values are blank and reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.disclosure import measure
from amparo.release import steps
from amparo.release.recipe import Recipe, parse
from amparo.release.table import StreamedRows, prepare
from amparo.standard.reasons import LANGUAGES, Refused

INLINE = """
{head}
title = "Two columns"
schema = "inline"
[privacy]
epsilon = 1.0
delta = 1e-6
[[columns]]
name = "colour"
domain = ["red", "green"]
[[columns]]
name = "size"
domain = ["1", "2", "3"]
"""
PLAIN = parse(INLINE.format(head=""))
BY_PERSON = parse(INLINE.format(head='person = "who"'))
SEVEN = parse('title = "x"\nschema = "ctdc-kanon-7"\n[privacy]\nepsilon = 4\ndelta = 1e-6')


def rows(recipe: Recipe, frame: pl.DataFrame) -> list[tuple[str, ...]]:
    table, _ = prepare(recipe, frame)
    return list(zip(*(table.values(name) for name in table.domain.names), strict=True))


def test_values_leave_as_they_are_spelled_and_blank_stays_blank() -> None:
    frame = pl.DataFrame({"colour": ["red", None, "", " green "], "size": ["3", "1", None, "2"]})
    assert rows(PLAIN, frame) == [("red", "3"), ("", "1"), ("", ""), ("green", "2")]


def test_a_value_outside_the_domain_is_blank_and_is_reported() -> None:
    frame = pl.DataFrame({"size": ["1", "9", "x"], "colour": ["RED", "red", None], "other": ["a", "b", "c"]})
    table, report = prepare(PLAIN, frame)
    assert table.columns[0].tolist() == [0, 1, 0]
    assert table.columns[1].tolist() == [1, 0, 0]
    assert report.outside == {"colour": 1, "size": 2}
    assert report.unused == ("other",)
    assert (report.rows, report.persons) == (3, 3)


def test_the_ways_to_write_missing_are_blank_and_no_strangers() -> None:
    frame = pl.DataFrame({name: ["-99", "", None, "-99.0"] for name in SEVEN.domain.names})
    table, report = prepare(SEVEN, frame)
    assert not any(column.any() for column in table.columns)
    assert not any(report.outside.values())


def test_every_missing_column_is_named() -> None:
    with pytest.raises(Refused) as problem:
        prepare(BY_PERSON, pl.DataFrame({"x": ["1"]}))
    assert [(r.code, r.where) for r in problem.value.reasons] == [
        ("column_not_in_table", "colour"),
        ("column_not_in_table", "size"),
        ("person_not_in_table", "who"),
    ]
    assert all(problem.value.say(language) for language in LANGUAGES)


def test_the_other_spelling_of_a_column_is_found() -> None:
    recipe = parse(
        'title = "x"\nschema = "ctdc-synthetic"\n[privacy]\nepsilon = 4\ndelta = 1e-6\n'
        '[[columns]]\nname = "typeOfLabourAgriculture"'
    )
    assert rows(recipe, pl.DataFrame({"sectorOfLabourAgriculture": ["1", None]})) == [("1",), ("",)]
    with pytest.raises(Refused) as problem:
        prepare(recipe, pl.DataFrame({"sectorOfLabourAgriculture": ["1"], "typeOfLabourAgriculture": ["1"]}))
    assert problem.value.reasons[0].code == "column_in_table_twice"


def test_one_row_a_person_the_first_one() -> None:
    frame = pl.DataFrame(
        {"who": ["b", "a", "b", " a", "c"], "colour": ["red", "green", "green", "red", None], "size": list("12312")}
    )
    assert rows(BY_PERSON, frame) == [("red", "1"), ("green", "2"), ("", "2")]


def test_a_row_without_a_person_is_a_person_of_its_own() -> None:
    frame = pl.DataFrame({"who": [None, "a", "", "a"], "colour": ["red"] * 4, "size": list("1231")})
    table, report = prepare(BY_PERSON, frame)
    assert table.columns[1].tolist() == [1, 2, 3]
    assert (report.rows, report.persons, report.without_person) == (4, 3, 2)


PEOPLE = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["red", "green", None, "?"]), st.sampled_from(["1", "2", None])), max_size=12
)


@given(PEOPLE, st.sampled_from("abcd"))
def test_one_person_more_or_less_changes_one_row(people: list[tuple[str, str | None, str | None]], one: str) -> None:
    """Sensitivity: taking all rows of one person out takes at most one row from what is counted and changes no other."""

    def counted(chosen: list[tuple[str, str | None, str | None]]) -> list[tuple[str, ...]]:
        columns = {name: [row[k] for row in chosen] for k, name in enumerate(("who", "colour", "size"))}
        return sorted(rows(BY_PERSON, pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))))

    whole, without = counted(people), counted([row for row in people if row[0] != one])
    left = list(whole)
    for row in without:
        left.remove(row)
    assert len(left) == (1 if any(row[0] == one for row in people) else 0)


def test_a_file_is_read_as_a_table(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("colour;size\nred;1\ngreen;\n".encode("utf-16"))
    table, _ = prepare(PLAIN, path)
    assert table.rows == 2
    assert np.array_equal(table.columns[0], [1, 2])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x1f\x8b"])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(Refused):
        prepare(PLAIN, tmp_path / "t.csv")


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        prepare(PLAIN, tmp_path / "no.csv")


STREAMED = parse(
    'title = "x"\nschema = "inline"\nperson = "who"\n[privacy]\nepsilon = 4\ndelta = 1e-6\n'
    '[[columns]]\nname = "colour"\ndomain = ["red", "green"]\n[[columns]]\nname = "size"\ndomain = ["1", "2", "3"]\n'
    '[[columns]]\nname = "flag"\ndomain = ["yes"]'
)


class NoNoise:
    """Adds nothing, so that what is measured can be compared."""

    def gaussian(self, counts, sigmas):  # type: ignore[no-untyped-def]
        """Return the counts as they are."""
        return [np.array(one) for one in counts]


def test_a_file_larger_than_memory_is_measured_like_one_that_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read again a part at a time, in several parts of equal rows: the same counts, the same found rows, one row a person."""
    rng = np.random.default_rng(5)
    path = tmp_path / "t.csv"
    lines = [f"{rng.integers(9_000)},{rng.choice(['red', 'green', ''])},{rng.integers(1, 4)},yes" for _ in range(20_000)]
    path.write_text("who,colour,size,flag\n" + "\n".join(lines) + "\n")
    monkeypatch.setattr("amparo.standard.streaming.PART", 20_000)
    held, report = prepare(STREAMED, path)
    monkeypatch.setattr("amparo.release.table.HELD", 9_000)
    streamed, same_report = prepare(STREAMED, path)
    assert isinstance(streamed, StreamedRows)
    assert streamed.parts > 3
    assert max(block.rows for block in streamed.blocks()) < 5_000
    assert report == same_report
    one, other = (measure(rows, steps.plan(STREAMED), noise=NoNoise()) for rows in (held, streamed))
    assert one.found is not None
    assert one.to_bytes() == other.to_bytes()
