"""Everything that security claims, attacked and measured by one command; the page it writes is kept.

    python benchmarks/evidence.py [--quick] [--only attacks,kills,names,office,audit]

Runs `tests/attacks` and every other test that docs/threat-model.md names, on SQLite and on PostgreSQL; the kill test at a
hundred points on both; the attack on names with a copied office of 100,000 persons; fifty caseworkers at once on both; and
`amparo audit verify` over a million events. Writes docs/security-evidence.md. `--reports FOLDER` reads the outcomes that
`AMPARO_REPORTS=FOLDER ./check` wrote instead of running the tests again. `--quick` takes ten kills, 3,000 persons, half a
minute of work and 20,000 events: to see that it runs, never to be kept. Parts that are left out keep what the page says of them.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import postgres  # noqa: E402 - the path above comes first

PAGE = ROOT / "docs" / "security-evidence.md"
NAMED = re.compile(r"`((?:src|tests)/[\w/]+\.py)(?:::\w+)?`")
HEAD = """# Security evidence

What the [threat model](threat-model.md) promises, attacked and measured. Written by one command, never by hand:

    .venv/bin/python benchmarks/evidence.py

Every attack must fail; a test that passes here is an attack that failed. Figures are of two cores of Debian 12 with Python 3.11.
"""


def files_of_promises() -> list[str]:
    """Return every test file that the threat model names, and all of `tests/attacks` and `tests/kills`."""
    named = set(NAMED.findall((ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")))
    named |= {
        str(file.relative_to(ROOT)) for folder in ("attacks", "kills") for file in (ROOT / "tests" / folder).glob("test_*.py")
    }
    return sorted(one for one in named if (ROOT / one).exists())


def run(command: list[str], **more: str) -> str:
    """Run one command and return what it printed; a failure ends everything."""
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **more}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def tested(files: list[str], **more: str) -> Iterator[tuple[str, Counter[str]]]:
    """Run test files and yield for each how many tests passed, failed and were skipped."""
    with tempfile.TemporaryDirectory() as folder:
        out, marks = Path(folder) / "tests.xml", "not browser and not postgres" if not more else "not browser and not slow"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", marks, f"--junitxml={out}", *files]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "AMPARO_WALKS": "150", **more}, stdout=subprocess.DEVNULL, check=False)
        yield from outcomes([out], files)


def outcomes(reports: list[Path], files: list[str]) -> Iterator[tuple[str, Counter[str]]]:
    """Yield for each test file how many tests passed, failed and were skipped, by pytest's reports; of each the last counts."""
    cases = [case for report in reports for case in ElementTree.parse(report).iter("testcase")]
    counts: dict[str, Counter[str]] = {one: Counter() for one in files}
    for case in {(one.get("classname", ""), one.get("name", "")): one for one in cases}.values():
        place = case.get("classname", "").replace(".", "/")
        file = next(
            (one for one in files if place == one.removesuffix(".py") or place.startswith(one.removesuffix(".py") + "/")), None
        )
        kinds = {child.tag for child in case}
        kind = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
        if file:
            counts[file][kind] += 1
    yield from counts.items()


def attacks(asked: argparse.Namespace) -> str:
    """The attacks as tests, on both databases."""
    files = files_of_promises()
    desk = [one for one in files if one.startswith(("src/amparo/desk", "tests"))]
    if asked.reports:
        here = dict(outcomes(sorted(asked.reports.glob("sqlite*.xml"), key=os.path.getmtime), files))
        there = dict(outcomes(sorted(asked.reports.glob("postgresql*.xml"), key=os.path.getmtime), desk))
    else:
        here = dict(tested(files))
        with postgres.server() as url:
            there = dict(tested(desk, DATABASE_URL=url))
    lines = ["| attacks in | on SQLite | on PostgreSQL | not withstood |", "|---|---|---|---|"]
    for file in files:
        failed = here[file]["failed"] + there.get(file, Counter())["failed"]
        lines.append(f"| `{file}` | {here[file]['passed']} | {there[file]['passed'] if file in there else ''} | {failed} |")
    whole = [sum(one["passed"] for one in some.values()) for some in (here, there)]
    failed = sum(one["failed"] for some in (here, there) for one in some.values())
    lines.append(f"| **all** | **{whole[0]:,}** | **{whole[1]:,}** | **{failed}** |")
    return "\n".join(lines)


def kills(asked: argparse.Namespace) -> str:
    """A writer under load, killed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "kills.json"
        points = "10" if asked.quick else "100"
        run([sys.executable, "benchmarks/kills.py", "--points", points, "--both", "--json", str(out)])
        found = json.loads(out.read_text(encoding="utf-8"))
    rows = [
        f"| {name} | {one['points']} points | {one['acknowledged_in_all']:,} | {len(one['missing'])} | {len(one['half'])} |"
        for name, one in found.items()
    ]
    return "\n".join(["| database | killed at | acknowledged | missing | half |", "|---|---|---|---|---|", *rows])


def names(asked: argparse.Namespace) -> str:
    """A copied office and a public list of names."""
    persons = "3000" if asked.quick else "100000"
    return "```\n" + run([sys.executable, "benchmarks/name_frequencies.py", "--persons", persons]).strip() + "\n```"


def office(asked: argparse.Namespace) -> str:
    """Fifty caseworkers at once."""
    minutes = "0.5" if asked.quick else "5"
    said = [run([sys.executable, "benchmarks/office.py", "--minutes", minutes, *more]).strip() for more in ([], ["--postgres"])]
    return "\n\n".join(one.replace("\n|", "\n\n|", 1) for one in said)


def audit(asked: argparse.Namespace) -> str:
    """Reading a long record back."""
    events = "20000" if asked.quick else "1000000"
    return "```\n" + run([sys.executable, "benchmarks/audit.py", "--events", events]).strip() + "\n```"


PARTS: dict[str, tuple[str, Callable[[argparse.Namespace], str]]] = {
    "attacks": ("Attacks", attacks),
    "kills": ("Killed at random points", kills),
    "names": ("Names in a copied database", names),
    "office": ("Fifty caseworkers at once", office),
    "audit": ("A million audit events", audit),
}


def kept() -> dict[str, str]:
    """Return what the page says today, part by part."""
    if not PAGE.exists():
        return {}
    parts = re.split(r"(?m)^## ", PAGE.read_text(encoding="utf-8"))[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}


def main() -> None:
    """Run the parts that were asked for and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.add_argument("--reports", type=Path, help="what `AMPARO_REPORTS=FOLDER ./check` wrote (and later runs, as sqlite-2.xml)")
    asked = parser.parse_args()
    told = kept()
    for name in asked.only.split(","):
        title, part = PARTS[name]
        print(f"{title} ...", file=sys.stderr, flush=True)
        day = datetime.datetime.now(datetime.UTC).date().isoformat()
        told[title] = f"{(part.__doc__ or '').strip()} Measured on {day}{', quickly' if asked.quick else ''}.\n\n{part(asked)}"
        text = HEAD + "".join(f"\n## {title}\n\n{told[title]}\n" for title, _ in PARTS.values() if title in told)
        with contextlib.suppress(FileNotFoundError):
            asked.out.with_suffix(".new").unlink()
        asked.out.with_suffix(".new").write_text(text, encoding="utf-8")
        asked.out.with_suffix(".new").rename(asked.out)


if __name__ == "__main__":
    main()
