"""Reads reports that `radiome convert SERIES --sr FEATURES.csv` wrote with highdicom and pydicom, and
compares every value, unit and code with the table of features.

Needs pydicom 3.0 and highdicom 0.28:
    python read_report.py FEATURES.csv CODES.tsv report.dcm [anonymous]
CODES.tsv is what `radiome features` prints, with the same --params as the features. The last word says
that nobody may be named.
"""

import csv
import math
import re
import sys

import highdicom as hd
import pydicom

FEATURE = re.compile(r"(.+)_(firstorder|shape|shape2D|glcm|gldm|glrlm|glszm|ngtdm)_(\w+)$")
# Under the IBSI's definitions: what image, tag, and how matrices were joined.
TAG = re.compile(r"(?:(.+)_)??((?:morph|loc|stat|ih|ivh|cm|rlm|szm|dzm|ngt|ngl)_\w+?)(_2D|_2_5D|_3D)?(_avg|_comb)?$")
# Codes that the manual gives to two features.
SHARED = {"ih_min", "ih_p10", "ivh_v10", "ivh_v90", "ivh_i10", "ivh_i90"}
UNITLESS = {"Entropy", "Kurtosis", "Skewness", "Uniformity"}


def intensity_unit(modality, image):
    kept = image == "original" or image.startswith("wavelet")
    return "[hnsf'U]" if modality == "CT" and kept else "[arb'U]"


def unit(modality, image, family, name):
    base = intensity_unit(modality, image)
    if family == "firstorder":
        if name in UNITLESS:
            return "1"
        if name == "TotalEnergy":
            return f"mm3.{base}2"
        return f"{base}2" if name in {"Energy", "Variance"} else base
    if family.startswith("shape"):
        if name.endswith("Volume"):
            return "mm3"
        if name in {"SurfaceArea", "MeshSurface", "PixelSurface"}:
            return "mm2"
        if name.endswith("Ratio"):
            return "/mm"
        if name.startswith("Compactness") or name in {
            "Sphericity",
            "SphericalDisproportion",
            "Elongation",
            "Flatness",
        }:
            return "1"
        return "mm"
    return "1"


def unit_of_tag(modality, tag):
    base = "[hnsf'U]" if modality == "CT" else "[arb'U]"
    if tag in {"stat_skew", "stat_kurt", "stat_cov", "stat_qcod"}:
        return "1"
    if tag.startswith(("stat_", "loc_")):
        return f"{base}2" if tag in {"stat_var", "stat_energy"} else base
    if tag in {"ivh_i10", "ivh_i90", "ivh_diff_i10_i90"}:
        return "[arb'U]"
    if tag == "morph_integ_int":
        return f"mm3.{base}"
    if tag in {"morph_com", "morph_diam"} or tag.endswith("_axis"):
        return "mm"
    return {"morph_volume": "mm3", "morph_vol_approx": "mm3", "morph_area_mesh": "mm2", "morph_av": "/mm"}.get(tag, "1")


def main(features, codes, path, anonymous=None):
    rows = list(csv.DictReader(open(features, newline="")))
    ibsi = {}
    for line in open(codes):
        words = line.split()
        for column, code in zip(words, words[1:]):
            if (FEATURE.match(column) or TAG.match(column)) and re.fullmatch(r"[0-9A-Z]{4}|-", code):
                ibsi[column] = code
    assert ibsi, "no codes in the list of features"
    data = pydicom.dcmread(path)
    report = hd.sr.srread(path)
    assert isinstance(report, hd.sr.Comprehensive3DSR), type(report)
    tree = report.content
    groups = (
        tree.get_volumetric_roi_measurement_groups() + tree.get_image_measurement_groups()
    )
    assert len(groups) == len(rows), (len(groups), len(rows))
    compared = 0
    modality = {"113091000": "MR", "77477000": "CT", "82918005": "PT"}[
        next(
            item.ConceptCodeSequence[0].CodeValue
            for item in data.ContentSequence
            if item.ConceptNameCodeSequence[0].CodeValue == "121058"
        )
    ]
    for row, group in zip(rows, groups):
        found = {}
        empty = set()
        for item in group[0].ContentSequence:
            if item.ValueType != "NUM":
                continue
            name = item.ConceptNameCodeSequence[0]
            method = "original"
            for child in item.get("ContentSequence", []):
                method = child.ConceptCodeSequence[0].get("CodeValue") or child.ConceptCodeSequence[0].LongCodeValue
            key = (method, name.CodingSchemeDesignator, name.get("CodeValue") or name.LongCodeValue)
            if not item.MeasuredValueSequence:
                assert item.NumericValueQualifierCodeSequence[0].CodeValue in {"114000", "114001", "114002"}
                empty.add(key)
                continue
            value = item.MeasuredValueSequence[0]
            assert len(str(value.NumericValue.original_string)) <= 16
            assert math.isclose(float(value.NumericValue), value.FloatingPointValue, rel_tol=1e-8)
            assert key not in found, key
            units = value.MeasurementUnitsCodeSequence[0]
            assert units.CodingSchemeDesignator == "UCUM"
            found[key] = (value.FloatingPointValue, units.CodeValue)
        # highdicom gives the same numbers.
        through = [m for m in group.get_measurements() if m.value is not None]
        assert len(through) == len(found), (len(through), len(found))
        for column, text in row.items():
            parts, tag = FEATURE.match(column), TAG.match(column)
            if not (parts or tag) or column.startswith("diagnostics"):
                continue
            code = ibsi.get(column) or "-"
            if parts:
                image, family, name = parts.groups()
                wanted = unit(modality, image, family, name)
                own = code == "-" or name == "Kurtosis"
                key = (image, "99RADIOME", f"{family}_{name}") if own else (image, "IBSI", code)
            else:
                image, name, *joined = tag.groups()
                assert image is None, "only the original image is looked at here"
                wanted = unit_of_tag(modality, name)
                method = "".join(part or "" for part in joined).lstrip("_") or "original"
                key = (method, "99RADIOME", name) if name in SHARED else (method, "IBSI", code)
            if text in {"", "NaN"}:
                assert key in empty, key
                continue
            value, units = found.pop(key)
            assert value == float(text), (column, value, text)
            assert units == wanted, (column, units)
            compared += 1
        assert not found, list(found)[:5]
    named = [data.PatientName, data.PatientID, data.PatientBirthDate, data.PatientSex, data.AccessionNumber]
    if anonymous:
        assert not any(str(value) for value in named), named
    print(f"{path}: {len(groups)} groups, {compared} values, units and codes are those of the table; patient {named[:2]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
