"""Match a copied office of 100,000 persons with a public list of names: what the copy tells, and what search costs.

    python benchmarks/name_frequencies.py [--persons 100000] [--site FOLDER]

Makes a real site with SQLite, takes everybody in, copies the database as a thief would, and lets
`tests/attacks/frequent_names.py` at the copy with Python's own sqlite3, no key and no Amparo. For
comparison the same attack on search tokens that lie in clear, and the public list alone.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.attacks import frequent_names as attack

SEED = 3


def make(folder: Path, everybody: list[attack.Somebody]) -> dict[str, attack.Somebody]:
    """Take everybody into a new site; return who is who, by the row's id."""
    from amparo.cli import sites

    site, master = sites.make_folder(folder, name="Bench", languages=("en",), passphrase="not a secret here", is_demo=True)
    sites.start_django(site, master)
    sites.lay_tables()
    from amparo.desk.access.models import Organisation
    from amparo.desk.cases import names
    from amparo.desk.cases.models import Person
    from amparo.desk.core import keys

    organisation = Organisation.objects.create(name="Office")
    truth = {}
    for start in range(0, len(everybody), 2000):
        some = everybody[start : start + 2000]
        rows = []
        for key_id, one in zip(keys.new_person_keys(organisation.id, len(some)), some, strict=True):
            row = Person(organisation=organisation, key_id=key_id, gender=one.gender, citizenship=[one.citizenship])
            row.given_names, row.family_name = one.given, " ".join(one.family)
            rows.append(row)
            truth[row.pk.hex] = one
        Person.objects.bulk_create(rows, batch_size=500)
        keys.forget_opened()
    names.fit_all()
    return truth


def rows(database: Path):
    """Yield (table, person, columns) of everything in the copy that belongs to one person."""
    copy = sqlite3.connect(database)
    copy.row_factory = sqlite3.Row
    tables = [name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        columns = [row["name"] for row in copy.execute(f'PRAGMA table_info("{table}")')]
        owner = "id" if table == "cases_person" else "person_id"
        if owner in columns:
            for row in copy.execute(f'SELECT * FROM "{table}"'):
                held = {name: row[name] for name in columns if row[name] not in (None, "", b"")}
                yield table, str(held.pop(owner)).replace("-", ""), held


def seconds_of_search(everybody: list[attack.Somebody]) -> tuple[float, float, float, float]:
    """Return median and longest of sixty searches, in seconds of the processor, and median and fewest of their candidates."""
    from amparo.desk.access.models import Organisation
    from amparo.desk.cases import names

    office, random, spent, counts = Organisation.objects.get(), Random(SEED), [], []
    for one in random.sample(everybody, 60):
        begun = time.process_time()
        counts.append(len(names.candidates(office, one.words)))
        spent.append(time.process_time() - begun)
    return statistics.median(spent), max(spent), statistics.median(counts), min(counts)


def tell(what: str, tokens, truth, known) -> None:
    classes = {person: (one.citizenship, one.gender) for person, one in truth.items()}
    found = attack.score(attack.guesses(tokens, classes, known), truth)
    print(f"{what:<46} whole names {found.whole:8.3%}   given names {found.given:8.3%}", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--persons", type=int, default=100_000)
    asked.add_argument("--site", type=Path)
    given = asked.parse_args()
    known = attack.public_list(SEED)
    everybody = attack.office(known, given.persons, SEED)
    folder = given.site or Path(tempfile.mkdtemp(prefix="amparo-bench-")) / "site"
    begun = time.perf_counter()
    truth = make(folder, everybody)
    print(f"{given.persons} persons taken in and indexed in {time.perf_counter() - begun:.0f} s")
    from amparo.desk.cases import names
    from amparo.desk.core import blind_index

    median, longest, candidates, fewest = seconds_of_search(everybody)
    print(f"search: median {1000 * median:.0f} ms of the processor, longest {1000 * longest:.0f} ms")
    print(f"candidates: median {candidates:.0f}, fewest {fewest}")
    tell("the public list alone", {person: set() for person in truth}, truth, known)
    tell("the copy of the database", attack.shared(rows(folder / "amparo.sqlite3")), truth, known)
    for bits in (blind_index.bits_for(given.persons), 16):
        clear = {
            person: {blind_index.token(piece, key=b"\x21" * 32, bits=bits) for piece in names.pieces(one.words)}
            for person, one in truth.items()
        }
        tell(f"tokens of {bits} bits, if they lay in clear", clear, truth, known)
    print(json.dumps({"persons": given.persons, "seed": SEED}))


if __name__ == "__main__":
    main()
