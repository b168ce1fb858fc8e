"""Random images and masks of odd shapes, for the comparison with PyRadiomics.

Every case follows from its seed alone. Sizes are small: a disagreement is easier to follow on a
hundred voxels than on a million.
"""

import math
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

MASKS = (
    "blob",
    "slice",
    "line",
    "two_blobs",
    "border",
    "everything",
    "scattered",
    "two_voxels",
    "one_voxel",
    "hollow",
    "two_labels",
)
VALUES = (
    "smooth",
    "noise",
    "flat",
    "many_levels",
    "negative",
    "large_offset",
    "two_valued",
    "multiples_of_width",
    "tiny_range",
    "heavy_tail",
)
# The rarer ones, beside B-spline, linear and nearest neighbour.
INTERPOLATORS = (
    "sitkGaussian",
    "sitkLabelGaussian",
    "sitkHammingWindowedSinc",
    "sitkCosineWindowedSinc",
    "sitkWelchWindowedSinc",
    "sitkLanczosWindowedSinc",
    "sitkBlackmanWindowedSinc",
)
TYPES = (np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64)


@dataclass
class Case:
    """An image with a mask, and how they came about."""

    seed: int
    image: sitk.Image
    mask: sitk.Image
    text: str


def make(seed, kinds=None):
    """The case of a seed; `kinds` restricts the masks."""
    rng = np.random.default_rng(seed)
    mask_kind = str(rng.choice(kinds or MASKS))
    value_kind = str(rng.choice(VALUES, p=_weights(VALUES, many_levels=0.4)))
    size = rng.integers(3, 15, 3)
    if rng.random() < 0.15:
        size[rng.integers(3)] = rng.integers(1, 3)
    inside = _mask(rng, mask_kind, size)
    values = _values(rng, value_kind, size)
    kind = TYPES[rng.integers(len(TYPES))]
    array = _cast(values, kind)
    label = 1
    labels = inside.astype(np.uint8 if rng.random() < 0.7 else np.int16)
    if mask_kind == "two_labels":
        labels[rng.random(labels.shape) < 0.3] = 2
    image = sitk.GetImageFromArray(array)
    mask = sitk.GetImageFromArray(labels)
    geometry = _geometry(rng)
    for grid in (image, mask):
        grid.SetSpacing(geometry["spacing"])
        grid.SetOrigin(geometry["origin"])
        grid.SetDirection(geometry["direction"])
    text = (
        f"mask {mask_kind} ({int((labels == label).sum())} voxels), values {value_kind}, "
        f"{np.dtype(kind).name}, size {tuple(int(n) for n in size)}, "
        f"spacing {geometry['spacing']}, {geometry['text']}"
    )
    if rng.random() < 0.1:
        mask = _cropped(rng, mask)
        text += f", mask on a grid of {mask.GetSize()}"
    return Case(seed, image, mask, text)


def _cropped(rng, mask):
    """The mask on a smaller grid that holds its region, sometimes a third of a voxel beside it."""
    array = sitk.GetArrayViewFromImage(mask)
    found = np.argwhere(array == 1)
    lower, upper = found.min(0)[::-1], found.max(0)[::-1]
    size = [int(n) for n in upper - lower + 1]
    cropped = sitk.RegionOfInterest(mask, size, [int(n) for n in lower])
    if rng.random() < 0.4:
        shift = rng.uniform(-0.3, 0.3, 3)
        cropped.SetOrigin(cropped.TransformContinuousIndexToPhysicalPoint(shift))
    return cropped


def _weights(names, **chosen):
    weights = np.array([chosen.get(name, 1.0) for name in names])
    return weights / weights.sum()


def _shape(size):
    """NumPy's order of axes: z, y, x."""
    return tuple(int(n) for n in size[::-1])


def _ball(rng, size, scale):
    """A ball with a rough surface somewhere in the grid."""
    shape = _shape(size)
    centre = [rng.uniform(0, n - 1) for n in shape]
    radius = max(1.0, scale * max(shape) * rng.uniform(0.5, 1.0))
    axes = np.ogrid[tuple(slice(0, n) for n in shape)]
    distance = sum((axis - c) ** 2 for axis, c in zip(axes, centre)) ** 0.5
    return distance + rng.normal(0, 0.5, shape) < radius


def _mask(rng, kind, size):
    shape = _shape(size)
    inside = np.zeros(shape, bool)
    voxel = tuple(int(rng.integers(n)) for n in shape)
    if kind in ("blob", "two_labels"):
        inside = _ball(rng, size, 0.4)
    elif kind == "slice":
        axis = int(rng.integers(3))
        cut = [slice(None)] * 3
        cut[axis] = voxel[axis]
        inside[tuple(cut)] = _ball(rng, size, 0.5)[tuple(cut)]
    elif kind == "line":
        axis = int(rng.integers(3))
        cut = list(voxel)
        cut[axis] = slice(int(rng.integers(shape[axis])), None)
        inside[tuple(cut)] = True
    elif kind == "two_blobs":
        inside = _ball(rng, size, 0.2) | _ball(rng, size, 0.2)
    elif kind == "border":
        cut = [slice(None)] * 3
        axis = int(rng.integers(3))
        thickness = int(rng.integers(1, 4))
        cut[axis] = slice(0, thickness) if rng.random() < 0.5 else slice(-thickness, None)
        inside[tuple(cut)] = True
        inside &= rng.random(shape) < 0.9
    elif kind == "everything":
        inside[:] = True
    elif kind == "scattered":
        inside = rng.random(shape) < rng.uniform(0.02, 0.5)
    elif kind == "two_voxels":
        other = tuple(int(rng.integers(n)) for n in shape)
        if rng.random() < 0.6:
            step = rng.integers(-1, 2, 3)
            other = tuple(int(np.clip(v + s, 0, n - 1)) for v, s, n in zip(voxel, step, shape))
        inside[other] = True
    elif kind == "hollow":
        inside = _ball(rng, size, 0.6) & ~_ball(rng, size, 0.3)
    inside[voxel] |= not inside.any() or kind == "two_voxels"
    return inside


def _values(rng, kind, size):
    shape = _shape(size)
    noise = rng.normal(0, 1, shape)
    z, y, x = np.ogrid[tuple(slice(0, n) for n in shape)]
    phase = rng.uniform(0, 2 * math.pi, 3)
    smooth = np.sin(x / 2 + phase[0]) + np.cos(y / 3 + phase[1]) + np.sin(z / 2 + phase[2])
    if kind == "smooth":
        return 100 + 40 * smooth + 5 * noise
    if kind == "noise":
        return 120 + 30 * noise
    if kind == "flat":
        return np.full(shape, float(rng.integers(0, 200)))
    if kind == "many_levels":
        return rng.uniform(0, 25_000, shape)
    if kind == "negative":
        return -200 + 50 * smooth + 20 * noise
    if kind == "large_offset":
        return 30_000 + 20 * noise
    if kind == "two_valued":
        return np.where(rng.random(shape) < 0.5, 10.0, 60.0)
    if kind == "multiples_of_width":
        # Values on the edges of bins of width 25, 10, 5.
        return 25.0 * rng.integers(-4, 8, shape)
    if kind == "tiny_range":
        return 50 + 1e-3 * noise
    return 10 * np.exp(1.5 * noise)


def _cast(values, kind):
    """Rounds for whole numbers, and clips to the range of the type."""
    if np.issubdtype(kind, np.floating):
        return values.astype(kind)
    limits = np.iinfo(kind)
    return np.clip(np.rint(values), limits.min, limits.max).astype(kind)


def _geometry(rng):
    spacing = (1.0, 1.0, 1.0)
    choice = rng.random()
    if choice > 0.3:
        spacing = tuple(float(round(s, 3)) for s in rng.uniform(0.4, 4.0, 3))
    if choice > 0.7:
        # In-plane resolution finer than the distance of slices, as in clinical MR.
        spacing = (0.7, 0.7, 3.5)
    origin = tuple(float(round(o, 2)) for o in rng.uniform(-200, 200, 3))
    direction, text = np.eye(3), "axis-aligned"
    choice = rng.random()
    if choice > 0.6:
        direction, text = np.diag([-1.0, -1.0, 1.0]), "flipped"
    if choice > 0.75:
        direction, text = _rotation(rng), "oblique"
    return {
        "spacing": spacing,
        "origin": origin,
        "direction": tuple(float(v) for v in direction.flatten()),
        "text": text,
    }


def _rotation(rng):
    a, b, c = rng.uniform(-0.5, 0.5, 3)
    about_x = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]])
    about_y = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    about_z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return about_x @ about_y @ about_z


def classes(seed, chosen):
    """The feature classes; with `force2D`, sometimes the shape of a slice.

    They are listed because radiome refuses by design what PyRadiomics silently leaves out: shape2D
    without `force2D`, and `force2D` without a list, which asks for shape2D too.
    """
    rng = np.random.default_rng([seed, 3])
    names = ["shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]
    if chosen.get("force2D") and rng.random() < 0.3:
        names.insert(1, "shape2D")
    return {name: None for name in names}


def settings(seed):
    """Random settings of an extraction from the original image, as a mapping."""
    rng = np.random.default_rng([seed, 1])
    chance = lambda probability: rng.random() < probability
    chosen = {}
    if chance(0.8):
        chosen["minimumROIDimensions"] = int(rng.choice([1, 2, 3], p=[0.8, 0.1, 0.1]))
    if chance(0.1):
        chosen["minimumROISize"] = int(rng.integers(1, 30))
    if chance(0.6):
        chosen["binWidth"] = float(rng.choice([0.5, 3, 5, 7.3, 10, 25]))
    else:
        chosen["binCount"] = int(rng.choice([1, 2, 8, 16, 33, 64, 256]))
    if chance(0.3):
        chosen["normalize"] = True
        chosen["normalizeScale"] = int(rng.choice([1, 100]))
        if chance(0.5):
            chosen["removeOutliers"] = int(rng.integers(1, 4))
    if chance(0.4):
        spacing = [float(round(s, 2)) for s in rng.uniform(0.6, 3.0, 3)]
        if chance(0.3):
            spacing = [1.0, 1.0, 1.0]
        if chance(0.2):
            spacing[int(rng.integers(3))] = 0.0
        chosen["resampledPixelSpacing"] = spacing
        chosen["interpolator"] = str(
            rng.choice(["sitkBSpline", "sitkLinear", "sitkNearestNeighbor"], p=[0.5, 0.3, 0.2])
        )
        chosen["padDistance"] = int(rng.integers(0, 12))
        others = np.random.default_rng([seed, 4])
        if others.random() < 0.3:
            chosen["interpolator"] = str(others.choice(INTERPOLATORS))
    elif chance(0.3):
        chosen["preCrop"] = True
        chosen["padDistance"] = int(rng.integers(0, 6))
    if chance(0.25):
        mode = str(rng.choice(["absolute", "relative", "sigma"]))
        chosen["resegmentMode"] = mode
        chosen["resegmentRange"] = {
            "absolute": [-50, 150],
            "relative": [0.2, 0.8],
            "sigma": [-1, 1.5],
        }[mode]
        if chance(0.3):
            chosen["resegmentRange"] = chosen["resegmentRange"][:1]
        chosen["resegmentShape"] = chance(0.5)
    if chance(0.25):
        chosen["force2D"] = True
        chosen["force2Ddimension"] = int(rng.integers(3))
    if chance(0.3):
        chosen["distances"] = [[1, 2], [2], [1, 3], [3, 1]][int(rng.integers(4))]
    if chance(0.3):
        chosen["symmetricalGLCM"] = False
    if chance(0.3):
        chosen["weightingNorm"] = str(
            rng.choice(["euclidean", "manhattan", "infinity", "no_weighting"])
        )
    if chance(0.3):
        chosen["gldm_a"] = int(rng.integers(0, 4))
    if chance(0.2):
        chosen["voxelArrayShift"] = int(rng.choice([-100, 300, 2000]))
    if chance(0.5):
        chosen["correctMask"] = True
    return chosen
