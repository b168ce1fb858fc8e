"""Stability of a selection (Nogueira, Sechidis and Brown 2018) in exact fractions.

Written from the formulas of the paper on the full matrix of resamples and features. Prints the
numbers of the unit test in src/selection/stability.rs: python3 stability.py
"""
from fractions import Fraction as F

CHOSEN = [[0, 1, 2], [0, 2], [0, 1, 3, 5], [], [0, 2, 6]]
FEATURES = 12

z = [[F(int(f in row)) for f in range(FEATURES)] for row in CHOSEN]
m, d = F(len(z)), F(FEATURES)
p = [sum(row[f] for row in z) / m for f in range(FEATURES)]
k_bar = sum(p)
unbiased = [m / (m - 1) * q * (1 - q) for q in p]
denominator = k_bar / d * (1 - k_bar / d)
stability = 1 - sum(unbiased) / d / denominator
phi = []
for row in z:
    k = sum(row)
    covariance = sum(a * b for a, b in zip(row, p)) / d - k * k_bar / d**2
    rest = stability / 2 * (2 * k * k_bar / d**2 - k / d - k_bar / d + 1)
    phi.append((covariance + rest) / denominator)
centre = sum(phi) / m
variance = F(4) / m**2 * sum((one - centre) ** 2 for one in phi)
print(repr(float(stability)), repr(float(variance)))
