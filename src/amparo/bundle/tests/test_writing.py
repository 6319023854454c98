"""A bundle is there whole or not at all, and the same contents are the same bytes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from amparo.bundle import files, writing
from amparo.bundle.calibration import BLOCK
from amparo.bundle.contents import Counting, FoundRows, Probe, canonical_order
from amparo.bundle.description import LONGEST_TEXT, from_json, to_json
from amparo.bundle.keys import Signer
from amparo.bundle.learning import learn
from amparo.bundle.reading import read
from amparo.bundle.tests.making import COLUMNS, Contents, certificate, codes, contents, description, step, words
from amparo.bundle.verification import verify
from amparo.bundle.writing import render, write
from amparo.standard.reasons import LANGUAGES, Refused

SIGNER = Signer.from_bytes(bytes(32))


def refusal(action) -> str:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused) as refused:
        action()
    assert all(refused.value.say(language) for language in LANGUAGES)
    return refused.value.reasons[0].code


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    given = contents()
    bundle = read(write(tmp_path / "one", given).path)
    assert bundle.description == given.description
    assert bundle.certificate == given.certificate
    assert all(np.array_equal(one, other) for one, other in zip(bundle.codes, canonical_order(given.codes), strict=True))
    for measured, read_back in zip(given.measurements, bundle.measurements(), strict=True):
        assert measured.columns == read_back.columns
        assert measured.sigma == read_back.sigma
        for part in ("noisy", "estimate", "standard_error"):
            assert np.array_equal(getattr(measured, part), getattr(read_back, part))


def test_the_order_of_rows_says_nothing() -> None:
    """The same rows in any order are the same bytes."""
    given = contents()
    order = np.random.default_rng(7).permutation(given.description.rows)
    shuffled = Contents(given.description, tuple(c[order] for c in given.codes), given.certificate, given.measurements)
    assert render(given, signer=SIGNER) == render(shuffled, signer=SIGNER)


def test_equal_contents_are_equal_bytes_in_another_process(tmp_path: Path) -> None:
    other = [
        subprocess.run([sys.executable, "-c", DIGESTS], env=os.environ | env, capture_output=True, text=True, check=True).stdout
        for env in ({"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "POLARS_MAX_THREADS": "1"}, {"PYTHONHASHSEED": "2", "LANG": "C"})
    ]
    assert other[0] == other[1]


def test_csv_and_parquet_spell_values_as_the_domain_does(tmp_path: Path) -> None:
    path = write(tmp_path / "one", contents()).path
    frame = pl.read_parquet(path / files.DATA_PARQUET)
    for column in COLUMNS:
        assert set(frame[column.name].drop_nulls()) == set(column.domain)
        assert frame[column.name].null_count() > 0
    lines = (path / files.DATA_CSV).read_bytes().split(b"\n")
    assert lines[0] == b"year,gender,threats,debt"
    assert lines[1] == b",,,"
    assert len(lines) == 300 + 2


def test_the_published_measurements_name_their_cells(tmp_path: Path) -> None:
    bundle = write(tmp_path / "one", contents())
    frame = pl.read_parquet(bundle.path / files.MEASUREMENTS)
    pair = bundle.by_columns[frozenset({"gender", "threats"})]
    cells = frame.filter(pl.col("columns") == ["gender", "threats"])
    assert cells.filter(pl.col("values") == ["Male", "1"])["noisy"].to_list() == [pair.noisy[2, 2]]
    assert cells.filter(pl.col("values") == ["", ""])["noisy"].to_list() == [pair.noisy[0, 0]]


def test_whole_rows_that_were_found_are_published(tmp_path: Path) -> None:
    given = contents()
    rows = np.array([[1, 0, 2, 1], [2, 1, 1, 0]], dtype=np.uint16)
    found = FoundRows(rows, np.array([40, 35]), 2.5)
    stated = {"step": "rows", "tables": 1, "sigma_least": 2.5, "sigma_most": 2.5, "l2_sensitivity_squared": 1, "rho": 0.081}
    told = certificate(given.description)
    told["mechanisms"] = [*told["mechanisms"], stated | {"threshold": 20, "delta": 5e-7}]
    told["promise"] = told["promise"] | {"rho_spent": 1.0}
    whole = Contents(given.description, given.codes, told, given.measurements, found)
    bundle = read(write(tmp_path / "one", whole).path)
    assert verify(bundle.path).ok
    assert len(bundle.measurements()) == len(given.measurements)
    assert bundle.found_rows is not None
    assert np.array_equal(bundle.found_rows.codes, rows)
    assert bundle.found_rows.counts.tolist() == [40, 35]


def test_a_column_of_blanks_keeps_its_rows(tmp_path: Path) -> None:
    given = contents()
    one = description(columns=COLUMNS[:1], groups=())
    blanks = (np.zeros(300, dtype=np.uint8),)
    bundle = write(tmp_path / "one", Contents(one, blanks, certificate(one), given.measurements[:2]))
    assert verify(bundle.path).ok
    assert bundle.frame().height == 300


def test_a_bundle_is_never_overwritten(tmp_path: Path) -> None:
    write(tmp_path / "one", contents())
    before = everything(tmp_path)
    assert refusal(lambda: write(tmp_path / "one", contents(seed=2))) == "already_there"
    assert everything(tmp_path) == before


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    assert verify(write(tmp_path / "one", contents()).path).ok


def test_a_file_or_link_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path)
    assert refusal(lambda: write(tmp_path / "file", contents())) == "already_there"
    assert refusal(lambda: write(tmp_path / "link", contents())) == "already_there"
    assert (tmp_path / "file").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


@pytest.mark.parametrize("after", [0, 1, 5, 9, 14, 19])
def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Whichever file the disk refuses, there is a sentence and no trace; afterwards it works."""
    written: list[str] = []
    put = writing._put

    def full(path: Path, content: bytes) -> None:
        if len(written) == after:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path.name)
        put(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "_put", full)
        assert refusal(lambda: write(tmp_path / "one", contents())) == "disk_full"
    assert list(tmp_path.iterdir()) == []
    assert verify(write(tmp_path / "one", contents()).path).ok


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_disk_that_fails_at_the_end_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(*((os, "fsync") if call == "fsync" else (Path, "rename")), fail)
    assert refusal(lambda: write(tmp_path / "one", contents())) == "not_writable"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_not_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refusal(lambda: write(tmp_path / "file" / "one", contents())) in ("not_writable", "already_there")


DIGESTS = """
import hashlib
from amparo.bundle.tests.making import contents
from amparo.bundle.writing import render
print(sorted((name, hashlib.sha256(content).hexdigest()) for name, content in render(contents()).items()))
"""
KILLED = """
import os, signal, sys
from pathlib import Path
from amparo.bundle import writing
from amparo.bundle.tests.making import contents
put, done = writing._put, []
def kill(path, content):
    if len(done) == int(sys.argv[2]):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content[:10])
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(path)
    put(path, content)
writing._put = kill
writing.write(Path(sys.argv[1]), contents())
"""


@pytest.mark.parametrize("after", [0, 9, 14])
def test_a_killed_writer_leaves_no_half_bundle(tmp_path: Path, after: int) -> None:
    """The bundle's name does not exist after the kill, and the next writer clears what was left."""
    target = tmp_path / "one"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(target), str(after)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not target.exists()
    assert verify(write(target, contents()).path).ok
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_two_writers_at_once_do_not_mix(tmp_path: Path) -> None:
    with writing._beside(tmp_path / "one") as temporary:
        assert refusal(lambda: write(tmp_path / "one", contents())) == "being_written"
        assert temporary.is_dir()
        temporary.rmdir()


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": 299},
        {"epsilon": 0.0},
        {"delta": 1.0},
        {"id": "../up"},
        {"columns": COLUMNS[:2]},
        {"columns": (COLUMNS[0], COLUMNS[0], *COLUMNS[2:])},
        {"columns": (replace(COLUMNS[0], name="=1+1"), *COLUMNS[1:])},
        {"title": {"en": "only English"}},
    ],
)
def test_contents_that_contradict_themselves_are_never_written(tmp_path: Path, changes: dict[str, object]) -> None:
    given = contents()
    about = description(**changes)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        write(tmp_path / "one", Contents(about, codes(), given.certificate, given.measurements))
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_read_again_is_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = words("x" * (LONGEST_TEXT + 1))
    assert refusal(lambda: write(tmp_path / "one", contents(summary=endless))) == "not_a_description"
    monkeypatch.setitem(files.LARGEST, files.MEASUREMENTS, 100)
    assert refusal(lambda: write(tmp_path / "one", contents())) == "too_large"
    assert list(tmp_path.iterdir()) == []


def test_a_description_survives_its_file() -> None:
    assert from_json(to_json(description())) == description()


@pytest.mark.parametrize(
    "change",
    [
        {"format": "x"},
        {"rows": "300"},
        {"rows": True},
        {"more": 1},
        {"title": {"xx": "y"}},
        {"columns": []},
        {"epsilon": 10**400},
        {"delta": -(10**400)},
        {"rows": 10**400},
        {"contributors_per_person": 10**400},
    ],
)
def test_another_form_of_description_is_refused(change: dict[str, object]) -> None:
    assert refusal(lambda: from_json(to_json(description()) | change)) == "not_a_description"


@pytest.mark.parametrize("value", ["=1+1", "+1", "-99", "@x", " a", "a ", "", "a\nb", "a\tb"])
def test_no_value_can_be_taken_for_a_formula(value: str) -> None:
    with pytest.raises(ValueError):
        render(contents(columns=(replace(COLUMNS[0], domain=("2020", "2021", value)), *COLUMNS[1:])))


LIMITED = """
import resource, sys
from pathlib import Path
from amparo.bundle.tests.making import contents
from amparo.bundle.writing import write
from amparo.standard.reasons import Refused
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    write(Path(sys.argv[1]), contents())
except Refused as refused:
    print(refused.reasons[0].code)
"""


@pytest.mark.parametrize("limit", [0, 2_000, 30_000])
def test_a_disk_that_really_takes_no_more_leaves_nothing(tmp_path: Path, limit: int) -> None:
    """The operating system itself refuses to let a file grow, in the middle of a write."""
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "one"), str(limit)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "disk_full"
    assert list(tmp_path.iterdir()) == []


def test_probes_and_what_was_learnt_from_them_come_back(tmp_path: Path) -> None:
    """Beside whole rows, of all columns and of fewer; the margins follow from the folder alone."""
    names, cells = tuple(column.name for column in COLUMNS), np.array(list(np.ndindex(2, 2, 2)), np.uint16)
    probes = (
        Probe(names[:3], cells, np.arange(8) - 2, 4.5),
        Probe(names, np.zeros((1, 4), np.uint16), np.array([7]), 4.5),
    )
    whole = FoundRows(np.array([[1, 1, 1, 1]], np.uint16), np.array([40]), 2.0)
    made = replace(contents(), probes=probes, found_rows=whole)
    learnt = learn(Counting.of(made))
    certified = certificate(made.description, more=(step("probes", 2, 4.5), step("rows", 1, 2.0, threshold=40, delta=5e-7)))
    written = write(tmp_path / "release", replace(made, certificate={**certified, BLOCK: learnt.to_json()}))
    assert verify(written.path).ok
    lacking = write(tmp_path / "lacking", replace(made, certificate={**certificate(made.description), BLOCK: learnt.to_json()}))
    assert "noise_unlike_certificate" in {finding.code for finding in verify(lacking.path).findings}
    assert [one.columns for one in written.probes] == [names[:3], names]
    assert [one.is_group for one in written.probes] == [False, True]
    for read_back, given in zip(written.probes, probes, strict=True):
        assert (read_back.codes == given.codes).all()
        assert (read_back.noisy == given.noisy).all()
    assert written.found_rows is not None
    assert (written.calibration.structure.weights == learnt.structure.weights).all()
    assert learnt.dependence is not None
    assert written.calibration.dependence is not None
    assert (written.calibration.dependence.weights == learnt.dependence.weights).all()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"dependence": {"weights": [[1.0]]}, "structure": {}},
        {"dependence": {"weights": None}, "structure": {"weights": [0.5] * 9}},
        {"dependence": {"weights": None}, "structure": {"weights": [float("nan")] * 9}},
        "nothing",
    ],
)
def test_margins_that_were_never_learnt_like_that_are_refused(tmp_path: Path, said: object) -> None:
    written = write(tmp_path / "release", contents())
    bent = replace(written, certificate={**written.certificate, BLOCK: said})
    assert refusal(lambda: bent.calibration) == "not_a_certificate"
