"""How well the supervoxels of scikit-image keep to the edge of a ball, with the settings of
`Supervoxels::around`: the number of voxels that lie in a supervoxel mostly of the other side, and
the same for a plain grid of cubes. The bound of a test.

Run: python supervoxels.py   (scikit-image 0.26)
"""
import numpy as np
from skimage.segmentation import slic

z, y, x = np.indices((8, 50, 60)).astype(float)
radius = np.sqrt((x - 30) ** 2 + (y - 25) ** 2 + (2.5 * (z - 3.5)) ** 2)
image = np.where(radius < 14, 100.0, 0.0)
# The range of the region (0 to 100), extended by a tenth at both ends, becomes 0 to 1.
scaled = (image + 10) / 120


def on_the_wrong_side(labels):
    wrong = 0
    for label in np.unique(labels):
        own = labels == label
        share = (image[own] > 50).mean()
        wrong += min(share, 1 - share) * own.sum()
    return round(wrong)


labels = slic(scaled, n_segments=int(scaled.size / (500 / 2.5)), sigma=1.0, spacing=(2.5, 1, 1),
              compactness=0.05, enforce_connectivity=True, channel_axis=None)
print("scikit-image", on_the_wrong_side(labels))
print("grid", on_the_wrong_side((x // 8) + 100 * (y // 8) + 10000 * (z * 2.5 // 8)))
