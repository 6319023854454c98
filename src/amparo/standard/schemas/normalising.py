"""From a file's spelling to the pool's: each column becomes expressions, and a whole table is read in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from amparo.standard import codes, crosswalks, dates, pool
from amparo.standard.codes import Fit
from amparo.standard.dates import DateOrder
from amparo.standard.schemas.columns import SchemaColumn, Way

MISSING = ("", "-99", "-99.0", "-99,0")
FORMULA = r"^=|^@|^[+\-][^0-9.\s]"
SEVERAL = r"[;,|\s]+"
YES = ("TRUE", "true", "True", "1", "1.0", "yes", "Yes")
NO = ("FALSE", "false", "False", "0", "0.0", "no", "No")
DATED = (Way.DATE, Way.BIRTH)
# Upper ends of the age bands that a date of birth is put into, in whole years.
BANDS = ((8, "0--8"), (17, "9--17"), (20, "18--20"), (23, "21--23"), (26, "24--26"), (29, "27--29"), (38, "30--38"), (47, "39--47"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file column gives: pool columns, and where a cell does not fit (`misfit`, boolean) and why (`code`)."""

    column: SchemaColumn
    gives: Mapping[str, pl.Expr]
    misfit: pl.Expr
    code: str = "unknown_value"
    is_fatal: bool = True


def clean(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with cells stripped and every spelling of *not recorded* as null."""
    text = pl.all().cast(pl.String).str.strip_chars()
    return frame.rechunk().select(pl.when(text.is_in(MISSING)).then(None).otherwise(text).name.keep())


def readings(columns: Mapping[str, SchemaColumn], orders: Mapping[str, DateOrder]) -> Iterator[Reading]:
    """Yield how each column of a file is read; `columns` goes from the file's name to the schema's column."""
    referral = next((name for name, column in columns.items() if column.way is Way.DATE), None)
    for name, column in columns.items():
        cell = pl.col(name)
        match column.way:
            case Way.CODE:
                yield _coded(column, cell)
            case Way.INDUSTRY:
                yield _industry(column, cell)
            case Way.YEAR:
                year = cell.str.replace(r"[.,]0$", "")
                good = year.str.contains(r"^\d{4}$") & year.cast(pl.Int32, strict=False).is_between(pool.FIRST_YEAR, pool.LAST_YEAR)
                yield Reading(column, {column.pool: pl.when(good).then(year)}, _not(good, cell), "bad_year")
            case Way.DATE:
                found = dates.year(cell, orders[name])
                good = found.cast(pl.Int32, strict=False).is_between(pool.FIRST_YEAR, pool.LAST_YEAR)
                yield Reading(column, {column.pool: pl.when(good).then(found)}, _not(good, cell), "bad_date")
            case Way.BIRTH:
                yield _birth(column, cell, orders[name], pl.col(referral) if referral else None, orders.get(referral or ""))
            case Way.COUNTRY | Way.PLACE:
                yield _country(column, cell)
            case Way.SEVERAL | Way.FLAGS:
                yield _several(column, cell)
            case Way.CONSENT:
                yield Reading(column, {}, cell.is_not_null() & ~cell.is_in(YES), "no_consent")
            case Way.JOINED:
                continue
            case Way.IDENTITY | Way.NOTE:
                yield Reading(column, {}, cell.str.contains(FORMULA), "formula", is_fatal=False)


YEARS: Mapping[str, object] = {"first": pool.FIRST_YEAR, "last": pool.LAST_YEAR}


def reason_code(reading: Reading) -> pl.Expr:
    """Return why a cell (`value`) of a column does not fit: a formula, a withdrawn country, or the column's own reason."""
    withdrawn = [code.code for code in codes.load("country").codes if code.valid_until]
    withdrawn += [code.also for code in codes.load("country").codes if code.valid_until]
    value = pl.col("value")
    own = pl.lit(reading.code)
    if reading.column.kind is pool.Kind.COUNTRY:
        own = pl.when(value.is_in(withdrawn)).then(pl.lit("withdrawn_value")).otherwise(own)
    return pl.when(value.str.contains(FORMULA)).then(pl.lit("formula")).otherwise(own)


def _not(good: pl.Expr, cell: pl.Expr) -> pl.Expr:
    return cell.is_not_null() & ~good.fill_null(False)


def _mapped(cell: pl.Expr, mapping: Mapping[str, str]) -> pl.Expr:
    return cell.replace_strict(list(mapping), list(mapping.values()), default=None, return_dtype=pl.String)


def _coded(column: SchemaColumn, cell: pl.Expr) -> Reading:
    mapped = _mapped(cell, crosswalks.load(column.spelling).to_pool)
    return Reading(column, {column.pool: mapped}, cell.is_not_null() & mapped.is_null())


def _industry(column: SchemaColumn, cell: pl.Expr) -> Reading:
    """A branch of industry also says the kind of work where the two lists agree; every other branch is other work."""
    table = codes.rows("crosswalks", "labour-type-to-industry")
    flags = pool.flags_of("labour_type")
    exact = {flags[row["code"]]: row["spelling"] for row in table if row["fit"] == Fit.EXACT}
    exact[flags["DomesticWork"]] = "T_ActivitiesOfHouseholdsAsEmployers"
    exact[flags["Agriculture"]] = "A_AgricultureForestryAndFishing"
    coded = _coded(column, cell)
    known = coded.gives[column.pool]
    gives = {flag: pl.when(known == industry).then(pl.lit("yes")) for flag, industry in exact.items()}
    gives[flags["Other"]] = pl.when(known.is_not_null() & ~known.is_in(list(exact.values()))).then(pl.lit("yes"))
    return Reading(column, {column.pool: known, **gives}, coded.misfit)


def _birth(
    column: SchemaColumn, cell: pl.Expr, order: DateOrder, referral: pl.Expr | None, referral_order: DateOrder | None
) -> Reading:
    """The age band on the day of the referral; without that day the age stays unrecorded. The date itself is not carried."""
    born = dates.day(cell, order)
    if referral is None or referral_order is None:
        return Reading(column, {}, _not(born.is_not_null(), cell), "bad_date")
    on = dates.day(referral, referral_order)
    before_birthday = (on.dt.month() * 100 + on.dt.day()) < (born.dt.month() * 100 + born.dt.day())
    age = on.dt.year() - born.dt.year() - before_birthday.cast(pl.Int32)
    band: pl.Expr = pl.when(age > BANDS[-1][0]).then(pl.lit("48+"))
    for upper, name in reversed(BANDS):
        band = pl.when(age <= upper).then(pl.lit(name)).otherwise(band)
    possible = born.is_not_null() & (age.is_between(0, 115) | age.is_null())
    return Reading(column, {column.pool: pl.when(possible).then(band)}, _not(possible, cell), "bad_date")


def _country(column: SchemaColumn, cell: pl.Expr) -> Reading:
    """A country by code or by name; of several citizenships the first is carried. A place that is no country is not."""
    first = cell.str.split(";").list.first().str.split(",").list.first().str.strip_chars().str.to_lowercase()
    found = _mapped(first, crosswalks.country_names())
    if column.way is Way.PLACE:
        return Reading(column, {column.pool: found}, cell.str.contains(FORMULA), "formula", is_fatal=False)
    return Reading(column, {column.pool: found}, cell.is_not_null() & found.is_null())


def _several(column: SchemaColumn, cell: pl.Expr) -> Reading:
    """Several codes in one cell, separated by spaces, commas or semicolons; what was not chosen is not recorded."""
    parts = cell.str.replace_all(SEVERAL, ";").str.strip_chars(";").str.split(";")
    listed = list(codes.load(column.spelling).spellings())
    misfit = cell.is_not_null() & (parts.list.set_difference(pl.lit(listed, dtype=pl.List(pl.String))).list.len() > 0)
    if column.way is Way.SEVERAL:
        joined = pl.when(~misfit).then(parts.list.unique().list.sort().list.join(";"))
        return Reading(column, {column.pool: joined}, misfit)
    flags = pool.flags_of(column.spelling)
    return Reading(column, {flag: pl.when(parts.list.contains(code)).then(pl.lit("yes")) for code, flag in flags.items()}, misfit)
