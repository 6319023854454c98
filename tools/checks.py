"""The list of checks, run one after the other; the tests come last, so that their closing lines end the output."""

import contextlib
import os
import shutil
import subprocess
import sys
import time

import postgres

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.path.join(ROOT, ".venv", "bin")
PURE = [f"src/amparo/{room}" for room in ("standard", "disclosure", "linkage", "pictures", "bundle", "release")]
DEBIAN = {"chromium": "chromium", "postgresql": "postgresql"}


def tool(name, *arguments):
    return [os.path.join(BIN, name), *arguments]


def python(*arguments):
    return [os.path.join(BIN, "python"), *arguments]


def strict_files():
    """The pure rooms, and the pure modules inside the desk's apps."""
    found = [os.path.join(ROOT, room) for room in PURE if os.path.isdir(os.path.join(ROOT, room))]
    for folder, _, names in os.walk(os.path.join(ROOT, "src", "amparo", "desk")):
        found += [os.path.join(folder, name) for name in names if name in ("policies.py", "rules.py")]
    return found


def static_checks():
    yield "style", tool("ruff", "check", ".")
    yield "format", tool("ruff", "format", "--check", ".")
    yield "types", tool("mypy", "--no-incremental", "--exclude", "/tests/", *strict_files())
    yield "imports", tool("lint-imports", "--no-cache")
    yield "templates", tool("djlint", "--quiet", "--lint", "src/amparo")
    yield "migrations", python("-m", "amparo", "manage", "makemigrations", "--check", "--dry-run")
    yield "settings", python("-m", "amparo", "manage", "check", "--fail-level", "WARNING")


def environment(**more):
    return dict(
        os.environ,
        PYTHONUTF8="1",
        PYTHONPATH=os.path.join(ROOT, "tools"),
        AMPARO_ROOT=ROOT,
        DJANGO_SETTINGS_MODULE="amparo.desk.config.settings",
        **more,
    )


def run(title, command, **more):
    begun = time.monotonic()
    print("== " + title, flush=True)
    code = subprocess.run(command, cwd=ROOT, env=environment(**more)).returncode
    print("-- %s: %s in %.0f s" % (title, "ok" if code == 0 else "FAILED", time.monotonic() - begun), flush=True)
    return code == 0


def bring_from_debian():
    """Install Debian's browser and database when they are missing and we may; else say what is skipped."""
    missing = [name for name in DEBIAN if not present(name)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.STDOUT,
            "env": dict(os.environ, DEBIAN_FRONTEND="noninteractive"),
        }
        subprocess.run(["apt-get", "update"], **quiet)
        for name in missing:
            subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", DEBIAN[name]], **quiet)
    left = [name for name in missing if not present(name)]
    if left and os.environ.get("CI"):
        sys.exit("check: could not install " + " and ".join(left))
    for name in left:
        print("skipped: what needs %s (`sudo apt install %s` to run it too)" % (name, DEBIAN[name]))
    return [name for name in DEBIAN if name not in left]


def present(name):
    return bool(postgres.programs()) if name == "postgresql" else bool(shutil.which("chromium"))


def told(name):
    """Where AMPARO_REPORTS names a folder, each test's outcome is written there: `benchmarks/evidence.py --reports` reads it."""
    folder = os.environ.get("AMPARO_REPORTS")
    return ["--junitxml=" + os.path.join(folder, name + ".xml")] if folder else []


ALSO_ON_POSTGRESQL = [
    *("tests/attacks/test_row_security.py", "tests/attacks/test_database_roles.py", "tests/attacks/test_erasure.py"),
    *("tests/attacks/test_everywhere.py", "tests/attacks/test_same_work.py", "tests/kills", "tests/migrations"),
    "src/amparo/cli/backups",
]
"""What stands outside the rooms and asks the database itself; the other attacks ask pages, which answer alike on both."""


def tests(have, whole):
    outside = ["tests", "src/amparo/cli/backups"] if whole else ALSO_ON_POSTGRESQL
    workers = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "worksteal"]
    without = [name for name, mark in (("chromium", "browser"), ("postgresql", "postgres")) if name not in have]
    good = True
    if "postgresql" in have:
        with postgres.server() as url:
            good = run(
                "tests on PostgreSQL",
                python(
                    *("-m", "pytest", *workers, *told("postgresql")),
                    *(
                        "-m",
                        "not browser and (postgres or not slow)" + ("" if whole else " and not whole"),
                        "src/amparo/desk",
                        *outside,
                    ),
                ),
                DATABASE_URL=url,
            )
    left_out = ["postgres"] + (["browser"] if "chromium" in without else []) + ([] if whole else ["whole"])
    skip = " and ".join("not " + mark for mark in left_out)
    return run("tests on SQLite", python("-m", "pytest", *workers, *told("sqlite"), "-m", skip)) and good


def main(arguments):
    begun = time.monotonic()
    quick = arguments == ["quick"]
    failed = [title for title, command in static_checks() if not run(title, command)]
    have = [] if quick else bring_from_debian()
    with contextlib.suppress(KeyboardInterrupt):
        if not tests(have, whole=arguments == ["whole"]):
            failed.append("tests")
    print("== %s after %.0f s" % ("FAILED: " + ", ".join(failed) if failed else "all checks passed", time.monotonic() - begun))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
