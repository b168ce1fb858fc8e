"""Test statistics for tests/kappa.rs, from the ratings that kappa.R wrote. statsmodels 0.15.0.

Writes z.csv (set, weights, z, p): kappa over its standard error without agreement beyond chance.
"""
import csv

import numpy as np
from statsmodels.stats.inter_rater import cohens_kappa

ratings = list(csv.DictReader(open("ratings.csv")))
with open("z.csv", "w") as out:
    out.write("set,weights,z,p\n")
    for row in csv.DictReader(open("kappa.csv")):
        levels = int(row["levels"])
        table = np.zeros((levels, levels))
        for one in ratings:
            if one["set"] == row["set"]:
                table[int(one["a"]), int(one["b"])] += 1
        weights = None if row["weights"] == "none" else row["weights"]
        found = cohens_kappa(table, wt=weights)
        assert abs(found.kappa - float(row["kappa"])) < 1e-12, (row, found.kappa)
        assert abs(found.std_kappa - float(row["se"])) < 1e-12, (row, found.std_kappa)
        out.write(f"{row['set']},{row['weights']},{float(found.z_value)!r},{float(found.pvalue_two_sided)!r}\n")
