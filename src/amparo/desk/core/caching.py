"""The cache in the database, read as plain values: whoever can write a row there must not run anything here.

Django keeps cached values as pickles, and opening a pickle runs what it says. The keys lie in the memory of the
process that opens it: a hand on the database alone would reach every record.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

from django.core.cache.backends import db


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Refuse everything that has a name: numbers, texts and their lists have none."""
        raise pickle.UnpicklingError("a cached value is a number, a text, or lists of them")


class _Plain:
    """Stands in the place of the pickle module, for the cache alone."""

    HIGHEST_PROTOCOL = pickle.HIGHEST_PROTOCOL
    dumps = staticmethod(pickle.dumps)

    @staticmethod
    def loads(stored: bytes) -> Any:
        """Return a plain value; raise `UnpicklingError` for anything that would have to be called."""
        return _PlainUnpickler(io.BytesIO(stored)).load()


db.pickle = _Plain  # type: ignore[attr-defined]


class PlainCache(db.DatabaseCache):
    """Django's cache in a table, which opens plain values only."""
