"""The columns of a schema: what a family of files calls and spells a fact of the pool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from amparo.standard import codes, crosswalks, fields, pool
from amparo.standard.pool import Kind


class Way(StrEnum):
    """How a column is read and written."""

    CODE = "code"
    YEAR = "year"
    DATE = "date"
    BIRTH = "birth"
    COUNTRY = "country"
    PLACE = "place"
    SEVERAL = "several"
    FLAGS = "flags"
    INDUSTRY = "industry"
    CONSENT = "consent"
    JOINED = "joined"
    IDENTITY = "identity"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class SchemaColumn:
    """One column of a family of files.

    `codes` are the spellings that leave, blank excluded: the public domain of a release. A column
    without codes cannot be released: it is derived from others (`joined`), identity, or text.
    """

    name: str
    aliases: tuple[str, ...]
    kind: Kind
    group: str | None
    codes: tuple[str, ...]
    label: Mapping[str, str]
    pool: str
    way: Way
    spelling: str
    or_any: tuple[str, ...]
    joined_in: str
    word: str

    @property
    def is_derived(self) -> bool:
        """The column repeats others in one cell; it is written, and read only to be compared."""
        return self.way is Way.JOINED

    @property
    def is_identity(self) -> bool:
        """The column may name or describe a person and is never carried into the pool."""
        return self.way is Way.IDENTITY

    def code(self, spelling: str) -> str | None:
        """Return the standard's code for a spelling of this column, or None where it has none."""
        if self.way is Way.CODE:
            return crosswalks.load(self.spelling).code(spelling)
        return spelling if spelling in self.codes else None

    def value_label(self, value: str, language: str = "en") -> str:
        """Return the label of a spelling, as a chart shows it."""
        known = self.code(value)
        if known is None or not self.pool:
            return codes.load(self.spelling).label(value, language) if self.way is Way.FLAGS else value
        return pool.columns()[self.pool].value_label(known, language)


def column(row: Mapping[str, str]) -> SchemaColumn:
    """Build a column from its row in the schema's table."""
    way = Way(row["way"])
    target = pool.columns().get(row["pool"])
    label = codes.labels(row) if row["label_en"] else _label(row, target)
    return SchemaColumn(
        name=row["name"],
        aliases=tuple(filter(None, row["aliases"].split(";"))),
        kind=target.kind if target and way not in (Way.BIRTH, Way.DATE) else Kind.SEVERAL if way is Way.FLAGS else Kind.TEXT,
        group=target.group if target else None,
        codes=_codes(row, way, target),
        label=label,
        pool=row["pool"],
        way=way,
        spelling=row["spelling"],
        or_any=tuple(filter(None, row["or_any"].split(";"))),
        joined_in=row["joined_in"],
        word=row["word"],
    )


def _label(row: Mapping[str, str], target: pool.PoolColumn | None) -> Mapping[str, str]:
    if target and Way(row["way"]) not in (Way.BIRTH, Way.DATE, Way.PLACE):
        return target.label
    return fields.get(row["name"]).label


def _codes(row: Mapping[str, str], way: Way, target: pool.PoolColumn | None) -> tuple[str, ...]:
    match way:
        case Way.CODE | Way.INDUSTRY:
            return crosswalks.load(row["spelling"]).domain
        case Way.SEVERAL | Way.FLAGS:
            return tuple(code.code for code in codes.load(row["spelling"]).codes if not code.is_extension)
        case Way.COUNTRY | Way.PLACE:
            return codes.load("country").offered.spellings()
        case Way.CONSENT:
            return ("TRUE", "FALSE")
        case Way.YEAR:
            return target.domain if target else ()
        case _:
            return ()
