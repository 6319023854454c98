"""A cell that a spreadsheet would run as a formula leaves as plain text, by whatever door."""

import csv
import io

import polars
import pytest

from amparo.desk.contributions import rejected
from amparo.portal import downloads
from amparo.standard import writing

FORMULAS = ["=1+1", "+cmd|'/C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", '=HYPERLINK("http://x","y")']


def runs(cell):
    """Say whether a spreadsheet would take a cell for a formula."""
    return cell.lstrip("\t\r\n ").startswith(("=", "+", "-", "@", "\uff1d")) and not cell.startswith("'")


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_cell_leaves_as_text_with_nothing_lost(formula):
    assert not runs(writing.inert(formula))
    assert formula in writing.inert(formula)


@pytest.mark.parametrize("formula", FORMULAS)
def test_rejected_rows_leave_as_text(formula, monkeypatch):
    found = polars.DataFrame({"row": [1], "column": [formula], "value": [formula], "code": ["value"]})
    monkeypatch.setattr(rejected, "cells", lambda contribution: found)
    monkeypatch.setattr(rejected, "sentence", lambda code, column, value: value)
    _, line = csv.reader(io.StringIO("".join(rejected.as_csv(None)), newline=""))
    assert not any(runs(cell) for cell in line)


@pytest.mark.parametrize("formula", FORMULAS)
def test_tables_of_the_portal_leave_as_text(formula):
    """Whoever names a release, a publisher or a column: the code book and every list are opened in spreadsheets."""
    answer = downloads._csv("x", ("a", "b"), [(formula, -3), (None, formula)])
    rows = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))[1:]
    assert not any(runs(cell) for row in rows for cell in row if cell != "-3")
    assert (rows[0][1], rows[1][0]) == ("-3", "")


@pytest.mark.parametrize("formula", FORMULAS)
def test_tables_of_the_standard_leave_as_text(formula):
    text = writing.csv_bytes(polars.DataFrame({"gender": [formula]})).decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert (header, len(rows)) == (["gender"], 1)
    assert not runs(rows[0][0])


def test_a_release_cannot_hold_a_value_that_begins_like_a_formula():
    from amparo.release import recipe
    from amparo.standard.reasons import Refused

    text = 'title = "T"\nschema = "inline"\n[privacy]\nepsilon = 1.0\ndelta = 1e-6\n[[columns]]\nname = "a"\ndomain = ["{}", "b"]\n'
    for formula in ("=1+1", "+1", "@x"):
        with pytest.raises(Refused):
            recipe.parse(text.format(formula))
    recipe.parse(text.format("a"))
