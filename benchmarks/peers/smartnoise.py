"""One release by smartnoise-synth: `smartnoise.py mst|aim TABLE.csv OUT.csv EPSILON DELTA`; every column is a category."""

import sys

import pandas as pd
from snsynth import Synthesizer


def main(way, table, out, epsilon, delta):
    """Read, fit, sample, write; blank is a value like any other."""
    given = pd.read_csv(table, dtype=str, keep_default_na=False).replace("", "blank")
    synthesizer = Synthesizer.create(way, epsilon=float(epsilon), delta=float(delta))
    synthesizer.fit(given, categorical_columns=list(given.columns), preprocessor_eps=0.0)
    synthesizer.sample(len(given)).astype(str).replace("blank", "").to_csv(out, index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
