"""`RadiomicsFeatureExtractor` against PyRadiomics: keys, order, types, values.

The expected values are those of ``reference/pyradiomics/make.py``.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from radiome import Image, RadiomicsFeatureExtractor
from radiome.image import from_native

RECORDED = json.loads((Path(__file__).parent / "reference/pyradiomics/values.json").read_text())

#: The digits in which features of two programs agree; the largest difference found is 1e-12 but for
#: sums of many terms that nearly cancel.
RELATIVE = 1e-9


def read(shared, name):
    from radiome import _native

    folder = shared / "data" / "pyradiomics"
    image = _native.read_image(str(folder / f"{name}_image.nrrd"))
    labels = _native.read_labels(str(folder / f"{name}_label.nrrd"), 0)
    return from_native(image), from_native(labels)


def compare(found, recorded):
    assert list(found) == [key for key, _, _ in recorded]
    for key, kind, expected in recorded:
        value = found[key]
        # numpy 2.5 finds the eigenvalues of PyRadiomics' shape as complex numbers.
        assert type(value).__name__ == kind.replace("complex128", "float64"), key
        if isinstance(expected, str):
            assert value == expected, key
        elif isinstance(expected, list):
            np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12, err_msg=key)
        elif expected is not None:
            np.testing.assert_allclose(float(value), expected, rtol=RELATIVE, atol=1e-11, err_msg=key)


@pytest.mark.parametrize("name", ["brain1", "breast1"])
@pytest.mark.parametrize("parameters", ["default", "filters"])
@pytest.mark.parametrize("given", ["paths", "images"])
def test_keys_types_and_values_are_those_of_pyradiomics(shared, name, parameters, given):
    if given == "paths":
        folder = shared / "data" / "pyradiomics"
        files = [str(folder / f"{name}_{kind}.nrrd") for kind in ("image", "label")]
    else:
        files = read(shared, name)
    settings = RECORDED["parameters"][parameters]
    extractor = RadiomicsFeatureExtractor(*([] if settings is None else [settings]))
    compare(extractor.execute(*files), RECORDED["cases"][f"{name} {parameters}"])


def test_images_of_simpleitk(shared):
    sitk = pytest.importorskip("SimpleITK")
    folder = shared / "data" / "pyradiomics"
    files = [sitk.ReadImage(str(folder / f"brain1_{kind}.nrrd")) for kind in ("image", "label")]
    found = RadiomicsFeatureExtractor().execute(*files)
    compare(found, RECORDED["cases"]["brain1 default"])
    mixed = RadiomicsFeatureExtractor().execute(files[0], str(folder / "brain1_label.nrrd"))
    assert {key: float(value) for key, value in mixed.items() if key.startswith("orig")} == {
        key: float(value) for key, value in found.items() if key.startswith("orig")
    }


def test_a_slice_is_an_image_of_two_dimensions(shared):
    image, mask = read(shared, "brain1")
    slices = [
        Image(one.array[14], one.spacing[:2], one.origin[:2], np.reshape(one.direction, (3, 3))[:2, :2])
        for one in (image, mask)
    ]
    extractor = RadiomicsFeatureExtractor()
    extractor.enableFeatureClassByName("shape2D")
    compare(extractor.execute(*slices), RECORDED["cases"]["brain1 slice"])


def test_maps(shared):
    image, mask = read(shared, "brain1")
    origin = np.add(image.origin, (0, 0, 14 * image.spacing[2]))
    parts = [Image(one.array[14:16], one.spacing, origin, one.direction) for one in (image, mask)]
    extractor = RadiomicsFeatureExtractor(kernelRadius=1, additionalInfo=False)
    extractor.disableAllFeatures()
    extractor.enableFeaturesByName(
        firstorder=["Mean"], glcm=["Contrast"], gldm=["DependenceEntropy"]
    )
    found = extractor.execute(*parts, voxelBased=True)
    assert list(found) == list(RECORDED["maps"])
    for key, (size, origin, total, largest) in RECORDED["maps"].items():
        made = found[key] if isinstance(found[key], Image) else Image.from_sitk(found[key])
        assert list(made.GetSize()) == size
        np.testing.assert_allclose(made.origin, origin, rtol=1e-12)
        np.testing.assert_allclose([made.array.sum(), made.array.max()], [total, largest], rtol=1e-9)
