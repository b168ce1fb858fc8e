"""Writes correct.csv: what others make of small images of made-up intensities.

Columns: what, and numbers with blanks between them. `train_1` ... and `image` are images of 8 x 6 x 4
voxels, x fastest; `body_1` ... and `body` their masks, 0 and 1. The rest is

- scale, nyul: the standard scale of the training images and the image mapped onto it, by
  NyulNormalizer of intensity-normalization with its defaults;
- otsu: threshold_otsu of scikit-image, 256 bins, of each image;
- clip: numpy.percentile of the image's body at 2.5 and 97.5;
- z: mean, and standard deviation with n - 1, of the image's body, by numpy.

Run: python correct.py   (intensity-normalization 3.0.1, scikit-image 0.26.0, NumPy 2.4.6)
"""

import csv
import pathlib

import numpy as np
from intensity_normalization import NyulNormalizer, create_image
from skimage.filters import threshold_otsu

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(2000)


def made(scale):
    """Air, and tissues with a long tail; the body is what is not air."""
    body = random.random(192) < 0.6
    values = np.where(body, 200 + random.gamma(3.0, 80.0, 192), random.normal(20, 8, 192))
    return np.round(values * scale, 2), body


def text(values):
    return " ".join(repr(float(v)) for v in np.ravel(values))


def main():
    training = [made(scale) for scale in (1.0, 0.4, 2.5)]
    image, body = made(0.8)
    shaped = lambda values: create_image(np.asarray(values, float).reshape(8, 6, 4, order="F"))
    nyul = NyulNormalizer()
    nyul.fit_population([shaped(v) for v, _ in training], [shaped(b) for _, b in training])
    mapped = nyul.transform(shaped(image), shaped(body)).get_data().ravel(order="F")
    rows = []
    for number, (values, mask) in enumerate(training, 1):
        rows += [(f"train_{number}", values), (f"body_{number}", mask)]
    rows += [("image", image), ("body", body)]
    rows += [("scale", nyul._standard_scale), ("nyul", mapped)]
    every = [values for values, _ in training] + [image]
    rows.append(("otsu", [threshold_otsu(values, nbins=256) for values in every]))
    inside = image[body]
    rows.append(("clip", np.percentile(inside, [2.5, 97.5])))
    rows.append(("z", [inside.mean(), inside.std(ddof=1)]))
    with open(HERE / "correct.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["what", "values"])
        out.writerows((name, text(values)) for name, values in rows)


if __name__ == "__main__":
    main()
