"""Set-up: every way in which it can fail is one sentence that says what to do, and nothing is half-done."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import prepare  # noqa: E402


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty place to set up in, with the real lock files."""
    (tmp_path / "requirements").symlink_to(ROOT / "requirements")
    for name, value in {"ROOT": tmp_path, "VENV": tmp_path / ".venv", "TOOLS": tmp_path / ".tools"}.items():
        monkeypatch.setattr(prepare, name, str(value))
    monkeypatch.setattr(prepare, "STAMP", str(tmp_path / ".venv" / "installed"))
    monkeypatch.setattr(prepare, "PYTHON", str(tmp_path / ".venv" / "bin" / "python"))
    return tmp_path


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 14, 0), (2, 7, 18)])
def test_a_wrong_python_is_named_with_the_right_ones(monkeypatch, version):
    monkeypatch.setattr(prepare.sys, "version_info", version)
    with pytest.raises(prepare.Refusal, match=r"3\.11, 3\.12 or 3\.13"):
        prepare.check_python()


def test_too_little_room_is_said_before_anything_is_fetched(folder, monkeypatch):
    monkeypatch.setattr(prepare.shutil, "disk_usage", lambda _: SimpleNamespace(free=5 * 2**20))
    monkeypatch.setattr(prepare, "fill", lambda _: pytest.fail("fetched without room"))
    with pytest.raises(prepare.Refusal, match="Only 5 MB are free"):
        prepare.prepare("base")


def test_an_unwritable_folder_is_said(folder, monkeypatch):
    def refuses(*_given, **_named):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(prepare.os, "makedirs", refuses)
    with pytest.raises(prepare.Refusal, match=r"cannot write into .* copy it into a folder of your own"):
        prepare.prepare("base")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("error: Failed to fetch: `https://packages`\n  Caused by: dns error", "check the network"),
        ("error: No space left on device (os error 28)", "disk is full"),
        ("error: hash mismatch for numpy", "hash mismatch for numpy"),
    ],
)
def test_what_the_installer_says_becomes_one_sentence(words, said):
    assert said in str(prepare.failed(words))


def test_without_network_nothing_counts_as_installed(folder, monkeypatch):
    monkeypatch.setattr(prepare, "ensure_installer", lambda: None)
    monkeypatch.setattr(prepare, "bring_uv", lambda: "uv")
    monkeypatch.setattr(prepare, "call", lambda *_given, **_named: (False, "error sending request: dns error"))
    with pytest.raises(prepare.Refusal, match="check the network"):
        prepare.prepare("base")
    assert not prepare.installed("base")


def test_without_pip_and_venv_and_without_root_the_one_command_is_told(monkeypatch):
    monkeypatch.setattr(prepare, "has", lambda _: False)
    monkeypatch.setattr(prepare, "has_venv", lambda: False)
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 1000)
    with pytest.raises(prepare.Refusal, match="sudo apt install python3-pip"):
        prepare.ensure_installer()


def test_an_environment_of_another_lock_is_not_taken_for_this_one(folder):
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").touch()
    (folder / ".venv" / "installed").write_text("0" * 64)
    assert not prepare.installed("base")
    (folder / ".venv" / "installed").write_text(prepare.digest("dev"))
    assert prepare.installed("base")
    assert prepare.installed("dev")
    (folder / ".venv" / "installed").write_text(prepare.digest("base"))
    assert not prepare.installed("dev")


def test_the_two_scripts_answer_an_unknown_wish_with_one_line():
    done = subprocess.run([sys.executable, str(ROOT / "check"), "everything"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (1, "usage: ./check [quick | whole]")


def test_continuous_integration_calls_check():
    script = (ROOT / ".ci" / "run").read_text()
    assert "./check" in script
    assert os.access(ROOT / "check", os.X_OK)
    assert os.access(ROOT / "run", os.X_OK)
