"""Synthetic images with a region, and a small NRRD writer."""

import numpy as np

SPACING = (1.0, 1.0, 1.0)


def region(voxels, margin=3, seed=1):
    """An image (int16) and a mask (uint8) whose region has about `voxels` voxels.

    The region is a ball with a bumpy surface. Intensities are waves of three lengths in noise: some
    structure at each scale, about a hundred bins of width 5.
    """
    rng = np.random.default_rng(seed)
    radius = (voxels / (4 / 3 * np.pi)) ** (1 / 3)
    size = int(np.ceil(2.4 * radius)) + 2 * margin
    centre = (size - 1) / 2
    line = np.arange(size, dtype=np.float32)
    z, y, x = np.ogrid[:size, :size, :size]
    distance = np.sqrt((x - centre) ** 2 + (y - centre) ** 2 + (z - centre) ** 2)
    angle = np.arctan2(y - centre, x - centre + 1e-9)
    height = (z - centre) / np.maximum(distance, 1.0)
    bumps = 1 + 0.1 * np.sin(3 * angle) + 0.08 * np.cos(5 * height)
    inside = distance < radius * bumps
    image = np.full((size, size, size), 300, dtype=np.float32)
    for length, strength in ((0.8 * radius, 60), (0.25 * radius, 30), (4.0, 15)):
        wave = np.sin(line / max(length, 1.0) * 2 + rng.uniform(0, 6))
        image += strength * wave[:, None, None]
        image += strength * wave[None, :, None] * wave[None, None, :]
    image += rng.normal(0, 15, image.shape).astype(np.float32)
    return np.rint(image).astype(np.int16), inside.astype(np.uint8)


def write_nrrd(path, array, spacing=SPACING):
    """Writes an array (axes z, y, x) as raw NRRD."""
    kind = {"int16": "short", "uint8": "unsigned char", "float32": "float"}[array.dtype.name]
    directions = " ".join(
        "(" + ",".join(f"{spacing[axis] if axis == other else 0:g}" for other in range(3)) + ")"
        for axis in range(3)
    )
    header = [
        "NRRD0004",
        f"type: {kind}",
        "dimension: 3",
        "space: left-posterior-superior",
        "sizes: " + " ".join(str(n) for n in array.shape[::-1]),
        f"space directions: {directions}",
        "kinds: domain domain domain",
        "endian: little",
        "encoding: raw",
        "space origin: (0,0,0)",
    ]
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    with path.open("wb") as file:
        file.write(("\n".join(header) + "\n\n").encode())
        file.write(little.tobytes())
