"""The rejected cells of a contribution as a file for its owner: row, column, value, reason, in the reader's language."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import polars as pl
from django.utils.translation import gettext as _

from amparo.desk.files import actions as files
from amparo.standard.reasons import Reason
from amparo.standard.report import printable
from amparo.standard.schemas.normalising import YEARS
from amparo.standard.writing import inert

from . import sentences
from .models import Contribution


def cells(contribution: Contribution) -> pl.DataFrame:
    """Return the rejected cells: row (1 = first under the header), column, value, code; empty where there are none."""
    if contribution.rejected_file is None:
        return pl.DataFrame(schema={"row": pl.UInt32, "column": pl.String, "value": pl.String, "code": pl.String})
    return pl.read_parquet(io.BytesIO(b"".join(files.read(contribution.rejected_file))))


def sentence(code: str, column: str, value: str) -> str:
    """Return why a cell does not fit, in the reader's language."""
    return sentences.say(Reason("standard", code, where=column, values={**YEARS, "value": value}))


def as_csv(contribution: Contribution) -> Iterator[str]:
    """Yield the lines of a CSV file, header first."""
    yield _line([_("Row"), _("Column"), _("Value"), _("Reason")])
    for row, column, value, code in cells(contribution).iter_rows():
        shown = printable(value or "")
        yield _line([str(row), inert(column), inert(shown), inert(sentence(code, column, shown))])


def _line(values: list[str]) -> str:
    held = io.StringIO()
    csv.writer(held).writerow(values)
    return held.getvalue()
