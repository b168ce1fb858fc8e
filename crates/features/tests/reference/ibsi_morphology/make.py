"""Makes regions.csv, voxels.csv and values.csv: morphological features of a few small regions.

Usage: make.py   (NumPy 2, SciPy 1.16, scikit-image 0.26)

Nothing here shares code with the program. The mesh is scikit-image's (marching cubes, `lorensen`),
the hull Qhull's, axes come from numpy.cov, sums over pairs are written out. The oriented box is the
least of many descents over all rotations; the least ellipsoid is a convex programme, solved by SLSQP.
The area of an ellipsoid is the manual's series with SciPy's Legendre polynomials.

A region's name says what it is for: voxels that touch by edges and corners only, one slice, and so on.
An intensity that is empty marks a voxel of the morphological mask outside the intensity mask.
"""

import csv
import pathlib

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.optimize import minimize
from scipy.spatial import ConvexHull
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation
from scipy.special import eval_legendre
from skimage.measure import marching_cubes

rng = np.random.default_rng(20)


def regions():
    """Name, spacing, mask and intensities (NaN outside the intensity mask), indexed [x, y, z]."""

    def of(mask, spacing, left_out=0.0):
        values = np.round(rng.normal(100, 30, mask.shape), 2)
        values[rng.random(mask.shape) < left_out] = np.nan
        return np.array(spacing), mask, values

    noise = gaussian_filter(rng.normal(size=(11, 10, 9)), 1.5)
    yield "smooth", *of(noise > np.quantile(noise, 0.7), [0.9, 1.1, 2.5], 0.2)
    yield "scattered", *of(rng.random((6, 6, 6)) < 0.5, [1.0, 1.0, 1.0], 0.1)
    yield "sparse", *of(rng.random((7, 6, 5)) < 0.1, [0.7, 0.7, 3.0])
    x, y, z = np.indices((9, 9, 9)) - 4
    yield "ball", *of(x**2 + y**2 + z**2 <= 13, [1.0, 1.0, 1.0], 0.3)
    rod = (np.abs(x - y) <= 1) & (np.abs(y - z) <= 1)
    yield "slanted", *of(rod, [0.5, 1.0, 1.5])
    slab = np.zeros((6, 5, 1), bool)
    slab[:4, 1:, 0] = slab[2:, 2, 0] = True
    yield "slice", *of(slab, [1.0, 1.5, 4.0])
    yield "pair", *of(np.ones((1, 2, 1), bool), [1.0, 2.0, 3.0])
    yield "voxel", *of(np.ones((1, 1, 1), bool), [1.0, 2.0, 3.0])
    # Turned in every plane: no face of the least box is along the grid.
    turn = Rotation.from_rotvec([0.4, 0.5, -0.7]).as_matrix()
    place = (np.indices((11, 12, 10)).T - [5, 5.5, 4.5]) * [1.0, 0.9, 1.2] @ turn
    block = (np.abs(place) <= [4.6, 3.1, 1.9]).all(-1).T
    yield "block", *of(block, [1.0, 0.9, 1.2], 0.1)
    ellipsoid = ((place / [5.5, 3.7, 2.2]) ** 2).sum(-1).T <= 1
    yield "ellipsoid", *of(ellipsoid, [1.0, 0.9, 1.2], 0.1)


def mesh(mask):
    vertices, faces, *_ = marching_cubes(np.pad(mask, 1).astype(np.float32), 0.5, method="lorensen")
    # Vertices midway between voxels are exact in single precision.
    return vertices.astype(float), faces


def box_area(sides):
    a, b, c = sides
    return 2 * (a * b + b * c + a * c)


def oriented_box(points):
    """Sides of the least box that 300 descents over all rotations find."""

    def sides(vector):
        return np.ptp(points @ Rotation.from_rotvec(vector).as_matrix(), axis=0)

    def volume(vector):
        return sides(vector).prod()

    starts = Rotation.random(4000, rng=5).as_rotvec()
    starts = starts[np.argsort([volume(start) for start in starts])[:300]]
    options = {"xatol": 1e-4, "fatol": 1e-8, "maxfev": 400}
    ends = [minimize(volume, start, method="Nelder-Mead", options=options).x for start in starts]
    # The least few to the end; boxes flush with two faces are corners of the function.
    ends = sorted(ends, key=volume)[:10]
    options = {"xatol": 1e-13, "fatol": 1e-15, "maxfev": 4000}
    for _ in range(3):
        ends = [minimize(volume, end, method="Nelder-Mead", options=options).x for end in ends]
    return sides(min(ends, key=volume))


def least_ellipsoid(points):
    """Semi-axes of the least ellipsoid |A p - b| <= 1: -log det A is convex."""
    centre, scale = points.mean(0), np.ptp(points)
    points = (points - centre) / scale
    upper = np.triu_indices(3)

    def matrix(x):
        a = np.zeros((3, 3))
        a[upper] = x[:6]
        return a + np.triu(a, 1).T

    def room(x):
        return 1 - ((points @ matrix(x) - x[6:]) ** 2).sum(1)

    def room_slope(x):
        off = points @ matrix(x) - x[6:]
        slope = np.empty((len(points), 9))
        for column, (i, j) in enumerate(zip(*upper)):
            slope[:, column] = -2 * off[:, j] * points[:, i]
            if i != j:
                slope[:, column] -= 2 * off[:, i] * points[:, j]
        slope[:, 6:] = 2 * off
        return slope

    def cost_slope(x):
        inverse = np.linalg.inv(matrix(x))
        slope = -inverse[upper] * np.where(upper[0] == upper[1], 1, 2)
        return np.concatenate([slope, np.zeros(3)])

    start = np.concatenate([np.eye(3)[upper], np.zeros(3)])
    found = minimize(
        lambda x: -np.linalg.slogdet(matrix(x))[1],
        start,
        jac=cost_slope,
        method="SLSQP",
        constraints={"type": "ineq", "fun": room, "jac": room_slope},
        options={"maxiter": 1000, "ftol": 1e-15},
    )
    assert room(found.x).min() > -1e-9, found
    return scale / np.linalg.eigvalsh(matrix(found.x))


def ellipsoid_area(axes):
    c, b, a = np.sort(axes)
    if a == 0:
        return 0.0
    alpha, beta = np.sqrt(1 - (b / a) ** 2), np.sqrt(1 - (c / a) ** 2)
    if alpha * beta < 1e-9:
        # Two equal axes: the limit, from a hair beside.
        alpha, beta = max(alpha, 1e-7), max(beta, 1e-7)
    n = np.arange(21)
    place = (alpha**2 + beta**2) / (2 * alpha * beta)
    terms = (alpha * beta) ** n / (1 - 4 * n**2) * eval_legendre(n, place)
    return 4 * np.pi * a * b * terms.sum()


def features(spacing, mask, values):
    lattice, faces = mesh(mask)
    vertices = lattice * spacing
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    volume = abs((a * np.cross(b, c)).sum() / 6)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    centres = np.argwhere(mask) * spacing
    intensity_mask = mask & ~np.isnan(values)
    where, x = np.argwhere(intensity_mask) * spacing, values[intensity_mask]
    hull = ConvexHull(vertices)
    corners = vertices[hull.vertices]
    sphere = (36 * np.pi * volume**2) ** (1 / 3)
    with np.errstate(all="ignore"):
        if len(centres) > 1:
            eigenvalues = np.linalg.eigvalsh(np.cov(centres.T)).clip(0)
            eigenvalues[eigenvalues < 1e-12 * eigenvalues[2]] = 0
        else:
            eigenvalues = np.full(3, np.nan)
        least, minor, major = 4 * np.sqrt(eigenvalues)
        approximate = np.array([least, minor, major]) / 2
        box = np.ptp(vertices, axis=0)
        oriented = oriented_box(corners)
        smallest = least_ellipsoid(corners)
        distances = cdist(where, where)
        weights = 1 / np.where(distances == 0, np.inf, distances)
        off = x - x.mean()
        moran = len(x) / weights.sum() * (off @ weights @ off) / (off @ off)
        differences = (weights * (x[:, None] - x) ** 2).sum()
        geary = (len(x) - 1) / (2 * weights.sum()) * differences / (off @ off)
        density = lambda value, other: value / other if other else np.nan
        return {
            "morph_volume": volume,
            "morph_vol_approx": len(centres) * spacing.prod(),
            "morph_area_mesh": area,
            "morph_av": area / volume,
            "morph_comp_1": volume / (np.sqrt(np.pi) * area**1.5),
            "morph_comp_2": 36 * np.pi * volume**2 / area**3,
            "morph_sph_dispr": area / sphere,
            "morph_sphericity": sphere / area,
            "morph_asphericity": (area**3 / volume**2 / 36 / np.pi) ** (1 / 3) - 1,
            "morph_com": np.linalg.norm(centres.mean(0) - x @ where / x.sum()),
            "morph_diam": cdist(vertices, vertices).max(),
            "morph_pca_maj_axis": major,
            "morph_pca_min_axis": minor,
            "morph_pca_least_axis": least,
            "morph_pca_elongation": minor / major,
            "morph_pca_flatness": least / major,
            "morph_vol_dens_aabb": volume / box.prod(),
            "morph_area_dens_aabb": area / box_area(box),
            "morph_vol_dens_ombb": volume / oriented.prod(),
            "morph_area_dens_ombb": area / box_area(oriented),
            "morph_vol_dens_aee": density(volume, 4 / 3 * np.pi * approximate.prod()),
            "morph_area_dens_aee": density(area, ellipsoid_area(approximate)),
            "morph_vol_dens_mvee": volume / (4 / 3 * np.pi * smallest.prod()),
            "morph_area_dens_mvee": area / ellipsoid_area(smallest),
            "morph_vol_dens_conv_hull": volume / hull.volume,
            "morph_area_dens_conv_hull": area / hull.area,
            "morph_integ_int": volume * x.mean(),
            "morph_moran_i": moran,
            "morph_geary_c": geary,
        }


def table(name, header):
    file = open(pathlib.Path(__file__).with_name(name), "w", newline="")
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(header)
    return rows


sizes = table("regions.csv", "region,nx,ny,nz,dx,dy,dz".split(","))
voxels = table("voxels.csv", "region,x,y,z,intensity".split(","))
results = table("values.csv", "region,tag,value".split(","))
for name, spacing, mask, values in regions():
    sizes.writerow([name, *mask.shape, *spacing])
    for x, y, z in np.argwhere(mask):
        intensity = values[x, y, z]
        voxels.writerow([name, x, y, z, "" if np.isnan(intensity) else intensity])
    for tag, value in features(spacing, mask, values).items():
        results.writerow([name, tag, repr(float(value))])
