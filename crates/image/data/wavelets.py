"""Makes wavelets.csv: the scaling filters of every discrete wavelet that PyWavelets knows.

The coefficients are the published ones of Daubechies (1988, 1992), Hatano's tables of db and coif
(https://www.musicdsp.org/files/daub.h and coif.h), Cohen, Daubechies and Feauveau (1992) and the
finite approximation of Meyer's wavelet, with the digits that PyWavelets carries.

Columns: name; scale, a factor of the coefficients that PyWavelets applies in the precision of the
image (the square root of 2 for coiflets); lowpass, the reconstruction low-pass filter; dual, the
decomposition low-pass filter of the biorthogonal wavelets. For orthogonal ones that is the
reversed low-pass filter. Numbers are shortest decimals that read back as the same double.
`haar` is db1, an `rbio` is the `bior` of the same order with both filters exchanged and reversed:
neither is listed.

Run: python wavelets.py wavelets_coeffs.template.h   (PyWavelets 1.9; the header is of its source,
needed for the unscaled coiflets alone)
"""
import csv
import re
import sys

import pywt

SQRT2 = 2.0**0.5
header = open(sys.argv[1]).read()


def coiflet(name):
    body = re.search(rf"{name}_, TYPE\)\[\d+\] = \{{(.*?)\}};", header, re.S).group(1)
    return [float(number) for number in body.replace(",", " ").split()]


def text(numbers):
    # Without negative zeros and trailing ".0".
    return " ".join(re.sub(r"\.0$", "", repr(number + 0.0)) for number in numbers)


def signed(numbers):
    last = len(numbers) - 1
    return [-number if (last - i) % 2 else number for i, number in enumerate(numbers)]


with open("wavelets.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["name", "scale", "lowpass", "dual"])
    for name in pywt.wavelist(kind="discrete"):
        wavelet = pywt.Wavelet(name)
        # The rule that the program derives the other filters by.
        assert wavelet.dec_hi == signed(wavelet.rec_lo)
        if name == "haar":
            assert wavelet.filter_bank == pywt.Wavelet("db1").filter_bank
            continue
        if name.startswith("rbio"):
            plain = pywt.Wavelet("bior" + name[len("rbio"):])
            assert wavelet.dec_lo == plain.rec_lo[::-1] and wavelet.rec_lo == plain.dec_lo[::-1]
            continue
        if name.startswith("bior"):
            table.writerow([name, 1, text(wavelet.rec_lo), text(wavelet.dec_lo)])
            continue
        assert wavelet.dec_lo == wavelet.rec_lo[::-1]
        if name.startswith("coif"):
            unscaled = coiflet(name)
            assert [number * SQRT2 for number in unscaled] == wavelet.rec_lo
            table.writerow([name, repr(SQRT2), text(unscaled), ""])
        else:
            table.writerow([name, 1, text(wavelet.rec_lo), ""])
