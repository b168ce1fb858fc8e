"""Makes regions.csv and values.csv: co-occurrence and run length features of small regions.

Every matrix is filled cell by cell in loops over voxels, for each slice and direction on its own,
and every feature is the formula of the IBSI reference manual (arXiv 1612.07003) over the whole
dense matrix, zeros included. Only numpy is used; the entropies of the information correlations are
decimal numbers of 60 digits, for little is left of them. Conventions beyond the manual:
- what is 0 / 0 is not a number, and what is not a number is left out of an average;
- a co-occurrence matrix without pairs has no features;
- N_g is the highest level of the whole region;
- run lengths have a matrix for every direction in every slice that has voxels.

regions.csv: region, x, y, z, level (0 is outside; x runs fastest). values.csv: region, tag, value.
"""

import csv
import decimal
import itertools
import pathlib
import warnings

import numpy as np

here = pathlib.Path(__file__).parent
warnings.simplefilter("ignore")

PLANE = [(1, 0, 0), (1, 1, 0), (0, 1, 0), (-1, 1, 0)]
VOLUME = [
    step
    for step in itertools.product((-1, 0, 1), repeat=3)
    if step > (0, 0, 0)
]


def level(grid, place):
    """Level at a place (x, y, z), 0 outside."""
    if all(0 <= at < length for at, length in zip(place, grid.shape)):
        return int(grid[place])
    return 0


def moved(place, step, times=1):
    return tuple(at + times * by for at, by in zip(place, step))


def cooccurrence(grid, step, highest, _):
    matrix = np.zeros((highest + 1, highest + 1))
    for place in np.ndindex(grid.shape):
        for sign in (1, -1):
            a, b = level(grid, place), level(grid, moved(place, step, sign))
            if a and b:
                matrix[a, b] += 1
    return matrix


def run_lengths(grid, step, highest, longest):
    matrix = np.zeros((highest + 1, longest + 1))
    for place in np.ndindex(grid.shape):
        here = level(grid, place)
        if here and level(grid, moved(place, step, -1)) != here:
            length = 1
            while level(grid, moved(place, step, length)) == here:
                length += 1
            matrix[here, length] += 1
    return matrix


def entropy(p):
    p = p[p > 0]
    return -np.sum(p * np.log2(p))


def information_correlations(matrix):
    decimal.getcontext().prec = 60
    total = decimal.Decimal(int(matrix.sum()))
    row = [int(count) / total for count in matrix.sum(axis=1)]

    def log2(x):
        return x.ln() / decimal.Decimal(2).ln()

    cells = [(int(matrix[i, j]) / total, row[i] * row[j]) for i, j in np.ndindex(matrix.shape)]
    hx = -sum(p * log2(p) for p in row if p)
    hxy = -sum(p * log2(p) for p, _ in cells if p)
    hxy_1 = -sum(p * log2(product) for p, product in cells if p)
    hxy_2 = -sum(product * log2(product) for _, product in cells if product)
    first = float((hxy - hxy_1) / hx) if hx else np.nan
    second = max(decimal.Decimal(0), 1 - (-2 * (hxy_2 - hxy)).exp()).sqrt()
    return first, float(second)


def cooccurrence_features(matrix, highest):
    if matrix.sum() == 0:
        return [np.nan] * 25
    p = matrix / matrix.sum()
    i, j = np.indices(p.shape)
    row = p.sum(axis=1)
    k = np.arange(2 * highest + 1)
    difference = np.array([p[abs(i - j) == at].sum() for at in k])
    total = np.array([p[i + j == at].sum() for at in k])
    mean = np.sum(i * p)
    difference_mean, total_mean = np.sum(k * difference), np.sum(k * total)
    variance = np.sum((np.arange(highest + 1) - mean) ** 2 * row)
    # The mean of one level need not be that level to the last bit.
    if np.count_nonzero(row) == 1:
        variance = 0.0
    centred = i + j - 2 * mean
    unequal = i != j
    return [
        p.max(),
        mean,
        np.sum((i - mean) ** 2 * p),
        entropy(p),
        difference_mean,
        np.sum((k - difference_mean) ** 2 * difference),
        entropy(difference),
        total_mean,
        np.sum((k - total_mean) ** 2 * total),
        entropy(total),
        np.sum(p**2),
        np.sum((i - j) ** 2 * p),
        np.sum(abs(i - j) * p),
        np.sum(p / (1 + abs(i - j))),
        np.sum(p / (1 + abs(i - j) / highest)),
        np.sum(p / (1 + (i - j) ** 2)),
        np.sum(p / (1 + (i - j) ** 2 / highest**2)),
        np.sum(p[unequal] / (i - j)[unequal] ** 2),
        (np.sum(i * j * p) - mean**2) / variance if variance else np.nan,
        np.sum(i * j * p),
        np.sum(centred**2 * p),
        np.sum(centred**3 * p),
        np.sum(centred**4 * p),
        *information_correlations(matrix),
    ]


CM = """joint_max joint_avg joint_var joint_entr diff_avg diff_var diff_entr sum_avg sum_var sum_entr
energy contrast dissimilarity inv_diff inv_diff_norm inv_diff_mom inv_diff_mom_norm inv_var corr
auto_corr clust_tend clust_shade clust_prom info_corr1 info_corr2""".split()


def run_length_features(matrix, _):
    runs = matrix.sum()
    if runs == 0:
        return [np.nan] * 16
    r = matrix[1:, 1:]
    i, j = np.indices(r.shape) + 1.0
    voxels = np.sum(j * r)
    by_level, by_length = r.sum(axis=1), r.sum(axis=0)
    p = r / runs
    return [
        np.sum(r / j**2) / runs,
        np.sum(r * j**2) / runs,
        np.sum(r / i**2) / runs,
        np.sum(r * i**2) / runs,
        np.sum(r / i**2 / j**2) / runs,
        np.sum(r * i**2 / j**2) / runs,
        np.sum(r * j**2 / i**2) / runs,
        np.sum(r * i**2 * j**2) / runs,
        np.sum(by_level**2) / runs,
        np.sum(by_level**2) / runs**2,
        np.sum(by_length**2) / runs,
        np.sum(by_length**2) / runs**2,
        runs / voxels,
        np.sum((i - np.sum(i * p)) ** 2 * p),
        np.sum((j - np.sum(j * p)) ** 2 * p),
        entropy(p),
    ]


RLM = """sre lre lgre hgre srlge srhge lrlge lrhge glnu glnu_norm rlnu rlnu_norm r_perc gl_var
rl_var rl_entr""".split()


def aggregated(grid, prefix, names, count, features):
    """Tag and value of the features in all six aggregations."""
    highest, longest = int(grid.max()), max(grid.shape)
    slices = [grid[:, :, z : z + 1] for z in range(grid.shape[2])]
    plane = [[count(part, step, highest, longest) for step in PLANE] for part in slices]
    volume = [count(grid, step, highest, longest) for step in VOLUME]
    ways = {
        "2D_avg": [matrix for part in plane for matrix in part],
        "2D_comb": [sum(part) for part in plane],
        "2_5D_avg": [sum(along) for along in zip(*plane)],
        "2_5D_comb": [sum(sum(part) for part in plane)],
        "3D_avg": volume,
        "3D_comb": [sum(volume)],
    }
    for suffix, matrices in ways.items():
        values = np.array([features(matrix, highest) for matrix in matrices])
        for name, value in zip(names, np.nanmean(values, axis=0)):
            yield f"{prefix}_{name}_{suffix}", value


def regions():
    """Name and levels[x, y, z]."""
    random = np.random.default_rng(20)
    # Levels 2 to 9 without 4 and 7, holes, an empty slice and one of a single level.
    holed = random.choice([0, 0, 2, 2, 3, 5, 5, 6, 8, 9], size=(7, 5, 6))
    holed[:, :, 2] = 0
    holed[:, :, 4] = 5 * (random.random((7, 5)) < 0.7)
    yield "holed", holed
    # Two levels in long runs.
    yield "smooth", np.sort(random.choice([1, 4], size=(11, 3, 3)), axis=0)
    yield "flat", np.full((3, 2, 3), 3)
    yield "voxel", np.full((1, 1, 1), 2)
    yield "line", np.array([1, 2, 2, 2, 0, 4, 4, 1]).reshape((1, 8, 1))
    # Along z: no slice has a pair.
    yield "column", np.array([1, 2, 2, 3, 3, 3]).reshape((1, 1, 6))
    # Each level is beside each as often as chance has it: 1, 2 and 4 in 9.
    yield "chance", np.array([1, 1, 2, 2, 2, 2, 1, 2, 2, 1]).reshape((10, 1, 1))
    # Levels almost by chance.
    yield "scattered", random.choice([1, 2, 2], size=(9, 8, 2))
    # Corner to corner but one: only one direction has a pair, of one level.
    corners = np.zeros((3, 3, 2), dtype=int)
    corners[0, 0, 0] = corners[1, 1, 1] = 6
    corners[2, 0, 0] = 1
    yield "corners", corners


if __name__ == "__main__":
    with (
        open(here / "regions.csv", "w", newline="") as regions_file,
        open(here / "values.csv", "w", newline="") as values_file,
    ):
        region_table = csv.writer(regions_file, lineterminator="\n")
        value_table = csv.writer(values_file, lineterminator="\n")
        region_table.writerow(["region", "x", "y", "z", "level"])
        value_table.writerow(["region", "tag", "value"])
        for name, grid in regions():
            for z, y, x in np.ndindex(grid.shape[::-1]):
                region_table.writerow([name, x, y, z, grid[x, y, z]])
            for row in itertools.chain(
                aggregated(grid, "cm", CM, cooccurrence, cooccurrence_features),
                aggregated(grid, "rlm", RLM, run_lengths, run_length_features),
            ):
                value_table.writerow([name, row[0], repr(float(row[1]))])
