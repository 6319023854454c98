"""What git keeps: no host of a package registry, nothing of the workplace it was written in, nothing large by mistake."""

import re

from .house import ROOT, kept_files

LARGE = 1_000_000
MAY_BE_LARGE = {"src/amparo/pictures/geometry/": "the world's outlines, drawn once"}
"""Folders of large files, with the reason."""

WORKPLACE = re.compile(
    "|".join(
        [r"(?<![\w.])/" + r"work/(main|shared)", r"\.\./" + "shared", "/tmp/" + "brief", "sub" + "agent", r"\bissues " + r"show\b"]
    )
)
HOST = re.compile(r"https?://|(?:^|[\s@])[\w-]+\.(?:org|com|io|net)\b")


def texts():
    for path in kept_files():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_lock_files_name_no_host():
    found = list((ROOT / "requirements").glob("*.txt"))
    assert len(found) >= 2
    for path in found:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            assert not HOST.search(line), f"{path.name}:{number}"
            assert "--index-url" not in line, f"{path.name}:{number}"
    for path in kept_files():
        assert path.name not in ("uv.lock", "pylock.toml", "poetry.lock"), path


def test_everything_installed_is_pinned_with_a_hash():
    for name in ("base", "dev"):
        blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8"))
        for block in blocks:
            if re.match(r"[a-z0-9]", block):
                assert "==" in block.splitlines()[0], block.splitlines()[0]
                assert "--hash=sha256:" in block, block.splitlines()[0]


def test_nothing_of_the_workplace_is_kept():
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if WORKPLACE.search(line)
    ]
    assert not wrong, wrong


def test_nothing_large_is_kept():
    wrong = []
    for path in kept_files():
        name = path.relative_to(ROOT).as_posix()
        if path.stat().st_size > LARGE and not name.startswith(tuple(MAY_BE_LARGE)):
            wrong.append(f"{name}: {path.stat().st_size:,} bytes")
    assert not wrong, wrong


def test_no_secret_is_kept():
    key = re.compile("-----BEGIN [A-Z ]*PRIVATE" + " KEY-----|AKIA[0-9A-Z]{16}")
    for path, text in texts():
        assert not key.search(text), path
        assert path.suffix not in (".pem", ".sqlite3", ".key", ".p12"), path
