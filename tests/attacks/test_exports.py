"""A cell that a spreadsheet would run as a formula leaves as plain text, by whatever door."""

import csv
import io

import polars
import pytest

from amparo.desk.contributions.rejected import harmless
from amparo.standard import writing

FORMULAS = ["=1+1", "+cmd|'/C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")']


def runs(cell):
    """Say whether a spreadsheet would take a cell for a formula."""
    return cell.lstrip("\t\r\n ").startswith(("=", "+", "-", "@")) and not cell.startswith("'")


@pytest.mark.parametrize("formula", FORMULAS)
def test_rejected_rows_leave_as_text(formula):
    assert not runs(harmless(formula))
    assert formula in harmless(formula)


@pytest.mark.parametrize("formula", FORMULAS)
def test_tables_of_the_standard_leave_as_text(formula):
    text = writing.csv_bytes(polars.DataFrame({"gender": [formula]})).decode()
    cell = list(csv.reader(io.StringIO(text, newline="")))[1][0]
    assert not runs(cell)


def test_a_release_cannot_hold_a_value_that_begins_like_a_formula():
    from amparo.release import recipe
    from amparo.standard.reasons import Refused

    text = 'title = "T"\nschema = "inline"\n[privacy]\nepsilon = 1.0\ndelta = 1e-6\n[[columns]]\nname = "a"\ndomain = ["{}", "b"]\n'
    for formula in ("=1+1", "+1", "@x"):
        with pytest.raises(Refused):
            recipe.parse(text.format(formula))
    recipe.parse(text.format("a"))
