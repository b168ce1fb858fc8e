"""Writes distributions.csv: tails and quantiles at 50 digits.

Run with mpmath 1.3: python distributions.py > distributions.csv
Columns: function, three arguments (empty when unused), expected value to 17 digits.
"""

import mpmath as mp

mp.mp.dps = 60
print("function,a,b,c,expected")


def row(name, *args):
    *args, value = args
    if value == 0 or abs(value) < mp.mpf("1e-300"):
        return
    cells = [repr(float(a)) for a in args] + [""] * (3 - len(args))
    print(f"{name},{','.join(cells)},{mp.nstr(value, 17, min_fixed=1, max_fixed=0)}")


def ibeta(a, b, x):
    """I_x(a, b) from the series on whichever side converges."""
    a, b, x = mp.mpf(a), mp.mpf(b), mp.mpf(x)

    def series(a, b, x):
        term, total, n = mp.mpf(1), mp.mpf(1), 0
        while abs(term) > abs(total) * mp.mpf(10) ** -58:
            term *= (a + b + n) / (a + 1 + n) * x
            total += term
            n += 1
        return mp.exp(a * mp.log(x) + b * mp.log(1 - x) - mp.log(a)
                      - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(a + b)) * total

    if x <= 0:
        return mp.mpf(0)
    if x >= 1:
        return mp.mpf(1)
    if x <= (a + 1) / (a + b + 2):
        return series(a, b, x)
    return 1 - series(b, a, 1 - x)


def exact(x):
    return mp.mpf(float(x))


for x in [1e-10, 0.01, 0.3, 0.5, 1, 1.5, 2, 3.7, 9.9, 16, 100.5, 1e4, 1e6]:
    row("ln_gamma", x, mp.loggamma(exact(x)))
    for b in [1e-6, 0.5, 2.5, 12, 500, 1e5]:
        row("ln_beta", x, b, mp.log(mp.beta(exact(x), exact(b))))
for x in [-37, -20, -8.3, -5, -1.96, -1, -0.1, -1e-9, 0, 1e-9, 0.3, 1, 1.96, 5, 8.3, 20, 37]:
    row("normal_cdf", x, mp.erfc(-exact(x) / mp.sqrt(2)) / 2)
    row("normal_sf", x, mp.erfc(exact(x) / mp.sqrt(2)) / 2)
for df in [0.3, 1, 2, 3.7, 10, 39, 107, 498, 2000]:
    for t in [1e-9, 1e-4, 0.1, 0.7, 1, 1.98, 3.3, 6, 12, 40, 1000]:
        t_, df_ = exact(t), exact(df)
        y = t_ * t_ / (df_ + t_ * t_)
        two = ibeta(df_ / 2, mp.mpf(1) / 2, 1 - y)
        row("student_t_sf", t, df, two / 2)
        row("student_t_cdf", t, df, 1 - two / 2)
for df in [0.5, 1, 2, 3, 5, 9.5, 30, 108, 1000]:
    for r in [1e-6, 0.01, 0.3, 0.7, 0.95, 1, 1.05, 1.5, 3, 10, 40]:
        x = exact(r * df)
        row("chi_square_cdf", float(x), df, mp.gammainc(exact(df) / 2, 0, x / 2, regularized=True))
        row("chi_square_sf", float(x), df, mp.gammainc(exact(df) / 2, x / 2, mp.inf, regularized=True))
for d1, d2 in [(1, 1), (1, 107), (2, 5), (39, 40), (39, 39), (2, 178), (5.5, 0.4), (300, 12), (400, 400), (39, 1.07)]:
    for x in [1e-12, 1e-4, 0.1, 0.5, 0.98, 1, 1.02, 1.6, 4, 12, 188, 1e5]:
        a, b, z = exact(d1) / 2, exact(d2) / 2, exact(x)
        low = exact(d1) * z / (exact(d1) * z + exact(d2))
        row("f_cdf", x, d1, d2, ibeta(a, b, low))
        row("f_sf", x, d1, d2, ibeta(b, a, 1 - low))
for a, b in [(0.5, 0.5), (1, 1), (1, 109), (84, 26), (2.2, 7.1), (0.01, 3), (500, 0.5), (400, 700)]:
    for x in [1e-12, 1e-3, 0.1, 0.399, 0.5, 0.77, 0.99, 1 - 1e-9]:
        row("beta_cdf", x, a, b, ibeta(a, b, exact(x)))
        row("beta_sf", x, a, b, ibeta(b, a, 1 - exact(x)))
for n, p in [(10, 0.5), (109, 0.03), (1500, 0.75)]:
    for k in [0, n // 10, n // 3, n // 2, 3 * n // 4, n - 1]:
        row("binomial_cdf", k, n, p, ibeta(n - k, k + 1, 1 - exact(p)))
        row("binomial_sf", k, n, p, ibeta(k + 1, n - k, exact(p)))
