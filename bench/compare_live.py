#!/usr/bin/env python3
"""Compares radiome's values with PyRadiomics, run live on random images and masks of odd shapes.

    python3 bench/compare_live.py --cases 200 --seed 1
    python3 bench/compare_live.py --cases 50 --params bench/params/mr_like.yaml
    python3 bench/compare_live.py --only-original            # drops the filtered images

A case takes its settings in turn from the files of bench/params and from random settings (twice
as often). Equal means within 1e-6 relative or 1e-9 absolute, because sums run in another order;
NaN equals NaN, and columns of NaN with a reason equal columns that PyRadiomics leaves out. Where
PyRadiomics refuses a case, radiome must refuse it too, and the other way round. Exit status: 0 all equal, 1 differences (each is printed, with the seed that repeats it).
"""

import argparse
import collections
import csv
import io
import logging
import math
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import peers

peers.reenter("pyradiomics", "radiomics")

import numpy as np  # noqa: E402
import radiomics  # noqa: E402
import SimpleITK as sitk  # noqa: E402
from radiomics import featureextractor  # noqa: E402
from ruamel.yaml import YAML  # noqa: E402

import random_cases  # noqa: E402

RELATIVE = 1e-6
ABSOLUTE = 1e-9
# The axes' lengths are roots of eigenvalues, whose rounding error is some 2e-16 of the largest one.
# Where the true eigenvalue is 0 (a flat region) the root is anything up to about 1e-8 times the
# largest length, times the root of the number of roundings: two libraries agree to 1e-7 of it.
FLAT_AXIS = 1e-7
AXES = ("MinorAxisLength", "LeastAxisLength", "MinorAxis")
AXIS_RATIOS = ("Elongation", "Flatness")
# Entries of a co-occurrence matrix over all angles that PyRadiomics holds at once (8 bytes each,
# in several copies).
LARGEST_MATRIX = 1.5e7


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--radiome", help="the binary [default: target/release/radiome]")
    parser.add_argument("--cases", type=int, default=100, help="how many [default: 100]")
    parser.add_argument("--seed", type=int, default=1, help="of the first case [default: 1]")
    parser.add_argument("--params", type=Path, help="this parameter file for every case")
    parser.add_argument("--mask", choices=random_cases.MASKS, help="only this kind of mask")
    parser.add_argument("--random-settings", action="store_true", help="only random settings")
    parser.add_argument(
        "--only-original", action="store_true", help="leave filtered images out of the settings"
    )
    parser.add_argument(
        "--filters", action="store_true", help="add filtered images to random settings"
    )
    parser.add_argument("--keep", type=Path, help="folder for the files of cases that differ")
    parser.add_argument("--csv", type=Path, help="write every difference there")
    parser.add_argument("--shown", type=int, default=8, help="features shown a case [default: 8]")
    parser.add_argument("--quiet", action="store_true", help="the summary alone")
    return parser.parse_args()


FILTERS = (
    {"Wavelet": {}},
    {"Wavelet": {"wavelet": "db2", "level": 2}},
    {"Wavelet": {"start_level": 1}},
    {"Wavelet": {"wavelet": "bior2.2", "binWidth": 5.0}},
    {"Wavelet": {"wavelet": "sym5"}},
    {"LoG": {"sigma": [1.0, 2.5]}},
    {"LoG": {"sigma": [3, 0.7]}},
    {"Square": {}, "SquareRoot": {}, "Logarithm": {}, "Exponential": {}},
    {"Gradient": {}},
    {"Gradient": {"gradientUseSpacing": False}},
    {"LBP2D": {}},
    {"LBP2D": {"lbp2DRadius": 2, "lbp2DSamples": 12, "lbp2DMethod": "ror"}},
    {"LBP3D": {}},
    {"LBP3D": {"lbp3DLevels": 3, "lbp3DIcosphereRadius": 1.5, "binWidth": 0.5}},
)


def parameters_of(options, seed):
    """Name and content of the settings of a case."""
    files = [options.params] if options.params else sorted((peers.BENCH / "params").glob("*.yaml"))
    # Every third seed has a file of bench/params; a seed means the same case in every run.
    if options.params or (not options.random_settings and seed % 3 == 0):
        path = files[(seed // 3) % len(files)]
        content = YAML(typ="safe", pure=True).load(path.read_text())
        name = path.stem
    else:
        setting = random_cases.settings(seed)
        content = {
            "imageType": {"Original": {}},
            "featureClass": random_cases.classes(seed, setting),
            "setting": setting,
        }
        if options.filters:
            chosen = np.random.default_rng([seed, 2]).integers(len(FILTERS))
            content["imageType"].update(FILTERS[chosen])
        name = "random settings"
    if options.only_original:
        content["imageType"] = {"Original": {}}
    return name, content


def avoid_itk_border(content, image):
    """Interpolates linearly where an axis has two voxels.

    The mirrored border of ITK's B-spline then points one voxel before the row, and the value comes
    from the row before, or from beyond the image.
    """
    setting = content["setting"]
    if 2 in image.GetSize() and "resampledPixelSpacing" in setting:
        if setting.get("interpolator", "sitkBSpline") == "sitkBSpline":
            setting["interpolator"] = "sitkLinear"


def limit_levels(content, image):
    """Widens the bins where PyRadiomics' matrices would not fit into memory."""
    setting = content["setting"]
    if "binCount" in setting:
        return
    # From numpy 2 on, an 8-bit value plus a whole number wraps around in PyRadiomics' bin edges.
    setting["binWidth"] = float(setting.get("binWidth", 25))
    values = sitk.GetArrayViewFromImage(image).astype(float)
    spread = values.max() - values.min()
    if setting.get("normalize"):
        spread *= setting.get("normalizeScale", 1) / max(values.std(), 1e-9)
    reach = max(setting.get("distances", [1]))
    angles = ((2 * reach + 1) ** 3 - 1) / 2
    # Filtered and interpolated images reach beyond the range of the original.
    margin = 1.5 if list(content["imageType"]) == ["Original"] else 4.0
    levels = math.sqrt(LARGEST_MATRIX / angles)
    narrowest = margin * spread / levels
    if setting["binWidth"] < narrowest:
        setting["binWidth"] = float(f"{narrowest:.3g}")


def run_pyradiomics(parameters, image, mask):
    """Features by name, or the error's text."""
    try:
        extractor = featureextractor.RadiomicsFeatureExtractor(str(parameters))
        row = extractor.execute(str(image), str(mask))
    except Exception as error:  # noqa: BLE001: whatever it raises is its refusal
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return {
        # Some eigenvalues come as complex numbers whose imaginary part is rounding.
        name: float(np.real(np.asarray(value)))
        for name, value in row.items()
        if not name.startswith("diagnostics_")
    }


def run_radiome(binary, parameters, image, mask):
    """Features by name, or the error's text."""
    command = [binary, "extract", image, mask, "--params", parameters, "--jobs", "1", "--quiet"]
    command += ["--format", "csv"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        words = " ".join(done.stderr.split()) or f"exit status {done.returncode}, no message"
        return f"exit status {done.returncode}: {words}"
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    if len(rows) != 1:
        return f"{len(rows)} rows"
    names = [name for name in rows[0] if name.count("_") >= 2]
    features = {
        name: float(rows[0][name]) if rows[0][name] else math.nan
        for name in names
        if not name.startswith("diagnostics_")
    }
    return Features(features, rows[0]["diagnostics_Undefined"])


class Features(dict):
    """Features by name, and radiome's reasons for what is not defined."""

    def __init__(self, features, undefined):
        super().__init__(features)
        self.undefined = dict(part.split("=") for part in undefined.split("; ") if part)

    def all_undefined(self, prefix, reason):
        """Whether all features that begin so are NaN for this reason."""
        values = [value for name, value in self.items() if name.startswith(prefix)]
        return all(map(math.isnan, values)) and self.undefined.get(f"{prefix}*") == reason


def flat_axis(name, row):
    """What a feature's value may be where its true value is 0, by rounding alone."""
    prefix, feature = name.rsplit("_", 1)
    if feature in AXIS_RATIOS:
        return FLAT_AXIS
    if feature in AXES:
        largest = row.get(f"{prefix}_MajorAxisLength", row.get(f"{prefix}_MajorAxis", 0.0))
        return FLAT_AXIS * largest
    return 0.0


def relative(ours, theirs, negligible=0.0):
    """Relative difference; 0 for equal values and NaN on both sides, infinite for NaN on one.

    Values that are both at most `negligible` count as equal.
    """
    if math.isnan(ours) or math.isnan(theirs):
        return 0.0 if math.isnan(ours) and math.isnan(theirs) else math.inf
    if ours == theirs or max(abs(ours), abs(theirs)) <= negligible:
        return 0.0
    # A difference below ABSOLUTE stays below RELATIVE.
    return abs(ours - theirs) / max(abs(theirs), ABSOLUTE / RELATIVE)


def angle_count(setting):
    """The most angles of a co-occurrence matrix."""
    shell = lambda distance: ((2 * distance + 1) ** 3 - (2 * distance - 1) ** 3) // 2
    return sum(shell(distance) for distance in set(setting.get("distances", [1])))


def is_angle_ratio(ours, theirs, angles):
    """Whether two means differ as if one had left angles out that count 0 in the other."""
    if ours == 0 or theirs == 0 or not (math.isfinite(ours) and math.isfinite(theirs)):
        return False
    ratio = max(ours, theirs) / min(ours, theirs)
    # Whatever the fraction, its denominator is at most the number of angles.
    return any(
        abs(ratio * some - round(ratio * some)) < RELATIVE * some
        and some < round(ratio * some) <= angles
        for some in range(1, angles)
    )


def explained(name, ours, theirs, row, content):
    """Why a difference is PyRadiomics' doing and known, or None."""
    setting = content["setting"]
    if name.endswith("_glcm_Correlation") and not setting.get("symmetricalGLCM", True):
        # An angle whose first or second voxels all have one level has no deviation, and counts
        # as 1. PyRadiomics' mean of such levels is rounded, so that its deviation may come out as
        # 1e-15 and the angle as 0: the means over the angles then differ by whole fractions.
        reach = max(setting.get("distances", [1]))
        angles = (2 * reach + 1) ** 3 - 1
        for count in range(1, angles + 1):
            share = (ours - theirs) * count
            if round(share) >= 1 and abs(share - round(share)) < 1e-6:
                return "rounded deviation of one-level angles (PyRadiomics)"
    if name.endswith(("_firstorder_Skewness", "_firstorder_Kurtosis")) and ours == 0.0:
        # Of a region of one value. PyRadiomics' mean may be off by its rounding, the same for each
        # voxel, and the standardized moments are then those of a single step, 1 or -1.
        if abs(abs(theirs) - 1.0) < RELATIVE:
            return "moments of a flat region whose mean is rounded (PyRadiomics)"
    if name.endswith(("_firstorder_Skewness", "_firstorder_Kurtosis")):
        # Values that interpolation made equal but for their last digits: the moments are noise.
        prefix = name.rsplit("_", 1)[0]
        spread, top = (abs(row.get(f"{prefix}_{end}", math.nan)) for end in ("Range", "Maximum"))
        if 0 < spread <= 1e-12 * top:
            return "moments of values that differ by rounding"
    if name.endswith("_glcm_MCC"):
        # The root of an eigenvalue that is 0 but for rounding: up to 1e-7, or NaN where the
        # rounding is below 0, and such an angle is left out of the mean over the angles.
        if abs(ours - theirs) < 1e-7:
            return "MCC of a zero eigenvalue"
        if is_angle_ratio(ours, theirs, angle_count(setting)):
            return "MCC of a zero eigenvalue"
    if name.endswith("_glcm_Imc2") and is_angle_ratio(ours, theirs, angle_count(setting)):
        # Independent levels: the two entropies are equal but for rounding. Where HXY comes out as
        # the larger one, the root is NaN and PyRadiomics leaves the angle out of the mean.
        return "Imc2 of independent levels whose entropies are rounded (PyRadiomics)"
    return None


def class_of(name):
    return f"class {name.rsplit('_', 2)[-2]}"


def image_of(name):
    """The filter: `wavelet-LLH` and `wavelet2-LLH` are one kind of image."""
    return f"image {name.split('_')[0].split('-')[0].rstrip('0123456789')}"


def no_step_fits(ours, refusal):
    """Whether PyRadiomics refuses a region whose box is too small for any angle.

    radiome has a value or NaN then: NaN for every co-occurrence or every run.
    """
    return "Error getting angle count" in refusal and (
        ours.all_undefined("original_glcm_", "no_neighbours")
        or ours.all_undefined("original_glrlm_", "no_runs")
    )


class Tally:
    """What was found over all cases."""

    def __init__(self):
        self.compared = self.refused = self.values = self.undefined = self.absent = 0
        self.worst = {}
        self.differing = collections.Counter()
        self.explained = collections.Counter()
        self.rows = []

    def compare(self, ours, theirs, content):
        """The findings of one case, as lines."""
        if isinstance(ours, str) and isinstance(theirs, str):
            self.refused += 1
            return []
        if isinstance(theirs, str) and no_step_fits(ours, theirs):
            self.explained["no angle fits into the region's box: refused, not NaN (PyRadiomics)"] += 1
            return []
        if isinstance(theirs, str):
            self.differing["refusal"] += 1
            return [f"PyRadiomics refuses, radiome gives {len(ours)} features: {theirs}"]
        if isinstance(ours, str) and "shape2D needs a region of one slice" in ours:
            self.explained["shape2D of a thick region is refused, not left out (radiome)"] += 1
            return []
        if isinstance(ours, str):
            self.differing["refusal"] += 1
            return [f"radiome refuses, PyRadiomics gives {len(theirs)} features: {ours}"]
        self.compared += 1
        lines = []
        missing = [name for name in theirs if name not in ours]
        added = [name for name in ours if name not in theirs]
        slice_shape = [name for name in added if "_shape2D_" in name]
        if slice_shape:
            # PyRadiomics counts the axis of force2Ddimension from the other end in its check.
            self.explained["shape2D of a slice that PyRadiomics leaves out"] += 1
            added = [name for name in added if name not in slice_shape]
        for image in {name.split("_")[0] for name in added}:
            # A LoG that does not fit is left out with a warning; its columns here are NaN.
            if image.startswith("log-sigma") and ours.all_undefined(f"{image}_", "filter_too_small"):
                self.absent += 1
                added = [name for name in added if not name.startswith(f"{image}_")]
        for what, names in (("missing", missing), ("not in PyRadiomics", added)):
            if names:
                self.differing[what] += 1
                lines.append(f"{len(names)} features {what}: {', '.join(names[:4])} ...")
        found = []
        for name, expected in theirs.items():
            if name not in ours:
                continue
            self.values += 1
            self.undefined += math.isnan(expected)
            difference = relative(ours[name], expected, flat_axis(name, theirs))
            kind = class_of(name)
            reason = explained(name, ours[name], expected, theirs, content) if difference > RELATIVE else None
            if reason:
                self.explained[reason] += 1
                continue
            for key in (kind, image_of(name)):
                if difference > self.worst.get(key, (0.0, ""))[0]:
                    self.worst[key] = (difference, name)
            if not difference <= RELATIVE:
                self.differing[name] += 1
                found.append((difference, name, ours[name], expected))
        found.sort(key=lambda row: -row[0])
        for difference, name, value, expected in found:
            lines.append(f"{name}: {value!r}, PyRadiomics {expected!r} ({difference:.1e})")
            self.rows.append((name, value, expected, difference))
        return lines


def main():
    options = arguments()
    binary = peers.radiome(options.radiome)
    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    warnings.simplefilter("ignore")  # of means of nothing, which are NaN
    tally, start = Tally(), time.monotonic()
    differing_cases, details = [], []
    with tempfile.TemporaryDirectory() as folder:
        for index in range(options.cases):
            seed = options.seed + index
            case = random_cases.make(seed, [options.mask] if options.mask else None)
            name, content = parameters_of(options, seed)
            avoid_itk_border(content, case.image)
            limit_levels(content, case.image)
            # NIfTI keeps a float32 geometry and both programs have to read it alike.
            ending = ".nii.gz" if seed % 4 == 0 else ".nrrd"
            image, mask, parameters = (
                Path(folder) / file for file in (f"image{ending}", f"mask{ending}", "params.yaml")
            )
            sitk.WriteImage(case.image, str(image))
            sitk.WriteImage(case.mask, str(mask))
            with parameters.open("w") as file:
                YAML(typ="safe", pure=True).dump(content, file)
            theirs = run_pyradiomics(parameters, image, mask)
            ours = run_radiome(binary, parameters, image, mask)
            before = len(tally.rows)
            lines = tally.compare(ours, theirs, content)
            details += [(seed, name, *row) for row in tally.rows[before:]]
            if not lines:
                continue
            differing_cases.append(seed)
            if not options.quiet:
                print(f"seed {seed}: {case.text}; {name}: {content['setting']}")
                for line in lines[: options.shown]:
                    print(f"    {line}")
                if len(lines) > options.shown:
                    print(f"    and {len(lines) - options.shown} more")
                sys.stdout.flush()
            if options.keep:
                kept = options.keep / f"seed_{seed}"
                kept.mkdir(parents=True, exist_ok=True)
                for path in (image, mask, parameters):
                    (kept / path.name).write_bytes(path.read_bytes())
    if options.csv:
        with options.csv.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(
                ["seed", "settings", "feature", "radiome", "pyradiomics", "relative_difference"]
            )
            writer.writerows(details)
    summarize(options, tally, differing_cases, time.monotonic() - start)
    return 1 if differing_cases else 0


def summarize(options, tally, differing_cases, seconds):
    print(
        f"{options.cases} cases from seed {options.seed} in {seconds:.0f} s against PyRadiomics "
        f"{radiomics.__version__}, SimpleITK {sitk.Version_VersionString()}: {tally.compared} "
        f"compared, {tally.refused} refused by both; {tally.values} values, {tally.undefined} of "
        "them NaN"
    )
    if tally.absent:
        print(f"{tally.absent} images that PyRadiomics leaves out and radiome has as NaN, too small")
    print("largest relative difference per class and image:")
    for kind, (difference, name) in sorted(tally.worst.items()):
        print(f"    {kind:18} {difference:.1e}  {name}")
    for reason, count in tally.explained.most_common():
        print(f"known, not counted: {count} x {reason}")
    if differing_cases:
        print(f"{len(differing_cases)} cases differ: seeds {differing_cases}")
        print("most often:")
        for name, count in tally.differing.most_common(20):
            print(f"    {count:4} {name}")
    else:
        print("no differences")


if __name__ == "__main__":
    sys.exit(main())
