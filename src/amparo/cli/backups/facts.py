"""What is compared between a database and its restored copy: every row, the shape of the tables, the migrations."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Facts:
    """A database as numbers: rows and a digest for each table, a digest of its shape, the migrations that were applied."""

    tables: dict[str, tuple[int, str]] = field(default_factory=dict)
    shape: str = ""
    migrations: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it for a file."""
        return asdict(self)

    @classmethod
    def from_json(cls, held: dict[str, Any]) -> Facts:
        """Read it back."""
        tables = {name: (int(rows), str(digest)) for name, (rows, digest) in held["tables"].items()}
        return cls(tables, held["shape"], tuple(held["migrations"]))

    def differences(self, other: Facts) -> list[str]:
        """Name every table, and the shape and the migrations, in which the other differs."""
        names = sorted(self.tables.keys() | other.tables.keys())
        found = [name for name in names if self.tables.get(name) != other.tables.get(name)]
        found += ["shape"] if self.shape != other.shape else []
        return found + (["migrations"] if self.migrations != other.migrations else [])


@dataclass(frozen=True, slots=True)
class Ends:
    """How far the audit record reached: each organisation's last place, and the last checkpoint."""

    heads: dict[str, int]
    checkpoint: int
