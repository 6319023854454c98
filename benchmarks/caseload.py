"""Bringing an old caseload in and taking it back as a whole, in one process and step by step.

    python benchmarks/caseload.py [--rows 1500] [--office 0] [--site FOLDER] [--postgres]

Makes a site with one office, brings a list of so many invented old cases, writes and shows them, and takes all of them back.
Printed, by the clock and by the processor: looking into the file; writing; what the page waits for when somebody takes the
caseload back (nobody sees a case of it any more from then on); removing rows and keys behind it, and the longest transaction
of that: so long others may wait. `--office` fills the office with so many cases of `desk.py` before; `--site` uses a folder
of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools"), str(ROOT / "benchmarks")]

import desk  # noqa: E402 - the paths above come first

import postgres  # noqa: E402

HEAD = "Case no;Opened;Closed;Name;Date of birth;Sex;Nationality;Phone;Remarks"


def listed(rows: int) -> bytes:
    """Return a list of old cases as an office exports them."""
    draw, lines = Random(11), [HEAD]
    for number in range(rows):
        year = draw.randrange(2010, 2024)
        closed = f"{draw.randrange(1, 29):02d}/06/{year + 1}" if number % 3 else ""
        name = f"{desk.name_of(draw, most=30000)}, {desk.name_of(draw, most=3000)}"
        born, sex = draw.randrange(1960, 2008), draw.choice("mf")
        lines.append(f"OLD/{number + 1};13/05/{year};{closed};{name};{born};{sex};Nigeria;+000 555 {number:07d};Moves often")
    return "\n".join(lines).encode()


@contextlib.contextmanager
def told(what: str) -> Iterator[None]:
    """Print how long something took."""
    began, worked = time.perf_counter(), time.process_time()
    yield
    print(f"{what:<46}{time.perf_counter() - began:8.2f} s, {time.process_time() - worked:.2f} of the processor", flush=True)


def run(folder: Path, rows: int, office: int) -> None:
    """Bring, write, take back and remove, on a site made for it."""
    desk.fill(folder, office)
    from amparo.desk.access.models import Member
    from amparo.desk.cases.models import Case
    from amparo.desk.core import keys
    from amparo.desk.intake import importing

    by = Member.objects.get(user__email="supervisor@demo.example")
    by.is_fresh = True
    with told(f"looking into {rows:,} rows"):
        caseload = importing.bring(by=by, name="caseload.csv", pieces=[listed(rows)])
    importing.enqueue(caseload=caseload, by=by)
    with told("writing and showing them, in the worker"):
        caseload = importing.work(caseload.pk)
    print(f"{caseload.state}: {caseload.rows_done:,} of {caseload.rows_in:,} rows")
    keys.forget_opened()
    with told("taking them back: what the page waits for"):
        caseload = importing.undo(caseload=caseload, by=by)
    real, longest = importing._take_some_away, [0.0]

    def timed(one: object) -> int:
        began = time.process_time()
        gone = int(real(one))
        longest.append(time.process_time() - began)
        return gone

    importing._take_some_away = timed
    with told("removing rows and keys, in the worker"):
        caseload = importing.work(caseload.pk)
    print(f"{'the longest transaction of it':<46}{max(longest):8.2f} s of the processor")
    print(f"{caseload.state}: {Case._base_manager.count():,} cases are left")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--office", type=int, default=0)
    parser.add_argument("--site", type=Path)
    parser.add_argument("--postgres", action="store_true")
    wanted = parser.parse_args()
    with contextlib.ExitStack() as around:
        if wanted.postgres and "DATABASE_URL" not in os.environ:
            os.environ.update(postgres.addresses(around.enter_context(postgres.server())))
        folder = wanted.site or Path(around.enter_context(tempfile.TemporaryDirectory())) / "site"
        run(folder, wanted.rows, wanted.office)


if __name__ == "__main__":
    main()
