"""One release by Microsoft's Synthetic Data Showcase: `pac_synth.py TABLE.csv OUT.csv EPSILON DELTA [clean]`.

`clean` asks for balanced accuracy and the least fabrication; otherwise its defaults, at reporting length 3.
"""

import csv
import sys

from pacsynth import AccuracyMode, Dataset, DpAggregateSeededParametersBuilder, DpAggregateSeededSynthesizer, FabricationMode


def main(table, out, epsilon, delta, way=""):
    """Read, fit, sample, write."""
    with open(table, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    builder = DpAggregateSeededParametersBuilder().reporting_length(3).epsilon(float(epsilon)).delta(float(delta))
    if way == "clean":
        builder = builder.accuracy_mode(AccuracyMode.balanced()).fabrication_mode(FabricationMode.minimize())
    synthesizer = DpAggregateSeededSynthesizer(builder.build())
    synthesizer.fit(Dataset(rows))
    made = synthesizer.sample()
    with open(out, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(made)


if __name__ == "__main__":
    main(*sys.argv[1:])
