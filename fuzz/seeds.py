#!/usr/bin/env python3
"""Writes the seeds: small files of every kind that a reader takes, all synthetic.

Images, objects and spreadsheets are those that the crates' own tests compare with other programs
(made by the scripts beside them), or are built here; texts are written out; model and results are
those of a small study that the program runs. Needs Python 3 and the program, built for release:

    python3 fuzz/seeds.py
"""

import gzip
import io
import json
import random
import shutil
import struct
import subprocess
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
CRATES = HERE.parent / "crates"
FORMATS = CRATES / "image/tests/reference/formats"
DICOM = CRATES / "dicom/tests/reference"
CORPUS = HERE / "corpus"
MARK = b"====="
PROGRAM = HERE.parent / "target/release/radiome"


def write(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def nifti(datatype=4, bits=16, dim=(3, 3, 2, 2, 1, 1, 1, 1), data=bytes(24), sform=1, magic=b"n+1\0",
          slope=0.0, offset=352.0, pixdim=(1, 1, 1.5, 2, 0, 0, 0, 0), intent=0, order="<"):
    head = bytearray(348)
    pack = lambda form, at, *values: struct.pack_into(order + form, head, at, *values)
    pack("i", 0, 348)
    pack("8h", 40, *dim)
    pack("3h", 68, intent, datatype, bits)
    pack("8f", 76, *pixdim)
    pack("3f", 108, offset, slope, 1.0)
    head[123] = 2
    pack("2h", 252, 1, sform)
    pack("6f", 256, 0, 0, 0, -5, 3, 7)
    pack("12f", 280, 1, 0, 0, -5, 0, 1.5, 0, 3, 0, 0, 2, 7)
    head[344:348] = magic
    return bytes(head) + (b"\0" * 4 if magic == b"n+1\0" else b"") + data


def images():
    plain = nifti()
    write("nifti", "int16", b"\0" + plain)
    write("nifti", "packed", b"\2" + plain)
    write("nifti", "slope", b"\0" + nifti(2, 8, data=bytes(range(12)), slope=2.5, sform=0))
    write("nifti", "big", b"\0" + nifti(16, 32, data=bytes(48), order=">"))
    write("nifti", "pair", b"\1" + nifti(magic=b"ni1\0", offset=0.0)[:348] + MARK + bytes(24))
    write("nifti", "vector", b"\0" + nifti(512, 16, (5, 2, 2, 1, 1, 3, 1, 1), bytes(24), intent=1007))
    write("nifti", "colours", b"\0" + nifti(128, 24, (3, 2, 2, 1, 1, 1, 1, 1), bytes(12)))
    write("gzip", "one.gz", gzip.compress(plain, mtime=0))
    write("gzip", "two_members.gz", gzip.compress(plain[:200], mtime=0) + gzip.compress(plain[200:], mtime=0))
    write("gzip", "stored.gz", gzip.compress(plain, 0, mtime=0))
    write("gzip", "zeros.gz", gzip.compress(nifti(2, 8, (3, 50, 50, 20, 1, 1, 1, 1), bytes(50000)), mtime=0))
    for path in sorted(FORMATS.glob("nifti_2_*")):
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            write("gzip", path.name, data)
            data = gzip.decompress(data)
        write("nifti", path.name, b"\0" + data)
    for path in sorted(FORMATS.glob("*.nrrd")):
        write("nrrd", path.name, path.read_bytes())
    for path in sorted(FORMATS.glob("*.mha")):
        write("meta_image", path.name, path.read_bytes())
    head = b"NRRD0005\ntype: short\ndimension: 3\nsizes: 2 2 2\nendian: little\nencoding: raw\n"
    places = b"space: left-posterior-superior\nspace directions: (1,0,0) (0,1.5,0) (0,0,2)\nspace origin: (-5,3,7)\n"
    write("nrrd", "detached", head + places + b"data file: 1.raw\n\n" + MARK + bytes(16))
    write("nrrd", "list", head + places + b"data file: LIST\n1.raw\n2.raw\n" + MARK + bytes(8) + MARK + bytes(8))
    write("nrrd", "pattern", head + places + b"data file: %d.raw 1 2 1\n\n" + MARK + bytes(8) + MARK + bytes(8))
    keys = b"".join(b"Segment%d_%s:=%s\n" % (n, key, value) for n in range(3) for key, value in [
        (b"ID", b"s%d" % n), (b"Name", b"Tumour %d" % n), (b"LabelValue", b"%d" % (n + 1)), (b"Layer", b"%d" % (n % 2))])
    layers = (b"NRRD0004\ntype: uchar\ndimension: 4\nsizes: 2 2 2 2\nencoding: raw\nkinds: list domain domain domain\n"
              b"space: right-anterior-superior\nspace directions: none (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\n")
    write("nrrd", "layers.seg", layers + keys + b"\n" + bytes([0, 1, 2, 3] * 4))
    write("nrrd", "old", b"NRRD0001\ntype: double\ndimension: 2\nsizes: 2 2\nspacings: 1 2\naxis mins: 0 0\n"
                         b"centers: cell node\nendian: big\nencoding: ascii\n\n1 2.5 nan 1e308\n")
    meta = b"ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementSpacing = 1 1.5 2\nOffset = 0 1 2\n"
    write("meta_image", "detached", meta + b"ElementType = MET_SHORT\nElementDataFile = 1.raw\n" + MARK + bytes(16))
    write("meta_image", "list", meta + b"ElementType = MET_UCHAR\nElementDataFile = LIST\n1.raw\n2.raw\n" + MARK + bytes(4) + MARK + bytes(4))
    write("meta_image", "pattern", meta + b"ElementType = MET_UCHAR\nElementDataFile = %d.raw 1 2\n" + MARK + bytes(4) + MARK + bytes(4))
    write("label_descriptions", "two", '# ITK-SnAP\n    0     0    0    0        0  0  0    "Clear Label"\n'
          '    1   255    0    0        1  1  1    "Tumour"\n    2     0  255    0      0.5  1  1    "Oedema \\"x\\""\n')


def objects():
    for path in sorted((DICOM / "syntaxes").glob("*.dcm")):
        data = path.read_bytes()
        if path.stem.endswith(("u8", "i16")) or "lossy" in path.stem or "near" in path.stem:
            write("dicom", path.name, data)
        frame = packed_frame(data)
        if frame:
            write("pixels", path.stem, frame)
    for path in sorted((DICOM / "segmentations").glob("*.dcm")):
        write("segmentation", path.name, path.read_bytes())
    write("contours", "RS.dcm", (DICOM / "contours/RS.dcm").read_bytes())
    for name in ["enhanced-mr.dcm", "enhanced-mr-jpeg-2000.dcm"]:
        write("dicom", name, (DICOM / "series" / name).read_bytes())
    for folder, name in [("series", "plain"), ("series", "oblique"), ("pet", "start"), ("pet", "late-series-ge")]:
        archive = DICOM / folder / f"{name}.zip"
        with zipfile.ZipFile(archive) as members:
            parts = [members.read(member) for member in members.namelist()][:3]
        write("dicom_series", name, MARK.join(parts))
        small = io.BytesIO()
        with zipfile.ZipFile(small, "w", zipfile.ZIP_STORED) as members:
            for number, part in enumerate(parts[:2]):
                members.writestr(zipfile.ZipInfo(f"../{number}.dcm"), part)
        write("zip", f"{name}-stored", small.getvalue())
    write("zip", "plain-packed", (DICOM / "series/plain.zip").read_bytes())


def packed_frame(data):
    """The compressed frame of an object, after what says how it is compressed."""
    syntaxes = [b"1.2.840.10008.1.2.5\0", b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.1.2.4.51", b"1.2.840.10008.1.2.4.57",
                b"1.2.840.10008.1.2.4.70", b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.4.81", b"1.2.840.10008.1.2.4.90",
                b"1.2.840.10008.1.2.4.91"]
    ways = [number for number, uid in enumerate(syntaxes) if uid in data[:400]]
    start = data.find(b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff")
    if not ways or start < 0:
        return None
    at = start + 12
    at += 8 + struct.unpack_from("<I", data, at + 4)[0]
    length = struct.unpack_from("<I", data, at + 4)[0]
    word = lambda tag: struct.unpack_from("<H", data, data.find(tag + b"US") + 8)[0]
    wide = 0x80 if word(b"\x28\0\0\x01") == 16 else 0
    sizes = [word(b"\x28\0\x10\0"), word(b"\x28\0\x11\0")]
    return bytes([ways[0] | wide, *sizes]) + data[at + 8:at + 8 + length]


TABLE = "ID;age;sex;grade\nP1;61,5;m;1\nP2;47;f;0\n\"P;3\";NA;;1\n"


def workbook(sheet):
    """The parts of a spreadsheet, as the target puts them together."""
    return (f'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f"<sheetData>{sheet}</sheetData></worksheet>")


def texts():
    write("table", "semicolons", b"\0" + TABLE.encode())
    write("table", "commas", b"\0\xef\xbb\xbfID,x\nA,1\nB,1e308\nC,NaN\n")
    write("table", "tabs", b"\0ID\tx\ty\nA\t1\t2\n\n\nB\t3\t4\n")
    write("table", "utf16", b"\0\xff\xfe" + TABLE.encode("utf-16-le"))
    write("table", "packed", b"\1" + TABLE.encode())
    cells = ('<row r="1"><c r="A1" t="inlineStr"><is><t>ID</t></is></c><c r="B1" t="s"><v>0</v></c></row>'
             '<row r="3"><c r="A3" t="str"><v>P1</v></c><c r="B3"><v>2.5</v></c><c r="C3" t="b"><v>1</v></c>'
             '<c r="D3" t="e"><v>#N/A</v></c><c r="E3" t="d"><v>2020-01-02</v></c></row>')
    write("table", "sheet", b"\2" + workbook(cells).encode())
    write("table", "strings", b"\3<sst><si><t>age</t></si><si><r><t>a</t></r><r><t>b</t></r></si></sst>")
    write("table", "names", b'\4<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
          b'<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>')
    for path in sorted((CRATES / "radiome/src/study").glob("*template*.yaml")) + sorted(HERE.parent.glob("examples/**/*.yaml")):
        text = path.read_text()
        if "\noutcome:" in text:
            write("study", path.parent.name + "-" + path.stem, text)
        else:
            write("parameters", path.parent.name + "-" + path.stem, text)
    write("study", "small", "name: s\ntables: [{file: t.csv, id: ID}]\noutcome: {column: grade, positive: 1}\n"
          "survival: {time: days, event: dead}\nsplit: {column: centre, train: [A], external: [B]}\n"
          "features: {file: f.csv, id: ID}\nclinical: {candidates: [age, sex]}\nsubgroups: [sex]\nstage: stage\n"
          "validation: {repeats: 2, folds: 3, bootstrap: 0}\nharmonization: {method: combat, batch: centre}\n")
    write("parameters", "filters", "setting: {binWidth: 5, normalize: true, resampledPixelSpacing: [1, 1, 1], label: 1}\n"
          "imageType:\n  Original: {}\n  LoG: {sigma: [1.0, 3]}\n  Wavelet: {binWidth: 10}\n  LBP3D: {}\n"
          "featureClass: {shape: null, firstorder: [], glcm: ['Contrast', JointEntropy]}\n")
    write("parameters", "ibsi", "profile: ibsi:mr\nsetting: {binCount: 32}\nfeatureClass: {morphology: , statistics: }\n")
    write("parameters", "aliases", "setting: &a {binWidth: 5}\nvoxelSetting: {kernelRadius: 1}\nimageType: {Original: *a}\n")
    write("parameters", "json", '{"setting": {"binCount": 16, "resegmentRange": [-3, 3], "resegmentMode": "sigma"}}')
    write("audit", "counts", "variable,level,train_low,train_high,ext_low,ext_high,p_train,p_ext\nsex,m,20,30,10,12,0.41,<0.001\n,f,39,20,24,25,,\n")
    write("audit", "means", "variable,group,n,mean,sd,published_p,set\nage,low,59,55.1,12.3,0.043,train\nage,high,50,60.2,11.9,,train\n")
    write("audit", "ratios", "variable,or,lower,upper,p,analysis\nsex,1.52,1.01,2.30,0.046,univariate\nsex,1.4,0.9,2.2,.13,multivariate\n")
    write("audit", "performance", "model,set,auc,lower,upper,acc,sen,spe,ppv,npv\nnomogram,train,0.879,0.82,0.94,0.82,0.84,0.80,0.78,0.86\n")
    write("audit", "comparisons", "a,b,set,p\nnomogram,clinical,train,0.012\n" + "=====" +
          "model,set,auc,lower,upper\nnomogram,train,0.88,0.82,0.94\nclinical,train,0.7,0.6,0.8\n")
    write("audit", "objects", '{"a vs b": {"diff": 0.1, "se1": 0.03, "se2": 0.04, "p": "<0.01", "x": null}}')


def study():
    """The model and the results of a small study."""
    chance = random.Random(3)
    clinical = ["ID,centre,grade,age,sex,site,days,event,stage"]
    features = ["ID," + ",".join(f"T1_f{n}" for n in range(5))]
    for row in range(60):
        positive = row % 2
        clinical.append(",".join(map(str, [
            f"P{row}", "A" if row < 40 else "B", positive, 40 + 10 * positive + chance.randrange(25),
            chance.choice("mf"), chance.choice(["arm", "leg", "trunk"]), chance.randrange(200, 900) - 100 * positive,
            int(chance.random() < 0.4 + 0.3 * positive), chance.choice(["I", "II", "III"])])))
        features.append(f"P{row}," + ",".join(f"{chance.gauss(positive * (n % 2), 1):.3f}" for n in range(5)))
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "c.csv").write_text("\n".join(clinical) + "\n")
        (folder / "f.csv").write_text("\n".join(features) + "\n")
        (folder / "s.yaml").write_text(
            "name: s\ntables: [{file: c.csv, id: ID}]\noutcome: {column: grade}\nsurvival: {time: days, event: event}\n"
            "split: {column: centre, train: [A], external: [B]}\nfeatures: {file: f.csv, id: ID}\n"
            "harmonization: {method: combat, batch: site, unseen: none}\nselection: {k: 3}\nsignature: {folds: 3}\n"
            "clinical: {candidates: [age, sex], p: 0.9}\nvalidation: {repeats: 1, folds: 3, bootstrap: 2}\n"
            "subgroups: [sex]\nstage: stage\n")
        subprocess.run([PROGRAM, "study", "run", "s.yaml", "--out", "run", "--quiet"], cwd=folder, check=True, capture_output=True)
        model, whole = (json.loads((folder / "run" / f"{name}.json").read_text()) for name in ["model", "results"])
    compact = lambda value: json.dumps(value, separators=(",", ":"))
    write("model", "study.json", compact(model))
    for name, part in parts(cut(whole)).items():
        write("results", f"{name}.json", compact(part))


def cut(value):
    """Lists of records cut to two, of numbers to four: shorter ones may be arrays of a fixed length."""
    if isinstance(value, dict):
        return {key: cut(one) for key, one in value.items()}
    if isinstance(value, list):
        return [cut(one) for one in value[:2 if value and isinstance(value[0], dict) else 4]]
    return value


def parts(whole):
    """Results that hold some of what a study finds, each a report of its own: small files are changed
    and drawn many times as fast as one that holds everything."""
    absent = {"harmonization": None, "sample_size": None, "survival": None, "calibration": {}, "decision_curve": {},
              "performance": {}, "delong": [], "internal_validation": {}, "subgroups": [], "controls": {}}
    bare = whole | absent | {"table_one": whole["table_one"] | {"rows": []}}
    pick = lambda *keys: {key: whole[key] for key in keys}
    nomogram = lambda value: {"nomogram": value["nomogram"]}
    survival = whole["survival"]
    by_model = ["kaplan_meier", "log_rank", "hazard_ratios"]
    one_model = survival | {key: nomogram(survival[key]) for key in by_model}
    return {
        "cohort": bare | pick("table_one", "harmonization", "controls", "sample_size"),
        "performance": bare | pick("performance", "delong"),
        "resampled": bare | pick("internal_validation", "subgroups"),
        "calibration": bare | {"calibration": nomogram(whole["calibration"])},
        "decision": bare | pick("decision_curve"),
        "survival": bare | {"survival": one_model | {"decision_curve": {}}},
        "survival-decision": bare | {"survival": one_model | {key: {} for key in by_model}},
    }


shutil.rmtree(CORPUS, ignore_errors=True)
images()
objects()
texts()
study()
total = sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file())
print(sum(1 for path in CORPUS.rglob("*") if path.is_file()), "files,", total, "bytes")
assert total < 500_000
