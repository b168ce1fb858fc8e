"""The interface of `RadiomicsFeatureExtractor`, on images that are made here."""

import copy
import json
import pickle

import numpy as np
import pytest

import radiome
from radiome import Image, RadiomicsFeatureExtractor


def features(extractor, case, **kwargs):
    found = extractor.execute(*case, **kwargs)
    return {key: float(value) for key, value in found.items() if not key.startswith("diagnostics")}


def test_first_order_features_are_those_of_numpy(case):
    image, mask = case
    values = image.array[mask.array == 1]
    found = features(RadiomicsFeatureExtractor(), case)
    expected = {
        "Mean": values.mean(),
        "Variance": values.var(),
        "Median": np.median(values),
        "10Percentile": np.percentile(values, 10),
        "Energy": (values**2).sum(),
        "Maximum": values.max(),
    }
    for name, value in expected.items():
        assert found[f"original_firstorder_{name}"] == pytest.approx(value, rel=1e-13)
    assert found["original_shape_VoxelVolume"] == values.size * 2.0


def test_parameters_from_a_file_a_dictionary_json_and_keywords_are_one(tmp_path, case):
    params = {
        "setting": {"binWidth": 5, "label": 1},
        "imageType": {"Original": {}, "LoG": {"sigma": [2.0]}},
        "featureClass": {"glcm": ["Contrast"], "firstorder": None},
    }
    path = tmp_path / "params.yaml"
    path.write_text(
        "setting: {binWidth: 5, label: 1}\nimageType:\n  Original: {}\n  LoG: {sigma: [2.0]}\n"
        "featureClass:\n  glcm: [Contrast]\n  firstorder:\n"
    )
    by_calls = RadiomicsFeatureExtractor(binWidth=5)
    by_calls.disableAllFeatures()
    by_calls.enableFeaturesByName(glcm=["Contrast"], firstorder=[])
    by_calls.enableImageTypeByName("LoG", customArgs={"sigma": np.array([2.0])})
    by_json = RadiomicsFeatureExtractor()
    by_json.loadJSONParams(json.dumps(params))
    all = [RadiomicsFeatureExtractor(str(path)), RadiomicsFeatureExtractor(path)]
    all += [RadiomicsFeatureExtractor(params), by_json, by_calls]
    found = [features(extractor, case) for extractor in all]
    assert list(found[0])[:2] == ["original_glcm_Contrast", "original_firstorder_10Percentile"]
    assert len(found[0]) == 2 * 19
    assert all[0].settings == all[2].settings == by_json.settings
    for other in found[1:]:
        assert list(other.items()) == list(found[0].items())


def test_what_is_enabled_can_be_changed():
    extractor = RadiomicsFeatureExtractor()
    assert extractor.enabledImagetypes == {"Original": {}}
    assert "shape2D" not in extractor.enabledFeatures
    extractor.enableAllImageTypes()
    assert set(extractor.enabledImagetypes) == set(radiome.getImageTypes())
    extractor.enableImageTypeByName("Wavelet", enabled=False)
    assert "Wavelet" not in extractor.enabledImagetypes
    extractor.disableAllImageTypes()
    extractor.enableImageTypes(LoG={"sigma": [1]})
    assert extractor.enabledImagetypes == {"LoG": {"sigma": [1]}}
    extractor.enableAllFeatures()
    assert set(extractor.enabledFeatures) == set(radiome.getFeatureClasses())
    extractor.enableFeatureClassByName("glcm", enabled=False)
    assert "glcm" not in extractor.enabledFeatures
    extractor.enableFeatureClassByName("no such class")
    extractor.enableImageTypeByName("no such type")
    assert "no such class" not in extractor.enabledFeatures


def test_nothing_enabled_gives_nothing(case):
    extractor = RadiomicsFeatureExtractor()
    extractor.disableAllFeatures()
    found = extractor.execute(*case)
    assert found and all(key.startswith("diagnostics") for key in found)
    extractor.addProvenance(False)
    assert not extractor.execute(*case)
    extractor.enableFeatureClassByName("shape")
    extractor.disableAllImageTypes()
    assert all(key.startswith("original_shape_") for key in extractor.execute(*case))


def test_labels_by_value_by_setting_and_of_booleans(case):
    image, mask = case
    two = Image(np.where(mask.array == 1, 7, 0), mask.spacing)
    expected = features(RadiomicsFeatureExtractor(), case)
    assert features(RadiomicsFeatureExtractor(), (image, two), label=7) == expected
    assert features(RadiomicsFeatureExtractor(label=7), (image, two)) == expected
    assert features(RadiomicsFeatureExtractor(), (image, Image(two.array > 0, mask.spacing))) == expected
    assert features(RadiomicsFeatureExtractor(), (image, Image(mask.array * 1.0, mask.spacing))) == expected


def test_undefined_features_say_why(case):
    image, mask = case
    flat = Image(np.full(image.array.shape, 5.0), image.spacing)
    extractor = RadiomicsFeatureExtractor()
    found = extractor.execute(flat, mask)
    assert float(found["original_ngtdm_Coarseness"]) == 1e6
    assert extractor.undefined["original_ngtdm_Coarseness"] == "flat"


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (lambda e: e.settings.update(binwidth=5), radiome.SettingsError, "did you mean `binWidth`"),
        (lambda e: e.settings.update(binWidth=-1), radiome.SettingsError, "above 0"),
        (lambda e: e.settings.update(binWidth=float("nan")), radiome.SettingsError, "parameter file"),
        (lambda e: e.settings.update(label=9), radiome.MaskError, "label"),
        (lambda e: e.settings.update(label=1.5), radiome.MaskError, "whole number"),
        (lambda e: e.settings.update(label="tumour"), radiome.MaskError, "tumour"),
        (lambda e: e.settings.update(minimumROISize=10_000), radiome.MaskError, "voxel"),
        (lambda e: e.enableFeaturesByName(glcm=["Contrst"]), LookupError, "did you mean Contrast"),
        (lambda e: e.enableFeaturesByName(nglcm=[]), radiome.SettingsError, "nglcm"),
    ],
)
def test_errors_say_what_is_wrong(case, change, error, text):
    extractor = RadiomicsFeatureExtractor()
    change(extractor)
    with pytest.raises(error, match=text) as raised:
        extractor.execute(*case)
    assert isinstance(raised.value, ValueError)
    assert "line 1" not in str(raised.value)


def test_files_that_are_not_there(tmp_path, case):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        RadiomicsFeatureExtractor("nowhere.yaml")
    with pytest.raises(FileNotFoundError, match="nowhere.nrrd"):
        RadiomicsFeatureExtractor().execute("nowhere.nrrd", "nowhere.nrrd")
    (tmp_path / "bad.nrrd").write_text("no image")
    with pytest.raises(OSError, match="bad.nrrd"):
        RadiomicsFeatureExtractor().execute(str(tmp_path / "bad.nrrd"), case[1])
    bad = tmp_path / "bad.yaml"
    bad.write_text("setting:\n  binwidth: 5\n")
    with pytest.raises(ValueError, match=r"bad.yaml: line 2: .*binWidth"):
        RadiomicsFeatureExtractor(bad)


def test_arrays_need_a_spacing(case):
    with pytest.raises(TypeError, match="spacing"):
        RadiomicsFeatureExtractor().execute(case[0].array, case[1].array)
    for wrong in ((1, 1), (1, 1, -1), (1, 1, float("nan"))):
        with pytest.raises(ValueError, match="spacing"):
            RadiomicsFeatureExtractor().execute(Image(case[0].array, wrong), case[1])
    with pytest.raises(ValueError, match="whole numbers from 0"):
        RadiomicsFeatureExtractor().execute(case[0], Image(case[1].array - 1.0, case[1].spacing))


def test_log_without_sigma_makes_nothing(case):
    extractor = RadiomicsFeatureExtractor()
    extractor.enableImageTypeByName("LoG")
    assert features(extractor, case) == features(RadiomicsFeatureExtractor(), case)


def test_removed_features_have_no_value(case):
    extractor = RadiomicsFeatureExtractor()
    extractor.disableAllFeatures()
    extractor.enableFeaturesByName(glcm=["Dissimilarity"], ngtdm=["Contrast"])
    assert list(features(extractor, case)) == ["original_ngtdm_Contrast"]


def test_extractors_are_copied_and_pickled(case):
    extractor = RadiomicsFeatureExtractor(binWidth=7)
    expected = features(extractor, case)
    assert features(copy.deepcopy(extractor), case) == expected
    assert features(pickle.loads(pickle.dumps(extractor)), case) == expected


def test_feature_classes_one_by_one(case):
    expected = features(RadiomicsFeatureExtractor(binWidth=7), case)
    for name, of in radiome.getFeatureClasses().items():
        if name == "shape2D":
            continue
        found = of(*case, binWidth=7).execute()
        own = {key: value for key, value in expected.items() if key.startswith(f"original_{name}_")}
        assert {f"original_{name}_{key}": float(value) for key, value in found.items()} == own
        first = next(iter(found))
        assert float(getattr(of(*case, binWidth=7), f"get{first}FeatureValue")()) == float(found[first])
        assert getattr(of, f"get{first}FeatureValue").__doc__


def test_a_forked_process_computes_too(case):
    import multiprocessing

    expected = features(RadiomicsFeatureExtractor(), case)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        found = pool.starmap_async(_execute, [case, case]).get(timeout=60)
    assert found == [expected, expected]


def _execute(image, mask):
    return features(RadiomicsFeatureExtractor(), (image, mask))


def test_images_carry_over_slots():
    image = Image(np.zeros((2, 3, 4), dtype=np.int16), (1, 2, 3))
    again = pickle.loads(pickle.dumps(image))
    assert again.spacing == image.spacing and again.array.dtype == np.int16
    sitk = pytest.importorskip("SimpleITK")
    there = image.to_sitk()
    assert there.GetSize() == (4, 3, 2) and there.GetPixelID() == sitk.sitkInt16
    assert Image.from_sitk(there).spacing == image.spacing


def test_an_interpolator_may_be_a_constant_of_simpleitk(case):
    sitk = pytest.importorskip("SimpleITK")
    of_name, of_number = (
        RadiomicsFeatureExtractor(resampledPixelSpacing=[2, 2, 2], interpolator=interpolator).execute(*case)
        for interpolator in ("sitkLinear", sitk.sitkLinear)
    )
    assert float(of_name["original_firstorder_Mean"]) == float(of_number["original_firstorder_Mean"])
