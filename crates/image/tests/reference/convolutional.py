"""Makes convolutional.csv: responses of the IBSI's convolutional filters for images made by a formula
(see `value`), so that no image has to be stored.

Written apart from the crate and in another way: kernels are dense blocks and convolved by scipy, a
rotated filter is the filter of the rotated image (numpy.rot90), Fourier filters use numpy's transform.
The wavelet's first level is checked against PyWavelets' own stationary transform.

Run: python convolutional.py   (numpy 2, scipy 1.16, PyWavelets 1.9)
"""
import csv
import math

import numpy as np
import pywt
from scipy import ndimage

PAD = {"zero": "constant", "nearest": "edge", "periodic": "wrap", "mirror": "symmetric"}
MODE = {"zero": "constant", "nearest": "nearest", "periodic": "wrap", "mirror": "reflect"}
LAWS = {
    "L3": [1, 2, 1], "E3": [-1, 0, 1], "S3": [-1, 2, -1],
    "L5": [1, 4, 6, 4, 1], "E5": [-1, -2, 0, 2, 1], "S5": [-1, 0, 2, 0, -1],
    "W5": [-1, 2, 0, -2, 1], "R5": [1, -4, 6, -4, 1],
}


def value(x, y, z):
    return (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z) % 211 - 50


def image(size):
    """Axes in the order x, y, z."""
    return value(*np.indices(size)).astype(float)


def convolve(array, kernel, boundary, centre=None):
    """sum_m kernel[m] array[i + centre - m], kernels with as many axes as the array."""
    centre = [n // 2 for n in kernel.shape] if centre is None else centre
    before = [n - 1 - c for n, c in zip(kernel.shape, centre)]
    padded = np.pad(array, list(zip(before, centre)), mode=PAD[boundary])
    result = np.zeros(array.shape, dtype=kernel.dtype)
    for index in np.ndindex(*kernel.shape):
        if kernel[index] != 0:
            cut = tuple(slice(n - 1 - m, n - 1 - m + s) for n, m, s in zip(kernel.shape, index, array.shape))
            result = result + kernel[index] * padded[cut]
    return result


def outer(factors):
    block = np.ones([1] * len(factors))
    for axis, factor in enumerate(factors):
        shape = [1] * len(factors)
        shape[axis] = -1
        block = block * np.reshape(factor, shape)
    return block


def slices_or_volume(array, dimension, apply):
    if dimension == "3D":
        return apply(array)
    return np.stack([apply(array[:, :, z]) for z in range(array.shape[2])], axis=2)


def rotations(axes):
    """Quarter turns (first axis, second axis, how many) that bring about all rotations."""
    if axes == 2:
        return [[(0, 1, k)] for k in range(4)]
    seen, found = set(), []
    probe = np.arange(24).reshape(2, 3, 4)
    for a in range(4):
        for b in range(4):
            for c in range(4):
                turns = [(0, 1, a), (0, 2, b), (1, 2, c)]
                turned = probe
                for i, j, k in turns:
                    turned = np.rot90(turned, k, (i, j))
                key = (turned.shape, turned.tobytes())
                if key not in seen:
                    seen.add(key)
                    found.append(turns)
    assert len(found) == 24
    return found


def pooled(array, pooling, apply):
    if pooling == "none":
        return apply(array)
    responses = []
    for turns in rotations(array.ndim):
        turned = array
        for i, j, k in turns:
            turned = np.rot90(turned, k, (i, j))
        response = apply(turned)
        for i, j, k in reversed(turns):
            response = np.rot90(response, -k, (i, j))
        responses.append(response)
    return {"max": np.max, "min": np.min, "average": np.mean}[pooling](responses, axis=0)


def mean(array, boundary, support):
    return ndimage.uniform_filter(array, int(support), mode=MODE[boundary])


def log_kernel(sigma, truncate, spacing):
    """Second derivatives in mm of a Gaussian that is sampled in mm, in the unit of the mean spacing."""
    halves = [math.floor(truncate * sigma / s + 0.5) for s in spacing]
    grid = np.meshgrid(*[s * np.arange(-h, h + 1) for h, s in zip(halves, spacing)], indexing="ij")
    square = sum(g * g for g in grid)
    d = len(spacing)
    volume = math.prod(spacing)
    unit = volume ** (2 / d)
    density = np.exp(-square / (2 * sigma**2)) / (math.sqrt(2 * math.pi) * sigma) ** d * volume
    kernel = -(d / sigma**2 - square / sigma**4) * density * unit
    return kernel - kernel.mean()


def laws(array, boundary, pooling, names, delta):
    kernels = [np.array(LAWS[names[i : i + 2]], float) for i in range(0, len(names), 2)]
    kernel = outer([k / np.sqrt((k * k).sum()) for k in kernels])
    response = pooled(array, pooling, lambda a: convolve(a, kernel, boundary))
    if int(delta) == 0:
        return response
    return ndimage.uniform_filter(np.abs(response), 2 * int(delta) + 1, mode=MODE[boundary])


def gabor(array, dimension, boundary, pooling, spacing, sigma, lamda, gamma, theta, step):
    sigma, lamda, gamma = float(sigma), float(lamda), float(gamma)
    thetas = [float(theta)] if step == "none" else [float(theta) + float(step) * k for k in range(round(360 / float(step)))]
    responses = []
    for a, b in [(0, 1), (0, 2), (1, 2)] if dimension == "3D" else [(0, 1)]:
        # Further than the crate goes: the envelope is below 1e-13 there.
        half = [math.ceil(8 * max(sigma, sigma / gamma) / spacing[axis]) for axis in (a, b)]
        p, q = np.meshgrid(*[spacing[axis] * np.arange(-h, h + 1) for axis, h in zip((a, b), half)], indexing="ij")
        for angle in np.deg2rad(thetas):
            u = p * np.cos(angle) + q * np.sin(angle)
            v = -p * np.sin(angle) + q * np.cos(angle)
            kernel = np.exp(-(u**2 + gamma**2 * v**2) / (2 * sigma**2) + 2j * np.pi * u / lamda)
            shape = [1, 1, 1]
            shape[a], shape[b] = kernel.shape
            responses.append(np.abs(convolve(array, kernel.reshape(shape), boundary)))
    return {"max": np.max, "min": np.min, "average": np.mean, "none": np.mean}[pooling](responses, axis=0)


def wavelet(array, boundary, name, band, level):
    low, high = np.array(pywt.Wavelet(name).dec_lo), np.array(pywt.Wavelet(name).dec_hi)
    for step in range(int(level)):
        factors, centres = [], []
        for letter in band:
            taps = high if letter == "H" and step + 1 == int(level) else low
            holed = np.zeros((len(taps), 2**step))
            holed[:, 0] = taps
            factors.append(holed.ravel())
            centres.append(len(taps) * 2**step // 2)
        array = convolve(array, outer(factors), boundary, centres)
    return array


def grid(shape):
    return np.meshgrid(*[np.fft.ifftshift(np.linspace(-1, 1, n)) for n in shape], indexing="ij", sparse=True)


def band_pass(shape, level):
    nu = np.sqrt(sum(g * g for g in grid(shape)))
    top = 2.0 ** (1 - level)
    inside = (nu >= top / 4) & (nu <= top)
    return np.where(inside, np.cos(np.pi / 2 * np.log2(np.where(inside, 2 * nu / top, 1))), 0)


def riesz(shape, order, spacing):
    coordinates = [g / s for g, s in zip(grid(shape), spacing)]
    nu = np.sqrt(sum(g * g for g in coordinates))
    nu = np.where(nu == 0, 1, nu)
    factor = math.factorial(sum(order)) / math.prod(math.factorial(l) for l in order)
    product = np.prod(np.broadcast_arrays(*[(g / nu) ** l for g, l in zip(coordinates, order)]), axis=0)
    return math.sqrt(factor) * (-1j) ** sum(order) * product


def simoncelli(array, level):
    return np.fft.ifftn(np.fft.fftn(array) * band_pass(array.shape, int(level))).real


def riesz_simoncelli(array, spacing, level, order):
    transfer = band_pass(array.shape, int(level)) * riesz(array.shape, order, spacing)
    return np.fft.ifftn(np.fft.fftn(array) * transfer).real


def riesz_log(array, spacing, sigma, truncate, order):
    kernel = log_kernel(sigma, truncate, spacing)
    smooth = convolve(array, kernel, "periodic")
    return np.fft.ifftn(np.fft.fftn(smooth) * riesz(array.shape, order, spacing)).real


def respond(filter, size, spacing, dimension, boundary, pooling):
    name, *settings = filter.split()
    array = image(size)
    axes = 3 if dimension == "3D" else 2
    if name == "gabor":
        return gabor(array, dimension, boundary, pooling, spacing, *settings)
    order = lambda text: [int(digit) for digit in text][:axes]
    apply = {
        "mean": lambda a: mean(a, boundary, *settings),
        "log": lambda a: convolve(a, log_kernel(*map(float, settings), spacing[:axes]), boundary),
        "laws": lambda a: laws(a, boundary, pooling, *settings),
        "wavelet": lambda a: pooled(a, pooling, lambda b: wavelet(b, boundary, *settings)),
        "simoncelli": lambda a: simoncelli(a, *settings),
        "riesz_simoncelli": lambda a: riesz_simoncelli(a, spacing[:axes], settings[0], order(settings[1])),
        "riesz_log": lambda a: riesz_log(a, spacing[:axes], float(settings[0]), float(settings[1]), order(settings[2])),
    }[name]
    return slices_or_volume(array, dimension, apply)


ONE, SOME = (1, 1, 1), (0.8, 1.3, 2.5)
# filter, size, spacing, dimension, boundary, pooling
CASES = [
    ("mean 3", (7, 6, 4), ONE, "3D", "zero", "none"),
    ("mean 5", (7, 6, 4), SOME, "3D", "nearest", "none"),
    ("mean 7", (5, 6, 4), ONE, "2D", "mirror", "none"),
    ("mean 9", (5, 6, 4), ONE, "3D", "periodic", "none"),
    ("log 0.7 4", (7, 6, 4), ONE, "3D", "mirror", "none"),
    ("log 1.1 3.5", (7, 6, 4), SOME, "3D", "zero", "none"),
    ("log 1.1 4", (7, 6, 4), SOME, "2D", "nearest", "none"),
    ("laws L3E5S3 0", (7, 6, 4), ONE, "3D", "mirror", "none"),
    ("laws R5W5 0", (7, 6, 3), ONE, "2D", "periodic", "none"),
    ("laws R5L5S3 0", (7, 6, 4), ONE, "3D", "zero", "average"),
    ("laws E3W5 0", (7, 6, 3), ONE, "2D", "nearest", "max"),
    ("laws L5E3R5 2", (7, 6, 4), ONE, "3D", "zero", "max"),
    ("laws L5E5 1", (7, 6, 3), ONE, "2D", "nearest", "min"),
    ("gabor 1.2 2.5 0.8 30 none", (7, 6, 3), SOME, "2D", "mirror", "none"),
    ("gabor 1.2 2.5 1.4 10 72", (7, 6, 3), SOME, "2D", "zero", "max"),
    ("gabor 0.9 2 0.7 0 45", (6, 5, 4), SOME, "3D", "nearest", "average"),
    ("wavelet db2 LHL 1", (7, 6, 4), ONE, "3D", "zero", "none"),
    ("wavelet coif1 HL 2", (7, 6, 3), ONE, "2D", "nearest", "none"),
    ("wavelet haar LLH 3", (7, 6, 4), ONE, "3D", "mirror", "average"),
    ("wavelet db3 LHH 2", (6, 5, 4), ONE, "3D", "zero", "max"),
    ("wavelet bior2.2 HL 1", (7, 6, 3), ONE, "2D", "periodic", "average"),
    ("simoncelli 1", (7, 6, 4), ONE, "3D", "periodic", "none"),
    ("simoncelli 2", (8, 5, 3), ONE, "2D", "periodic", "none"),
    ("riesz_simoncelli 1 101", (7, 6, 5), SOME, "3D", "periodic", "none"),
    ("riesz_simoncelli 2 120", (8, 7, 2), ONE, "2D", "periodic", "none"),
    ("riesz_log 0.8 3 100", (7, 6, 4), SOME, "3D", "periodic", "none"),
    ("riesz_log 0.8 4 011", (6, 5, 4), ONE, "3D", "periodic", "none"),
]


def against_pywavelets():
    array = image((8, 6, 4))
    coefficients = pywt.swtn(array, "db2", level=1)[0]
    for band in ("LHL", "HHL", "LLL"):
        expected = coefficients[band.replace("L", "a").replace("H", "d")]
        assert np.abs(wavelet(array, "periodic", "db2", band, 1) - expected).max() < 1e-12
    array = image((8, 8, 4))
    for level in (1, 2):
        expected = pywt.swtn(array, "db3", level=level, axes=(0, 1))[0]["ad"]
        found = slices_or_volume(array, "2D", lambda a: wavelet(a, "periodic", "db3", "LH", level))
        assert np.abs(found - expected).max() < 1e-12


if __name__ == "__main__":
    against_pywavelets()
    with open("convolutional.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["filter", "size", "spacing", "dimension", "boundary", "pooling", "values"])
        for filter, size, spacing, dimension, boundary, pooling in CASES:
            response = respond(filter, size, spacing, dimension, boundary, pooling)
            values = " ".join(f"{value:.13g}" for value in response.ravel(order="F"))
            text = lambda numbers: " ".join(str(number) for number in numbers)
            writer.writerow([filter, text(size), text(spacing), dimension, boundary, pooling, values])
