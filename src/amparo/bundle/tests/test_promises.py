"""A certificate may promise less than the published noise supports, never more; what it must say it says in every language."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amparo.bundle import promises
from amparo.bundle.contents import Contents, FoundRows, Measured
from amparo.bundle.promises import Published
from amparo.bundle.reading import read
from amparo.bundle.tests.making import certificate, contents, description
from amparo.bundle.verification import verify
from amparo.bundle.writing import write
from amparo.standard.reasons import LANGUAGES, Refused

GIVEN = contents()
ROWS = {"step": "rows", "tables": 1, "sigma_least": 2.5, "sigma_most": 2.5, "l2_sensitivity_squared": 1, "rho": 0.081}
FOUND = FoundRows(np.array([[1, 0, 2, 1]], dtype=np.uint16), np.array([40]), 2.5)
Change = Callable[[dict[str, Any]], object]


def told(change: Change = lambda held: None, found: FoundRows | None = None, **facts: object) -> list[str]:
    """Return what is found in a certificate after a change: the codes, with the step or the fact."""
    about = replace(GIVEN.description, **facts)  # type: ignore[arg-type]
    held = copy.deepcopy(certificate(about))
    change(held)
    found_in = list(promises.unlike(held, about, Published(GIVEN.measurements, found)))
    assert all(reason.say(language) for reason in found_in for language in LANGUAGES)
    return [f"{reason.code} {reason.values.get('step') or reason.values.get('fact') or ''}".strip() for reason in found_in]


def with_rows(held: dict[str, Any], **changes: object) -> None:
    held["mechanisms"].append({**ROWS, "threshold": 20, "delta": 5e-7} | changes)
    held["promise"]["rho_spent"] = 1.0


def test_a_promise_that_the_noise_supports_is_no_finding() -> None:
    assert told() == []
    assert told(epsilon=80.0, delta=1e-3) == []
    assert told(lambda held: held["promise"].update(rho_spent=2.0)) == []
    assert told(with_rows, found=FOUND) == []
    assert told(with_rows) == []  # whole rows were measured and none was shown


@pytest.mark.parametrize("facts", [{"epsilon": 0.01}, {"epsilon": 3.0}, {"delta": 1e-12}, {"delta": 0.0}, {"epsilon": 1e-300}])
def test_a_better_promise_than_the_noise_supports_is_found(facts: dict[str, float]) -> None:
    assert told(**facts) == ["promise_unsupported"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda held: held.update(mechanisms=[]), "noise_unlike_certificate singles"),
        (lambda held: held.pop("mechanisms"), "certificate_without mechanisms"),
        (lambda held: held.update(mechanisms={}), "certificate_without mechanisms"),
        (lambda held: held["mechanisms"].append(held["mechanisms"][0]), "certificate_without mechanisms"),
        (lambda held: held["mechanisms"].append("more"), "certificate_without mechanisms"),
        (lambda held: held["mechanisms"][0].pop("rho"), "certificate_without mechanisms"),
        (lambda held: held["mechanisms"][0].update(rho=10**400), "certificate_without mechanisms"),
        (lambda held: held["mechanisms"][0].update(sigma_least=0), "certificate_without mechanisms"),
        (lambda held: held["mechanisms"][0].update(l2_sensitivity_squared=True), "certificate_without mechanisms"),
        (lambda held: held["mechanisms"][1].update(tables=3), "noise_unlike_certificate singles"),
        (lambda held: held["mechanisms"][1].update(rho=0.1), "noise_unlike_certificate singles"),
        (lambda held: held["mechanisms"][2].update(sigma_least=2.0), "noise_unlike_certificate pairs"),
        (lambda held: held["mechanisms"][2].update(sigma_most=4.0), "noise_unlike_certificate pairs"),
        (lambda held: held["mechanisms"][0].update(sigma_least=4.0, sigma_most=4.0), "noise_unlike_certificate gate"),
        (lambda held: held["mechanisms"].pop(0), "noise_unlike_certificate gate"),
        (lambda held: held["promise"].update(rho_spent=0), "certificate_unlike_noise"),
        (lambda held: held["promise"].update(rho_spent=None), "certificate_without promise.rho_spent"),
        (lambda held: held.update(promise=5), "certificate_without promise.rho_spent"),
        (lambda held: held.update(not_promised=[]), "certificate_without not_promised.not_people"),
        (lambda held: held.update(not_promised=7), "certificate_without not_promised.not_truth"),
        (lambda held: held["not_promised"].pop(), f"certificate_without not_promised.{promises.NOT_PROMISED[-1]}"),
        (lambda held: held["not_promised"][0]["says"].pop("fr"), "certificate_without not_promised.not_people"),
        (lambda held: held["not_promised"][0]["says"].update(es=" "), "certificate_without not_promised.not_people"),
    ],
)
def test_a_certificate_unlike_the_published_noise_is_found(change: Change, expected: str) -> None:
    assert expected in told(change)


def test_a_step_that_nobody_knows_counts_by_what_it_says() -> None:
    """A later version may measure more; it is believed what it spends, and no less than its own scale spends."""
    more = {"step": "more", "tables": 10, "sigma_least": 3.0, "sigma_most": 3.0, "l2_sensitivity_squared": 1, "rho": 0.6}

    def change(held: dict[str, Any], **changes: object) -> None:
        held["mechanisms"].append(more | changes)
        held["promise"]["rho_spent"] = 50.0

    assert told(change, epsilon=16.0) == []
    assert told(change, epsilon=7.0) == ["promise_unsupported"]
    assert told(lambda held: change(held, rho=0), epsilon=7.0) == ["promise_unsupported"]
    assert told(lambda held: change(held, rho=30.0), epsilon=16.0) == ["promise_unsupported"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sigma_least": 3.0, "sigma_most": 3.0}, ["noise_unlike_certificate rows"]),
        ({"threshold": 41}, ["noise_unlike_certificate rows"]),
        ({"threshold": 5}, ["noise_unlike_certificate rows"]),
        ({"delta": 1e-20}, ["noise_unlike_certificate rows"]),
        ({"delta": 1e-6}, ["promise_unsupported"]),
    ],
)
def test_whole_rows_are_shown_only_under_what_is_stated(changes: dict[str, float], expected: list[str]) -> None:
    """Too low a threshold shows a row that only one person has; the delta that pays for it is missing elsewhere."""
    assert told(lambda held: with_rows(held, **changes), found=FOUND) == expected


def test_whole_rows_that_no_mechanism_states_are_found() -> None:
    assert told(found=FOUND) == ["noise_unlike_certificate rows", "certificate_unlike_noise"]


def test_the_promise_to_a_person_under_several_keys_is_checked_too() -> None:
    """Under m keys a person's rho is m^2 times that of a key; m times epsilon at the same delta would be wrong."""

    def change(epsilon: float, multiple: float) -> Change:
        person = {"epsilon": epsilon, "delta": 1e-6, "epsilon_multiple": 24.0, "delta_of_multiple": multiple}
        return lambda held: held["promise"].update(person=person)

    assert told(change(26.0, 1e-3), contributors_per_person=3) == []
    assert told(change(20.0, 1e-3), contributors_per_person=3) == ["promise_unsupported"]
    assert told(change(26.0, 1e-12), contributors_per_person=3) == ["promise_unsupported"]
    assert told(contributors_per_person=2)[0] == "certificate_without promise.person.epsilon"


def test_the_number_of_persons_may_be_what_a_column_adds_up_to() -> None:
    """Where no gate measured it, it costs nothing more; any other number would."""
    total, *others = GIVEN.measurements
    held = certificate(GIVEN.description)
    held["mechanisms"] = held["mechanisms"][1:]
    added = replace(total, noisy=others[0].noisy.sum(), sigma=6.0)
    assert list(promises.unlike(held, GIVEN.description, Published((added, *others)))) == []
    (reason,) = promises.unlike(held, GIVEN.description, Published(GIVEN.measurements))
    assert reason.values == {"step": "gate"}


def test_a_better_promise_fails_verification(tmp_path: Path) -> None:
    about = description(epsilon=0.01, delta=1e-12)
    forged = certificate(about) | {"mechanisms": [], "not_promised": []}
    forged["promise"]["rho_spent"] = 0
    folder = write(tmp_path / "one", Contents(about, GIVEN.codes, forged, GIVEN.measurements)).path
    codes = {finding.code for finding in verify(folder).findings}
    assert codes == {"certificate_without", "noise_unlike_certificate", "certificate_unlike_noise", "promise_unsupported"}


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write what a liar writes: without the writer's own checks, and without a report, which could not be made of it."""
    monkeypatch.setattr(Contents, "require_sound", lambda contents: None)
    monkeypatch.setattr("amparo.bundle.report.render", lambda contents: {})


def not_measurements(folder: Path, measured: tuple[Measured, ...]) -> bool:
    with pytest.raises(Refused) as refused:
        read(write(folder, replace(GIVEN, measurements=measured)).path).measurements()
    return refused.value.reasons[0].code == "not_measurements"


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
@pytest.mark.parametrize("part", ["sigma", "estimate", "standard_error"])
def test_numbers_that_nobody_can_reckon_with_are_no_measurements(tmp_path: Path, part: str, value: float) -> None:
    total, one, *others = GIVEN.measurements
    changed = replace(one, **{part: value if part == "sigma" else np.full_like(one.estimate, value)})
    assert not_measurements(tmp_path / "one", (total, changed, *others))


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("changes", [{"sigma": 0.0}, {"sigma": -3.0}, {"standard_error": np.full(4, -1.0)}])
def test_noise_has_a_scale_and_an_error_a_size(tmp_path: Path, changes: dict[str, Any]) -> None:
    total, one, *others = GIVEN.measurements
    assert not_measurements(tmp_path / "one", (total, replace(one, **changes), *others))


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("kept", [(1, 2, 3, 4, 5), (0, 1, 2, 3), (0, 1, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5, 5)])
def test_persons_and_every_column_are_measured_and_nothing_twice(tmp_path: Path, kept: tuple[int, ...]) -> None:
    """Margins need them, and what was measured twice was paid for twice."""
    assert not_measurements(tmp_path / "one", tuple(GIVEN.measurements[place] for place in kept))
