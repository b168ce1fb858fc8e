"""Writes pet.json and the PET series in pet/, each of two slices.

Needs pydicom 3.0:
    python make_pet.py
The expected factors follow the vendor-neutral pseudo-code of QIBA (FDG-PET/CT profile 1.13,
appendix G), with Python's datetime and decimal logarithms of its own.
"""

import io
import json
import math
import shutil
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import PositronEmissionTomographyImageStorage

from make_series import dataset, write

HERE = Path(__file__).parent
WEIGHT, DOSE, HALF_LIFE = 72.5, 350.5e6, 6586.2  # kg, Bq, s (F-18)
INJECTED = datetime(2001, 3, 4, 10, 15, 30)
SCAN = datetime(2001, 3, 4, 11, 20, 45, 500000)


def clock(moment):
    return moment.strftime("%H%M%S.%f")


def date(moment):
    return moment.strftime("%Y%m%d")


def pet(name, injected=INJECTED, scan=SCAN, edit=None):
    found = []
    for number in range(2):
        ds = dataset(name, number, PositronEmissionTomographyImageStorage, "i16")
        ds.Units, ds.DecayCorrection = "BQML", "START"
        ds.CorrectedImage = ["DECY", "ATTN", "SCAT", "NORM"]
        ds.PatientWeight = str(WEIGHT)
        ds.SeriesDate, ds.SeriesTime = date(scan), clock(scan)
        ds.AcquisitionDate, ds.AcquisitionTime = date(scan), clock(scan)
        ds.RescaleSlope, ds.RescaleIntercept = f"{2.5 + number}", "0"
        drug = Dataset()
        drug.RadiopharmaceuticalStartTime = clock(injected)
        drug.RadionuclideTotalDose, drug.RadionuclideHalfLife = str(DOSE), str(HALF_LIFE)
        ds.RadiopharmaceuticalInformationSequence = Sequence([drug])
        if edit:
            edit(ds, drug, number)
        found.append(ds)
    with zipfile.ZipFile(HERE / "pet" / f"{name}.zip", "w") as out:
        for number, ds in enumerate(found):
            raw = io.BytesIO()
            write(ds, raw)
            info = zipfile.ZipInfo(f"{number}.dcm", (2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, raw.getvalue())


def factor(start=SCAN, injected=INJECTED, scale=1.0):
    decayed = DOSE * math.pow(2, -(start - injected).total_seconds() / HALF_LIFE)
    return scale * WEIGHT * 1000 / decayed


def main():
    shutil.rmtree(HERE / "pet", ignore_errors=True)
    (HERE / "pet").mkdir()
    expected = {}

    pet("start")
    expected["start"] = factor()

    # A series made an hour after the scan: its time is a trap.
    later = SCAN + timedelta(hours=1, seconds=7)

    def ge(ds, drug, number):
        ds.SeriesDate, ds.SeriesTime = date(later), clock(later)
        ds.AcquisitionTime = clock(SCAN + timedelta(seconds=90))
        block = ds.private_block(0x0009, "GEMS_PETD_01", create=True)
        block.add_new(0x0D, "DT", SCAN.strftime("%Y%m%d%H%M%S.%f"))

    pet("late-series-ge", edit=ge)
    expected["late-series-ge"] = factor()

    # The same without GE's time: from the frame reference time of each bed position.
    duration, constant = 180.0, math.log(2) / HALF_LIFE
    mean = math.log(constant * duration / (1 - math.exp(-constant * duration))) / constant

    def siemens(ds, drug, number):
        ds.SeriesDate, ds.SeriesTime = date(later), clock(later)
        began = 300.0 * number + 20
        ds.AcquisitionTime = clock(SCAN + timedelta(seconds=began))
        ds.ActualFrameDuration = int(1000 * duration)
        ds.FrameReferenceTime = f"{1000 * (began + mean):.6f}"

    pet("late-series-frames", edit=siemens)
    expected["late-series-frames"] = factor()

    # Neither: the first acquisition.
    def neither(ds, drug, number):
        ds.SeriesDate, ds.SeriesTime = date(later), clock(later)
        ds.AcquisitionTime = clock(SCAN + timedelta(seconds=100 * (1 - number)))

    pet("late-series-plain", edit=neither)
    expected["late-series-plain"] = factor()

    def admin(ds, drug, number):
        ds.DecayCorrection = "ADMIN"

    pet("admin", edit=admin)
    expected["admin"] = WEIGHT * 1000 / DOSE

    injected, scan = datetime(2001, 3, 4, 23, 40), datetime(2001, 3, 5, 0, 50, 10)
    pet("midnight", injected, scan)
    expected["midnight"] = factor(scan, injected)

    def exact(ds, drug, number):
        drug.RadiopharmaceuticalStartDateTime = INJECTED.strftime("%Y%m%d%H%M%S.%f")
        # What is exact goes before what is not.
        drug.RadiopharmaceuticalStartTime = "080000"

    pet("start-date-time", edit=exact)
    expected["start-date-time"] = factor()

    def philips(scale, activity):
        def edit(ds, drug, number):
            ds.Units = "CNTS"
            block = ds.private_block(0x7053, "Philips PET Private Group", create=True)
            if scale:
                block.add_new(0x00, "DS", scale)
            block.add_new(0x09, "DS", activity)

        return edit

    pet("philips-suv", edit=philips("0.000567", "1.875"))
    expected["philips-suv"] = 0.000567
    pet("philips-activity", edit=philips(None, "1.875"))
    expected["philips-activity"] = factor(scale=1.875)

    def gml(ds, drug, number):
        ds.Units = "GML"

    pet("gml", edit=gml)
    expected["gml"] = 1.0

    # What must not give a number.
    def without(keyword, where=None):
        def edit(ds, drug, number):
            delattr(drug if where else ds, keyword)

        return edit

    def setting(keyword, value, where=None):
        def edit(ds, drug, number):
            setattr(drug if where else ds, keyword, value)

        return edit

    bad = {
        "bad-weight": without("PatientWeight"),
        "bad-weight-zero": setting("PatientWeight", "0"),
        "bad-dose": without("RadionuclideTotalDose", "drug"),
        "bad-half-life": without("RadionuclideHalfLife", "drug"),
        "bad-injection": without("RadiopharmaceuticalStartTime", "drug"),
        "bad-units": setting("Units", "PROPCPS"),
        "bad-decay": setting("DecayCorrection", "NONE"),
        "bad-attenuation": setting("CorrectedImage", ["DECY"]),
        "bad-lean": lambda ds, drug, number: (gml(ds, drug, number),
                                              setattr(ds, "SUVType", "LBM")),
        "bad-counts": setting("Units", "CNTS"),
        "bad-shifted-date": setting("RadiopharmaceuticalStartDateTime", "20000101101530", "drug"),
        "bad-modality": setting("Modality", "CT"),
    }
    for name, edit in bad.items():
        pet(name, edit=edit)
        expected[name] = None
    (HERE / "pet.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
