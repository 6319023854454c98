"""What an evaluation or an attack is given: checked that bundle, recipe and table belong together, before any work."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from amparo.bundle import files
from amparo.bundle.description import Kind
from amparo.bundle.reading import Bundle, read
from amparo.bundle.verification import verify
from amparo.disclosure import Attribute, Domain, Privacy, Table
from amparo.release.recipe import Recipe
from amparo.standard.reasons import Reason, Refused

ROOM = "release.steward"
MOST_DEVIATIONS = 8.0


def open_bundle(folder: Path) -> Bundle:
    """Return a bundle that is whole and unchanged; raise `Refused` with every fault otherwise."""
    verdict = verify(folder, is_apart=True)
    if not verdict.ok:
        raise Refused(Reason(ROOM, "bundle_not_whole", folder.name), *verdict.findings)
    bundle = read(folder)
    if bundle.description.kind is not Kind.SYNTHETIC or not _is_measured(bundle):
        raise Refused(Reason(ROOM, "bundle_without_counts", folder.name))
    return bundle


def _is_measured(bundle: Bundle) -> bool:
    """Return whether the number of persons and every column were measured, with noise that is a size."""
    needed = {frozenset[str](), *(frozenset({name}) for name in bundle.description.names)}
    numbers = [(one.sigma, one.estimate, one.standard_error) for one in bundle.measurements()]
    if bundle.found_rows is not None:
        numbers.append((bundle.found_rows.sigma, np.zeros(1), np.zeros(1)))
    is_sized = all(sigma > 0 and np.isfinite(sigma) and np.isfinite(e).all() and np.isfinite(s).all() for sigma, e, s in numbers)
    return needed <= set(bundle.by_columns) and is_sized


def domain_of(bundle: Bundle) -> Domain:
    """Return the public domain of a release."""
    return Domain(tuple(Attribute(column.name, column.domain) for column in bundle.description.columns))


def promise_of(bundle: Bundle) -> Privacy:
    """Return the promise that a release of invented rows states."""
    about = bundle.description
    if about.epsilon is None or about.delta is None:
        raise ValueError("a release of another kind states no promise of this one")
    return Privacy(about.epsilon, about.delta, about.contributors_per_person)


def released_table(bundle: Bundle) -> Table:
    """Return the released rows as a table of codes."""
    return Table(domain_of(bundle), bundle.codes)


def require_by_recipe(bundle: Bundle, recipe: Recipe, *, is_same_promise: bool = True) -> None:
    """Raise `Refused` unless a bundle has the columns, values and, if wanted, the promise of a recipe."""
    if domain_of(bundle).attributes != recipe.domain.attributes:
        raise Refused(Reason(ROOM, "bundle_has_other_columns", bundle.path.name))
    about, privacy = bundle.description, recipe.privacy
    stated = (about.epsilon, about.delta, about.contributors_per_person)
    if is_same_promise and stated != (privacy.epsilon, privacy.delta, privacy.contributors_per_person):
        raise Refused(Reason(ROOM, "bundle_has_another_promise", bundle.path.name))


def require_its_table(bundle: Bundle, table: Table) -> None:
    """Raise `Refused` when the counts of a table lie farther from a bundle's estimates than noise can bring them.

    Eight standard errors in any count of one column, or in the number of persons: by noise alone that happens in
    fewer than one of 10^14 counts. A table that differs by a few persons is not noticed.
    """
    for names, measured in bundle.by_columns.items():
        if len(names) > 1:
            continue
        true = np.array(table.rows)
        if measured.columns:
            place = table.domain.names.index(measured.columns[0])
            true = np.bincount(table.columns[place], minlength=table.domain.sizes[place])
        if (np.abs(measured.estimate - true) > MOST_DEVIATIONS * measured.standard_error + 1).any():
            raise Refused(Reason(ROOM, "table_of_another_release", bundle.path.name))


def require_own_folder(out: Path) -> None:
    """Raise `Refused` when a report would land in a bundle, where it would be published, or over something."""
    whole = out.absolute().resolve()
    for folder in (whole, *whole.parents):
        if any((folder / name).exists() for name in (files.CHECKSUMS, files.RELEASE)):
            raise Refused(Reason(ROOM, "out_is_a_bundle", str(out)))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(Reason("bundle", "already_there", str(out)))
