"""What row-level security costs: the same pages of the demo site on PostgreSQL, with the policies on and off in turn.

    python benchmarks/row_security.py [--rounds 8]

Pages are asked of the desk inside this process, under the desk's role, so that nothing but the desk and the
database is measured. Every round asks each page with the policies, then without them (the tables' owner switches
them off for that moment), so that both meet the same machine. Printed: medians, their ratio, and whether the plan
of the list uses the same index.
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

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

import psycopg  # noqa: E402

import postgres  # noqa: E402 - the paths above come first

PLAN = "EXPLAIN SELECT * FROM cases_case WHERE organisation_id = %s ORDER BY risk DESC, opened_on DESC, id DESC LIMIT 50"
WARM = 3


def start(folder: Path) -> None:
    """Make this process the desk of the demo site."""
    from amparo.cli import sites

    site = sites.load(folder)
    master = sites.open_site(site, None, "en")
    os.environ["AMPARO_SITE"], os.environ["DJANGO_SETTINGS_MODULE"] = str(folder), "amparo.desk.config.settings"
    os.environ["AMPARO_DATABASE_AS"] = "desk"
    from amparo.desk.config import unlocking

    unlocking.unlock(master)
    import django

    django.setup()


def somebody(worker: psycopg.Connection) -> tuple[str, str, list[str]]:
    """Return a caseworker of the largest organisation, the organisation, and the numbers of some of their cases."""
    user, organisation = worker.execute(
        "SELECT m.user_id, m.organisation_id FROM access_member m JOIN cases_teammember t ON t.member_id = m.id "
        "GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 1"
    ).fetchone()
    numbers = worker.execute(
        "SELECT c.number FROM cases_case c JOIN cases_teammember t ON t.case_id = c.id JOIN access_member m ON m.id = t.member_id "
        "WHERE m.user_id = %s AND t.until IS NULL AND c.closed_on IS NULL ORDER BY c.id LIMIT 8",
        [user],
    )
    return user, organisation, [number for (number,) in numbers]


def switch(owner: psycopg.Connection, tables: list[str], how: str) -> None:
    """Switch the policies of every table on or off."""
    for table in tables:
        owner.execute(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY")


def seconds(client: object, address: str) -> float:
    """Return how long one page took."""
    begun = time.perf_counter()
    answer = client.get(address)  # type: ignore[attr-defined]
    assert answer.status_code == 200, (address, answer.status_code)
    return time.perf_counter() - begun


def main() -> None:
    """Make the site, ask the pages in turn, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=8)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, postgres.server() as url:
        folder, addresses = Path(place) / "demo", postgres.addresses(url)
        os.environ.update(addresses)
        making = [sys.executable, "-m", "amparo", "demo", "--site", str(folder), "--no-serve"]
        subprocess.run(making, check=True, stderr=subprocess.DEVNULL)
        with (
            psycopg.connect(addresses["DATABASE_OWNER_URL"], autocommit=True) as owner,
            psycopg.connect(addresses["DATABASE_WORKER_URL"], autocommit=True) as worker,
        ):
            owner.execute("VACUUM ANALYZE")
            measure(owner, worker, folder, asked.rounds)


def measure(owner: psycopg.Connection, worker: psycopg.Connection, folder: Path, rounds: int) -> None:
    """Ask and print."""
    start(folder)
    from django.test import Client

    from amparo.desk.access.models import User

    user, organisation, numbers = somebody(worker)
    client = Client()
    client.force_login(User.objects.get(pk=user))
    tables = [name for (name,) in owner.execute("SELECT relname FROM pg_class WHERE relrowsecurity ORDER BY 1")]
    pages = {
        "today": ["/"],
        "list": ["/people/"],
        "list, filtered": ["/people/?risk=high"],
        "record": [f"/cases/{number}/" for number in numbers],
        "record, notes": [f"/cases/{number}/notes/" for number in numbers],
    }
    took: dict[tuple[str, str], list[float]] = {}
    for number in range(WARM + rounds):
        for how in ("ENABLE", "DISABLE") if number % 2 else ("DISABLE", "ENABLE"):
            switch(owner, tables, how)
            for kind, several in pages.items():
                for address in several:
                    second = seconds(client, address)
                    if number >= WARM:
                        took.setdefault((kind, how), []).append(second)
    cases = worker.execute("SELECT count(*), count(DISTINCT organisation_id) FROM cases_case").fetchone()
    print(f"{cases[0]} cases of {cases[1]} organisations, {len(tables)} tables with policies, {rounds} rounds")
    print("| page | asked | with policies, median ms | without | ratio |\n|---|---|---|---|---|")
    for kind in pages:
        on, off = took[kind, "ENABLE"], took[kind, "DISABLE"]
        one, other = statistics.median(on) * 1000, statistics.median(off) * 1000
        print(f"| {kind} | {len(on)} | {one:.1f} | {other:.1f} | {one / other:.2f} |")
    told = "SELECT set_config('amparo.organisation', %s, false)"
    for how in ("ENABLE", "DISABLE"):
        switch(owner, tables, how)
        with psycopg.connect(os.environ["DATABASE_URL"]) as desk:
            desk.execute(told, [str(organisation)])
            lines = [line.strip(" ->") for (line,) in desk.execute(PLAN, [organisation])]
        print(how, *(line for line in lines if "Index" in line or "Filter" in line or "Sort" in line), sep="\n    ")
    switch(owner, tables, "ENABLE")


if __name__ == "__main__":
    main()
