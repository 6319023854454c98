"""What row-level security costs the database: the statements of the list and of a record, with policies on and off in turn.

    python benchmarks/policies.py [--organisations 20] [--cases 2000] [--rounds 200]

A fresh office on a private PostgreSQL is filled with empty cases. Printed: medians, their ratio, and the index of each plan.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools")]

import postgres  # noqa: E402 - the paths above come first

TABLES = ("access_organisation", "core_personkey", "cases_person", "cases_case")
EMPTY = {
    "boolean": "false", "date": "date '2026-01-01' + (n % 300)", "timestamp with time zone": "now()", "bytea": "''",
    "jsonb": "'{}'", "integer": "1", "smallint": "(n % 5)", "double precision": "1", "uuid": "gen_random_uuid()",
}  # fmt: skip
LIST = "SELECT * FROM cases_case WHERE organisation_id = %s ORDER BY risk DESC, opened_on DESC, id DESC LIMIT 50"
RECORD = (
    "SELECT c.*, p.* FROM cases_case c JOIN cases_person p ON p.id = c.person_id WHERE c.organisation_id = %s AND c.number = %s"
)
COUNT = "SELECT count(*) FROM cases_case WHERE organisation_id = %s AND closed_on IS NULL"


def fill(owner: psycopg.Connection, organisations: int, cases: int) -> None:
    """Make so many organisations with so many cases each, every case of a person of its own."""
    owner.execute("SELECT set_config('amparo.migrating', 'yes', false)")
    for table in TABLES:
        count = organisations if table == "access_organisation" else organisations * cases
        held = {
            "id": f"uuid_in(md5('{'person' if table == 'cases_person' else table}' || n)::cstring)",
            "organisation_id": f"uuid_in(md5('access_organisation' || (n %% {organisations}))::cstring)",
            "key_id": "uuid_in(md5('core_personkey' || n)::cstring)",
            "person_id": "uuid_in(md5('person' || n)::cstring)",
        }
        columns = owner.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND (is_nullable = 'NO')", [table]
        ).fetchall()
        values = [
            held.get(name) or ("'x' || n" if name in ("name", "number", "pseudonym") else EMPTY.get(kind, "''"))
            for name, kind in columns
        ]
        named = ", ".join(f'"{name}"' for name, _kind in columns)
        owner.execute(
            f"INSERT INTO {table} ({named}) SELECT {', '.join(values)} FROM generate_series(0, {count - 1}) AS n".replace("%%", "%")
        )
    owner.execute("VACUUM ANALYZE")


def measure(owner: psycopg.Connection, desk: psycopg.Connection, rounds: int) -> None:
    """Run each statement with and without policies in turn, and print."""
    (organisation,) = owner.execute("SELECT organisation_id FROM cases_case LIMIT 1").fetchone()
    (number,) = owner.execute("SELECT number FROM cases_case WHERE organisation_id = %s LIMIT 1", [organisation]).fetchone()
    desk.execute("SELECT set_config('amparo.organisation', %s, false)", [str(organisation)])
    statements = {"list": (LIST, [organisation]), "record": (RECORD, [organisation, number]), "count": (COUNT, [organisation])}
    took: dict[tuple[str, str], list[float]] = {}
    plans = {}
    for _turn in range(20):
        for how in ("ENABLE", "DISABLE"):
            for table in TABLES:
                owner.execute(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY")
            for kind, (sql, values) in statements.items():
                desk.execute(sql, values).fetchall()
                plans[kind, how] = [
                    line.strip(" ->").split("  ")[0] for (line,) in desk.execute("EXPLAIN " + sql, values) if "Scan" in line
                ]
                for _again in range(rounds // 20):
                    begun = time.perf_counter()
                    desk.execute(sql, values).fetchall()
                    took.setdefault((kind, how), []).append(time.perf_counter() - begun)
    print("| statement | with policies, median ms | without | ratio | scans with | scans without |\n|---|---|---|---|---|---|")
    for kind in statements:
        on, off = (statistics.median(took[kind, how]) * 1000 for how in ("ENABLE", "DISABLE"))
        scans = " | ".join("; ".join(plans[kind, how]) for how in ("ENABLE", "DISABLE"))
        print(f"| {kind} | {on:.2f} | {off:.2f} | {on / off:.2f} | {scans} |")


def main() -> None:
    """Make the office, fill it, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--organisations", type=int, default=20)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, postgres.server() as url:
        os.environ.update(postgres.addresses(url))
        given = ["--organisation", "One", "--administrator", "a@example.org", "--languages", "en", "--passphrase-fd", "0"]
        command = [sys.executable, "-m", "amparo", "init", str(Path(place) / "office"), *given]
        subprocess.run(command, input=b"four words for nothing\n", check=True, stdout=subprocess.DEVNULL)
        with (
            psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner,
            psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as desk,
        ):
            fill(owner, asked.organisations, asked.cases)
            measure(owner, desk, asked.rounds)


if __name__ == "__main__":
    main()
