"""Makes regions.csv and values.csv: the IBSI's matrices without directions, of small regions.

Zones are components that scipy labels, one grey level after the other; distances count how often
scipy can erode the morphological mask, as the manual describes it; neighbours are visited in loops
over voxels, slice by slice or in the volume. Every feature is the formula of the IBSI reference
manual (arXiv 1612.07003) over the whole dense matrix, zeros included. Conventions beyond the
manual:
- what is not a number is left out of an average, and so is a slice without voxels;
- a tone difference matrix without any voxel that has neighbours has no features;
- busyness is 0 where it divides by 0.

regions.csv: region, x, y, z, level (0 is outside), morphological; x runs fastest. values.csv:
region, tag, value.
"""

import csv
import itertools
import pathlib
import warnings
from fractions import Fraction

import numpy as np
from scipy import ndimage

here = pathlib.Path(__file__).parent
warnings.simplefilter("ignore")


def neighbours(place, grid):
    """Levels of the direct neighbours; a slice is an array of two axes."""
    for step in itertools.product((-1, 0, 1), repeat=grid.ndim):
        at = tuple(a + b for a, b in zip(place, step))
        if any(step) and all(0 <= a < length for a, length in zip(at, grid.shape)):
            if grid[at] > 0:
                yield int(grid[at])


def distances(mask):
    found = np.zeros(mask.shape, dtype=int)
    cross = ndimage.generate_binary_structure(mask.ndim, 1)
    while mask.any():
        found += mask
        mask = ndimage.binary_erosion(mask, cross, border_value=0)
    return found


def zones(grid):
    """Level and voxels of each zone."""
    touching = np.ones((3,) * grid.ndim)
    for level in np.unique(grid[grid > 0]):
        labels, count = ndimage.label(grid == level, touching)
        for label in range(1, count + 1):
            yield int(level), labels == label


def dense(pairs):
    pairs = list(pairs)
    shape = np.max(pairs, axis=0) + 1 if pairs else (1, 1)
    matrix = np.zeros(shape)
    for pair in pairs:
        matrix[pair] += 1
    return matrix


def size_zones(grid, _):
    return dense((level, int(zone.sum())) for level, zone in zones(grid))


def distance_zones(grid, mask):
    far = distances(mask)
    return dense((level, int(far[zone].min())) for level, zone in zones(grid))


def dependences(grid, _):
    return dense(
        (int(grid[place]), 1 + list(neighbours(place, grid)).count(int(grid[place])))
        for place in zip(*np.nonzero(grid))
    )


def tone_differences(grid, _):
    """A row for every level: n and s."""
    rows = [[0, Fraction(0)] for _ in range(int(grid.max()) + 1)]
    for place in zip(*np.nonzero(grid)):
        levels = list(neighbours(place, grid))
        if levels:
            level = int(grid[place])
            rows[level][0] += 1
            rows[level][1] += abs(level - Fraction(sum(levels), len(levels)))
    return np.array(rows, dtype=object)


def zone_features(matrix, voxels):
    if matrix.sum() == 0:
        return [np.nan] * 16
    s = matrix[1:, 1:]
    i, j = np.indices(s.shape) + 1.0
    count, by_level, by_size = s.sum(), s.sum(axis=1), s.sum(axis=0)
    p = s / count
    some = p[p > 0]
    return [
        np.sum(s / j**2) / count,
        np.sum(s * j**2) / count,
        np.sum(s / i**2) / count,
        np.sum(s * i**2) / count,
        np.sum(s / i**2 / j**2) / count,
        np.sum(s * i**2 / j**2) / count,
        np.sum(s * j**2 / i**2) / count,
        np.sum(s * i**2 * j**2) / count,
        np.sum(by_level**2) / count,
        np.sum(by_level**2) / count**2,
        np.sum(by_size**2) / count,
        np.sum(by_size**2) / count**2,
        count / voxels,
        np.sum((i - np.sum(i * p)) ** 2 * p),
        np.sum((j - np.sum(j * p)) ** 2 * p),
        -np.sum(some * np.log2(some)),
    ]


def dependence_features(matrix, voxels):
    return zone_features(matrix, voxels) + [np.sum((matrix / matrix.sum()) ** 2)]


def tone_features(matrix, _):
    total = sum(n for n, _ in matrix)
    if total == 0:
        return [np.nan] * 5
    rows = [(i, Fraction(n, total), s) for i, (n, s) in enumerate(matrix) if n]
    pairs = list(itertools.product(rows, rows))
    weighted = sum(p * s for _, p, s in rows)
    sum_s = sum(s for _, _, s in rows)
    spread = sum(abs(i * p - j * q) for (i, p, _), (j, q, _) in pairs)
    range_ = sum(p * q * (i - j) ** 2 for (i, p, _), (j, q, _) in pairs)
    pull = sum((p + q) * (i - j) ** 2 for (i, p, _), (j, q, _) in pairs)
    changes = sum(abs(i - j) * (p * s + q * t) / (p + q) for (i, p, s), (j, q, t) in pairs)
    levels = len(rows)
    values = [
        min(1 / weighted, 10**6) if weighted else 10**6,
        range_ / (levels * (levels - 1)) * sum_s / total if levels > 1 else 0,
        weighted / spread if spread else 0,
        changes / total,
        pull / sum_s if sum_s else 0,
    ]
    return [float(value) for value in values]


ZONES = "lgze hgze {0}lge {0}hge {1}lge {1}hge glnu glnu_norm {2}nu {2}nu_norm z_perc gl_var"
SZM = ("sze lze " + ZONES.format("sz", "lz", "zs") + " zs_var zs_entr").split()
DZM = ("sde lde " + ZONES.format("sd", "ld", "zd") + " zd_var zd_entr").split()
NGT = "coarseness contrast busyness complexity strength".split()
NGL = """lde hde lgce hgce ldlge ldhge hdlge hdhge glnu glnu_norm dcnu dcnu_norm dc_perc gl_var
dc_var dc_entr dc_energy""".split()


def added(matrices):
    total = np.zeros(np.max([matrix.shape for matrix in matrices], axis=0), matrices[0].dtype)
    for matrix in matrices:
        rows, columns = matrix.shape
        total[:rows, :columns] += matrix
    return total


def joined(grid, mask, prefix, names, count, features):
    """Tag and value of the features in all three dimensions."""
    voxels = np.count_nonzero(grid)
    parts = [z for z in range(grid.shape[2]) if grid[:, :, z].any()]
    slices = [count(grid[:, :, z], mask[:, :, z]) for z in parts]
    averaged = [
        features(matrix, np.count_nonzero(grid[:, :, z])) for z, matrix in zip(parts, slices)
    ]
    ways = {
        "2D": np.nanmean(averaged, axis=0),
        "2_5D": features(added(slices), voxels),
        "3D": features(count(grid, mask), voxels),
    }
    for suffix, values in ways.items():
        assert len(values) == len(names)
        for name, value in zip(names, values):
            yield f"{prefix}_{name}_{suffix}", value


def regions():
    """Name, levels[x, y, z] and morphological mask (that of the levels, where none is given)."""
    random = np.random.default_rng(16)
    # Levels 2 to 9 without 4 and 7, an empty slice and one of a single level; the morphological
    # mask has fewer holes.
    holed = random.choice([0, 2, 2, 3, 5, 5, 6, 8, 9], size=(7, 6, 6))
    holed[:, :, 2] = 0
    holed[:, :, 4] = 5 * (random.random((7, 6)) < 0.7)
    mask = (holed > 0) | (random.random(holed.shape) < 0.8)
    yield "holed", holed, mask
    # Few levels in an ellipsoid, so that zones are large and some lie deep; the intensity mask
    # has lost its brightest voxels.
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, n) for n in (13, 11, 9)), indexing="ij")
    inside = x**2 + y**2 + z**2 < 1.1
    smooth = ndimage.gaussian_filter(random.normal(size=inside.shape), 1.2)
    levels = np.digitize(smooth, [-0.15, 0.1, 0.2]) + 1
    yield "ellipsoid", np.where(inside & (levels < 4), levels, 0), inside
    yield "flat", np.full((3, 2, 3), 3), None
    yield "voxel", np.full((1, 1, 1), 2), None
    yield "line", np.array([1, 2, 2, 2, 0, 4, 4, 1]).reshape((1, 8, 1)), None
    # Along z: no voxel has a neighbour in its slice.
    yield "column", np.array([1, 2, 2, 3, 3, 3]).reshape((1, 1, 6)), None
    # No voxel has any neighbour.
    alone = np.zeros((5, 3, 3), dtype=int)
    alone[::2, ::2, ::2] = np.arange(1, 13).reshape((3, 2, 2))
    yield "alone", alone, None
    # Each level times its voxels is 6: busyness divides by 0, though 3 (2 / 11) need not be
    # 6 / 11 in floating point.
    balanced = np.array([1, 1, 1, 2, 3, 1, 2, 1, 3, 2, 1]).reshape((11, 1, 1))
    yield "balanced", balanced, None


if __name__ == "__main__":
    with (
        open(here / "regions.csv", "w", newline="") as regions_file,
        open(here / "values.csv", "w", newline="") as values_file,
    ):
        region_table = csv.writer(regions_file, lineterminator="\n")
        value_table = csv.writer(values_file, lineterminator="\n")
        region_table.writerow(["region", "x", "y", "z", "level", "morphological"])
        value_table.writerow(["region", "tag", "value"])
        for name, grid, mask in regions():
            mask = grid > 0 if mask is None else mask
            for z, y, x in np.ndindex(grid.shape[::-1]):
                region_table.writerow([name, x, y, z, grid[x, y, z], int(mask[x, y, z])])
            for row in itertools.chain(
                joined(grid, mask, "szm", SZM, size_zones, zone_features),
                joined(grid, mask, "dzm", DZM, distance_zones, zone_features),
                joined(grid, mask, "ngt", NGT, tone_differences, tone_features),
                joined(grid, mask, "ngl", NGL, dependences, dependence_features),
            ):
                value_table.writerow([name, row[0], repr(float(row[1]))])
