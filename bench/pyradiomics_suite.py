"""Runs PyRadiomics' own tests and examples against radiome, with the import changed.

    pip install radiome SimpleITK pytest pandas
    git clone https://github.com/AIM-Harvard/pyradiomics
    python bench/pyradiomics_suite.py pyradiomics

The checkout is copied, `import radiomics` becomes `import radiome`, and test cases are taken from the
checkout, not downloaded. What is left out, and why, stands in LEFT_OUT and is printed.
"""

from __future__ import annotations

import argparse
import csv
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LEFT_OUT = {
    "tests/test_matrices.py": "looks into the matrices of PyRadiomics' classes, which are private",
    "tests/test_wavelet.py": "its test cases are no part of the checkout",
    "tests/test_exampleSettings.py": "checks with pykwalify; instead, radiome reads the same files",
    "tests/test_package.py": "asks for the version of the package pyradiomics",
    "tests/addTest.py": "no test: it adds one",
    "tests/add_baseline.py": "no test: it adds a baseline",
}

#: Where scripts find the test cases of the checkout.
CASES = '''
from pathlib import Path

DATA = Path({data!r})
testCases = tuple(sorted(path.name.removesuffix("_image.nrrd") for path in DATA.glob("*_image.nrrd")))


def getTestCase(testCase, dataDirectory=None):
    if testCase not in testCases:
        raise ValueError(f"{{testCase}} is no test case of the checkout")
    return tuple(str(DATA / f"{{testCase}}_{{kind}}.nrrd") for kind in ("image", "label"))
'''

#: Examples with their arguments, and what is changed in them so that they run from a checkout.
EXAMPLES: dict[str, tuple[list[str], list[tuple[str, str]]]] = {
    "helloRadiomics.py": ([], []),
    "helloRadiomicsWithSettings.py": ([], []),
    "helloFeatureClass.py": ([], [("applyLog = False", "applyLog = True"), ("applyWavelet = False", "applyWavelet = True")]),
    "helloResampling.py": (
        ["{data}/brain1_image.nrrd", "{data}/brain1_label.nrrd", "image.nrrd", "mask.nrrd"],
        [],
    ),
    "helloVoxel.py": (
        [],
        # The image of lung2 is large, the path is one of Windows, and tqdm may be missing.
        [('"lung2"', '"brain1"'), ("exampleSettings\\exampleVoxel.yaml", "exampleSettings/exampleVoxel.yaml"), ("\ntqdmProgressbar()", "\n")],
    ),
    "batchprocessing.py": ([], []),
    "batchprocessing_parallel.py": ([], []),
    # Series.append is gone since pandas 2.
    "batchProcessingWithPandas.py": ([], [("featureVector.append(result)", "pd.concat([featureVector, result])")]),
}


def changed(text: str) -> str:
    """The script with radiome in the place of PyRadiomics."""
    text = re.sub(r"^(\s*)from radiomics import (\([^)]*\)|.*)$", _imports, text, flags=re.M)
    text = re.sub(r"^(\s*)from radiomics\.", r"\1from radiome.", text, flags=re.M)
    text = re.sub(r"^(\s*)import radiomics\b(?! as)", r"\1import radiome as radiomics", text, flags=re.M)
    text = re.sub(r"^(\s*)import radiomics as", r"\1import radiome as", text, flags=re.M)
    text = re.sub(r"\bradiomics\.getTestCase\b", "__import__('checkout_cases').getTestCase", text)
    return text.replace('getLogger("radiomics")', 'getLogger("radiome")')


def _imports(match: re.Match[str]) -> str:
    indent, names = match.groups()
    names = [name.strip() for name in names.strip("()").split(",") if name.strip()]
    of_cases = [name for name in names if name in ("getTestCase", "testCases")]
    others = [name for name in names if name not in of_cases]
    lines = []
    if others:
        lines.append(f"{indent}from radiome import {', '.join(others)}")
    if of_cases:
        lines.append(f"{indent}from checkout_cases import {', '.join(of_cases)}")
    return "\n".join(lines)


def absent(baseline: Path, present: set[str]) -> list[str]:
    """Takes from a baseline the columns of test cases whose image is not there; gives the cases."""
    with baseline.open(newline="") as file:
        rows = list(csv.reader(file))
    (of_column,) = (row for row in rows if row[0] == "diagnostics_Configuration_TestCase")
    keep = [place for place, case in enumerate(of_column) if place == 0 or case in present]
    with baseline.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([[row[place] for place in keep] for row in rows])
    return sorted({case for place, case in enumerate(of_column) if place and case not in present})


def run(command: list[str], folder: Path) -> tuple[int, str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--keep", action="store_true", help="keep the changed copy")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="pyradiomics-suite-"))
    bad = 0
    try:
        for name in ("tests", "examples", "data"):
            shutil.copytree(arguments.checkout / name, folder / name)
        data = str(folder / "data")
        for place in ("tests", "examples"):
            (folder / place / "checkout_cases.py").write_text(CASES.format(data=data))
            for script in (folder / place).glob("*.py"):
                if script.name != "checkout_cases.py":
                    script.write_text(changed(script.read_text()))
        for name, why in LEFT_OUT.items():
            (folder / name).unlink(missing_ok=True)
            print(f"left out  {name}: {why}")

        present = {path.name.removesuffix("_image.nrrd") for path in (folder / "data").glob("*_image.nrrd")}
        for baseline in sorted((folder / "data" / "baseline").glob("baseline_*.csv")):
            missing = absent(baseline, present)
            if missing:
                print(f"left out  data/baseline/{baseline.name}: no image in the checkout for {', '.join(missing)}")
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=line", "-p", "no:cacheprovider"]
        status, said = run(command, folder / "tests")
        print(f"{'ok    ' if status == 0 else 'FAILED'}    tests: {said.strip().splitlines()[-1]}")
        bad += status != 0
        if status:
            print(said[-4000:])

        voxel = folder / "examples" / "exampleSettings" / "exampleVoxel.yaml"
        if voxel.is_file():
            voxel.write_text(voxel.read_text().replace("initValue: nan", "initValue: 0"))
            print("changed   examples/exampleSettings/exampleVoxel.yaml: initValue is a number, not nan")
        for path in sorted((folder / "examples" / "exampleSettings").glob("*.y*ml")):
            read = f"import radiome; radiome.RadiomicsFeatureExtractor({str(path)!r})"
            status, said = run([sys.executable, "-c", read], folder)
            print(f"{'ok    ' if status == 0 else 'FAILED'}    examples/exampleSettings/{path.name}")
            bad += status != 0

        # The cases of the batch examples are those of the checkout.
        listed = ["ID,Image,Mask"]
        for number, name in enumerate(("brain1", "breast1"), 1):
            listed.append(f"{number},{data}/{name}_image.nrrd,{data}/{name}_label.nrrd")
        (folder / "examples" / "testCases.csv").write_text("\n".join(listed) + "\n")
        for name, (given, changes) in EXAMPLES.items():
            script = folder / "examples" / name
            if not script.is_file():
                continue
            text = script.read_text()
            for old, new in changes:
                if old not in text:
                    print(f"note      examples/{name}: {old!r} is not in it")
                text = text.replace(old, new)
            script.write_text(text)
            given = [one.format(data=data) for one in given]
            status, said = run([sys.executable, name, *given], folder / "examples")
            failed = status != 0 or "FEATURE EXTRACTION FAILED" in said or "Traceback" in said
            last = said.strip().splitlines()[-1] if said.strip() else ""
            print(f"{'FAILED' if failed else 'ok    '}    examples/{name}: {last[:100]}")
            bad += failed
            if failed:
                print(said[-3000:])
    finally:
        if arguments.keep:
            print(f"kept in {folder}")
        else:
            shutil.rmtree(folder)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
