"""Writes fisher.csv: conditional odds ratios and exact limits of 2 x 2 tables at 50 digits.

Run with mpmath 1.3: python fisher.py > fisher.csv
The equations are those in fisher_exact.rs, solved by bisection in ln(odds ratio).
"""

import mpmath as mp

mp.mp.dps = 50
TABLES = [(38, 33, 21, 17), (13, 32, 46, 18), (34, 35, 0, 2), (3, 1, 1, 3), (0, 7, 12, 5),
          (512, 430, 488, 570), (58, 43, 1, 7), (5, 2, 3, 9)]


def terms(a, b, c, d, u):
    low, high = max(0, a + b - (b + d)), min(a + b, a + c)
    w = [mp.binomial(a + c, x) * mp.binomial(b + d, a + b - x) * mp.exp(u * x) for x in range(low, high + 1)]
    total = mp.fsum(w)
    return low, [v / total for v in w]


def solve(f):
    low, high = mp.mpf(-40), mp.mpf(40)
    for _ in range(90):
        mid = (low + high) / 2
        low, high = (mid, high) if f(mid) < 0 else (low, mid)
    return mp.nstr(mp.exp((low + high) / 2), 17)


print("a,b,c,d,odds_ratio,lower,upper,lower_one_sided,upper_one_sided")
for a, b, c, d in TABLES:
    first, p0 = terms(a, b, c, d, 0)
    k, n = a - first, len(p0)
    mean = lambda u: mp.fsum(i * p for i, p in enumerate(terms(a, b, c, d, u)[1])) - k
    above = lambda u: mp.fsum(terms(a, b, c, d, u)[1][k:])
    below = lambda u: mp.fsum(terms(a, b, c, d, u)[1][:k + 1])
    ratio = "0" if k == 0 else "inf" if k == n - 1 else solve(mean)
    lower = [("0" if k == 0 else solve(lambda u: above(u) - t)) for t in (mp.mpf("0.025"), mp.mpf("0.05"))]
    upper = [("inf" if k == n - 1 else solve(lambda u: t - below(u))) for t in (mp.mpf("0.025"), mp.mpf("0.05"))]
    print(f"{a},{b},{c},{d},{ratio},{lower[0]},{upper[0]},{lower[1]},{upper[1]}")
