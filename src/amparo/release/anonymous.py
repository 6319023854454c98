"""A k-anonymous release: blur the table once, describe what came out, write the bundle."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from amparo.bundle import certificates
from amparo.bundle.anonymous import AnonymousContents
from amparo.bundle.contents import canonical_order, csv_bytes, to_frame
from amparo.bundle.description import Anonymity, Kind
from amparo.bundle.keys import Signer
from amparo.bundle.reading import Bundle
from amparo.bundle.writing import write
from amparo.disclosure import Table
from amparo.disclosure.anonymity import SUPPRESSED, Anonymised, anonymise, certificate
from amparo.release.columns import RecipeColumn
from amparo.release.kinds import AnonymousRecipe
from amparo.release.steps import described
from amparo.standard.reasons import LANGUAGES, say

ROOM = "release"
Progress = Callable[[str, float], None]


def blur(recipe: AnonymousRecipe, table: Table, *, seed: int, progress: Progress | None = None) -> Anonymised:
    """Read the sensitive table once and return rows that keep the recipe's promise, or raise `Refused`."""
    return anonymise(table, recipe.scheme, seed=seed, progress=progress)


def compose(
    recipe: AnonymousRecipe, made: Anonymised, *, issued: datetime.date, release_id: str | None = None
) -> AnonymousContents:
    """Return everything the bundle holds. Its name, if none is given, is made from what is published anyway.

    The seed stays secret: it chose which of several equal rows was blurred.
    """
    asked = replace(recipe, columns=tuple(_released(recipe, made, column) for column in recipe.columns))
    promised = Anonymity(recipe.k, recipe.l, recipe.scheme.quasi_names, recipe.sensitive)
    about = described(asked, made.table.rows, issued=issued, release_id="unnamed", kind=Kind.K_ANONYMOUS, anonymity=promised)
    name = release_id or "k" + hashlib.sha256(csv_bytes(to_frame(about, canonical_order(made.table.columns)))).hexdigest()[:16]
    about = replace(about, id=name)
    return AnonymousContents(about, made.table.columns, {**certificate(made), certificates.BLOCK: certificates.about(about)})


def publish(
    recipe: AnonymousRecipe,
    made: Anonymised,
    out: Path,
    *,
    issued: datetime.date,
    release_id: str | None = None,
    signer: Signer | None = None,
) -> Bundle:
    """Compose a bundle and write it to `out` in one step; raise `Refused` when the disk does not take it."""
    return write(out, compose(recipe, made, issued=issued, release_id=release_id), signer=signer)


def _released(recipe: AnonymousRecipe, made: Anonymised, column: RecipeColumn) -> RecipeColumn:
    """Return a column as it is released: with its groups, and with `*` in words."""
    domain = made.table.domain.attributes[recipe.domain.names.index(column.name)].codes
    if domain == column.domain:
        return column
    words = {language: say(ROOM, "suppressed", language) for language in LANGUAGES}
    return replace(column, domain=domain, labels={**column.labels, SUPPRESSED: words})
