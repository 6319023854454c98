"""What was measured: noisy counts, safe to store and to publish, with everything needed to use them again."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from amparo.disclosure.accounting import Privacy, add_up, is_scale, rho_spent
from amparo.disclosure.domain import ROOM, Attribute, Domain
from amparo.disclosure.plan import MAX_ROWS, Plan, RowHistogram
from amparo.disclosure.structure import AtMost, Implies, Rule
from amparo.standard.reasons import Reason, Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amparo.disclosure.uncertainty import Marginal

FORMAT = "amparo-measurements"
FORMAT_VERSION = 2
READABLE_VERSIONS = (1, 2)
MAX_BYTES = 512 * 2**20


@dataclass(frozen=True, slots=True)
class Gate:
    """Noisy: the number of rows, and per row histogram how many rows stand above its threshold."""

    total: int
    excesses: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FoundRows:
    """Whole rows whose noisy count reached the threshold."""

    histogram: RowHistogram
    codes: NDArray[np.uint16]
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """Some cells of a few columns together, counted with noise to learn how far generated rows are off; never generated from.

    `columns` are positions in the domain, `codes: uint16[cells, columns]`, `counts: int64[cells]` noisy with scale `sigma`.
    """

    columns: tuple[int, ...]
    codes: NDArray[np.uint16]
    counts: NDArray[np.int64]
    sigma: float


@dataclass(frozen=True, eq=False)
class Measurements:
    """Everything a release knows of the table it stands for; frozen, drawn once, never drawn again."""

    plan: Plan
    gate: Gate | None
    found: FoundRows | None
    singles_sigma: float
    singles: tuple[NDArray[np.int64], ...]
    pair_sigmas: tuple[float, ...]
    pairs: tuple[NDArray[np.int64], ...]
    probes: tuple[Probe, ...] = ()

    @property
    def domain(self) -> Domain:
        """The public domain."""
        return self.plan.domain

    @property
    def privacy(self) -> Privacy:
        """The promise under which the counts were made."""
        return self.plan.privacy

    @cached_property
    def rho(self) -> float:
        """What was really spent, by the noise scales really used (rounded up)."""
        spent = [self.plan.gate_rho, self.found.histogram.rho if self.found else 0.0]
        spent += [rho_spent(self.singles_sigma)] * len(self.singles)
        spent += [rho_spent(probe.sigma) for probe in self.probes]
        return add_up(spent + [rho_spent(sigma) for sigma in self.pair_sigmas])

    @cached_property
    def marginals(self) -> tuple[Marginal, ...]:
        """All 1-way and pair tables with noise, estimate and standard error."""
        from amparo.disclosure.uncertainty import marginals

        return marginals(self)

    @cached_property
    def total(self) -> int:
        """The number of rows as the noisy counts tell it, never below zero and never above `MAX_ROWS`."""
        from amparo.disclosure.uncertainty import solve

        return min(MAX_ROWS, max(0, round(solve(self).total)))

    def to_bytes(self) -> bytes:
        """Write everything into one archive: JSON and plain arrays; the same measurements give the same bytes."""
        arrays = {"singles": _flat(self.singles), "pairs": _flat(self.pairs), "pair_sigmas": np.array(self.pair_sigmas, float)}
        if self.probes:
            arrays |= {
                "probe_cells": np.array([len(probe.counts) for probe in self.probes], np.int64),
                "probe_codes": np.concatenate([probe.codes.reshape(-1) for probe in self.probes]),
                "probe_counts": _flat(tuple(probe.counts for probe in self.probes)),
                "probe_sigmas": np.array([probe.sigma for probe in self.probes], float),
            }
        if self.found:
            arrays |= {"found_codes": self.found.codes, "found_counts": self.found.counts}
        with io.BytesIO() as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                _put(archive, "measurements.json", json.dumps(self._head(), ensure_ascii=False, sort_keys=True).encode())
                for name, array in sorted(arrays.items()):
                    with io.BytesIO() as one:
                        np.lib.format.write_array(one, array, version=(1, 0), allow_pickle=False)
                        _put(archive, f"{name}.npy", one.getvalue())
            return out.getvalue()

    def _head(self) -> dict[str, Any]:
        p = self.plan.privacy
        return {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "attributes": [{"name": a.name, "codes": list(a.codes)} for a in self.domain.attributes],
            "rules": [asdict(rule) for rule in self.domain.rules],
            "privacy": {"epsilon": p.epsilon, "delta": p.delta, "contributors_per_person": p.contributors_per_person},
            "plan": {
                "rows": self.plan.rows,
                "pairs": [list(pair) for pair in self.plan.pairs],
                "left_out": [list(pair) for pair in self.plan.left_out],
                "gate_sigma": self.plan.gate_sigma,
                "row_histograms": [asdict(histogram) for histogram in self.plan.row_histograms],
                "probes": [list(probe) for probe in self.plan.probes],
                "groups": [list(group) for group in self.plan.groups],
            },
            "gate": {"total": self.gate.total, "excesses": list(self.gate.excesses)} if self.gate else None,
            "row_share": self.found.histogram.share if self.found else None,
            "singles_sigma": self.singles_sigma,
        }

    @classmethod
    def from_bytes(cls, raw: bytes) -> Measurements:
        """Read what `to_bytes` wrote; raise `Refused` for anything else, however it is damaged."""
        try:
            return _read(raw)
        except Refused:
            raise
        except Exception as cause:  # what a library raises over damaged bytes is not ours to list
            raise Refused(Reason(ROOM, "measurements_unreadable")) from cause


def _flat(tables: tuple[NDArray[np.int64], ...]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(0, np.int64), *(table.reshape(-1) for table in tables)])


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _read(raw: bytes) -> Measurements:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
            raise ValueError("larger than any measurement")
        head = json.loads(archive.read("measurements.json"))
        arrays = {
            name.removesuffix(".npy"): np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False)
            for name in archive.namelist()
            if name.endswith(".npy")
        }
    if head["format"] != FORMAT or head["version"] not in READABLE_VERSIONS:
        raise Refused(Reason(ROOM, "measurements_version", values={"version": str(head["version"])}))
    domain = Domain(
        tuple(Attribute(str(a["name"]), tuple(map(str, a["codes"]))) for a in head["attributes"]),
        tuple(map(_read_rule, head.get("rules", ()))),
    )
    planned = _read_plan(head["plan"], domain, Privacy(**head["privacy"]))
    gate = Gate(int(head["gate"]["total"]), tuple(map(int, head["gate"]["excesses"]))) if head["gate"] else None
    found = _read_found(head, arrays, planned)
    sigmas = tuple(float(sigma) for sigma in arrays["pair_sigmas"])
    singles = _cut(arrays["singles"], [(size,) for size in domain.sizes])
    pairs = _cut(arrays["pairs"], [(domain.sizes[i], domain.sizes[j]) for i, j in planned.pairs])
    probes = _read_probes(arrays, planned)
    made = Measurements(planned, gate, found, float(head["singles_sigma"]), singles, sigmas, pairs, probes)
    _check(made)
    return made


def _read_rule(said: dict[str, Any]) -> Rule:
    if set(said) == {"lower", "upper"}:
        return AtMost(str(said["lower"]), str(said["upper"]))
    return Implies(str(said["when"]), tuple(map(str, said["values"])), str(said["then"]), tuple(map(str, said["allowed"])))


def _read_plan(head: dict[str, Any], domain: Domain, privacy: Privacy) -> Plan:
    """The plan as it was, not as this version would make it: old measurements stay readable when shares change."""
    pairs, left_out = (tuple((int(i), int(j)) for i, j in head[key]) for key in ("pairs", "left_out"))
    if not all(0 <= i < j < len(domain.sizes) for i, j in pairs + left_out) or len(set(pairs)) != len(pairs):
        raise ValueError("pairs outside the domain")
    histograms = tuple(
        RowHistogram(float(h["share"]), float(h["rho"]), float(h["sigma"]), int(h["threshold"])) for h in head["row_histograms"]
    )
    gate_sigma = None if head["gate_sigma"] is None else float(head["gate_sigma"])
    rows = None if head["rows"] is None else int(head["rows"])
    probes, groups = (tuple(tuple(int(i) for i in one) for one in head.get(key, [])) for key in ("probes", "groups"))
    if not all(len(set(one)) == len(one) > 2 and set(one) <= set(range(len(domain.sizes))) for one in probes + groups):
        raise ValueError("probes outside the domain")
    return Plan(domain, privacy, rows, pairs, left_out, gate_sigma, histograms, probes, groups)


def _read_probes(arrays: dict[str, NDArray[Any]], planned: Plan) -> tuple[Probe, ...]:
    """The probes, each cell of which must be a cell of the domain and stand in it once."""
    columns = planned.probes + planned.groups
    if not columns:
        return ()
    cells = [int(number) for number in arrays["probe_cells"]]
    counts = _cut(arrays["probe_counts"], [(number,) for number in cells])
    if arrays["probe_codes"].dtype != np.uint16:
        raise ValueError("probes have another shape")
    shapes: list[tuple[int, ...]] = [(number, len(probe)) for number, probe in zip(cells, columns, strict=True)]
    codes = _cut(arrays["probe_codes"].astype(np.int64), shapes)
    sigmas = [float(sigma) for sigma in arrays["probe_sigmas"]]
    for probe, coded in zip(columns, codes, strict=True):
        outside = coded >= np.array([planned.domain.sizes[i] for i in probe])
        if outside.any() or len(np.unique(coded, axis=0)) != len(coded):
            raise ValueError("a probe counts outside the domain, or a cell twice")
    parts = zip(columns, codes, counts, sigmas, strict=True)
    return tuple(Probe(probe, coded.astype(np.uint16), counted, sigma) for probe, coded, counted, sigma in parts)


def _read_found(head: dict[str, Any], arrays: dict[str, NDArray[Any]], planned: Plan) -> FoundRows | None:
    if head["row_share"] is None:
        return None
    (histogram,) = (h for h in planned.row_histograms if h.share == head["row_share"])
    codes, counts = arrays["found_codes"], arrays["found_counts"]
    if codes.dtype != np.uint16 or counts.dtype != np.int64 or codes.shape != (len(counts), len(planned.domain.sizes)):
        raise ValueError("found rows have another shape")
    if (codes >= np.array(planned.domain.sizes)).any() or (counts < histogram.threshold).any():
        raise ValueError("found rows outside the domain or under the threshold")
    return FoundRows(histogram, codes, counts)


def _cut(flat: NDArray[Any], shapes: list[tuple[int, ...]]) -> tuple[NDArray[np.int64], ...]:
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])
    if flat.dtype != np.int64 or flat.shape != (ends[-1],):
        raise ValueError("tables have another shape")
    return tuple(flat[a:b].reshape(shape) for a, b, shape in zip(ends, ends[1:], shapes, strict=False))


def _check(made: Measurements) -> None:
    """What was read must be something `measure` can have made, within the budget it names."""
    if (made.gate is None) != (made.plan.gate_sigma is None) or len(made.pair_sigmas) != len(made.pairs):
        raise ValueError("steps do not match the plan")
    if made.gate and len(made.gate.excesses) != len(made.plan.row_histograms):
        raise ValueError("the gate does not match the plan")
    if not all(is_scale(s) for s in (made.singles_sigma, *made.pair_sigmas, *(probe.sigma for probe in made.probes))):
        raise ValueError("a noise scale is not a scale")
    if not made.rho <= made.privacy.rho:
        raise ValueError("more was spent than the promise allows")
