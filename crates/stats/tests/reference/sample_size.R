# Sample sizes of pmsampsize 1.1.3 (R 4.2.2), and the R² of Cox and Snell that a C statistic implies,
# by adaptive quadrature: Rscript sample_size.R > sample_size.csv
#
# kind b: pmsampsize(type = "b"); x1 prevalence. kind s: type = "s"; x1 rate, x2 time, x3 mean
# follow-up; n3 is what pmsampsize does not tell, the smallest n whose interval lies within 0.05,
# found by trying. kind c: r2 of the C statistic x2 at the prevalence x1 by integrate(); sim is the
# value that pmsampsize simulates.
library(pmsampsize)
out <- function(...) cat(paste(c(...), collapse = ","), "\n", sep = "")
num <- function(x) format(x, digits = 15)
out("kind", "parameters", "r2", "shrinkage", "x1", "x2", "x3", "n1", "n2", "n3", "max_r2", "sim")
for (p in c(0.02, 0.05, 0.174, 0.25, 0.5, 0.77)) for (k in c(1, 5, 24, 36, 150))
  for (share in c(0.05, 0.15, 0.3, 0.6, 0.9)) for (s in c(0.8, 0.9, 0.95)) {
    r2 <- round(share * (1 - (p^p * (1 - p)^(1 - p))^2), 4)
    x <- pmsampsize(type = "b", csrsquared = r2, parameters = k, prevalence = p, shrinkage = s)
    out("b", k, r2, s, p, "", "", x$results_table[1:3, 1], num(x$max_r2a), "")
  }
for (row in list(c(25, 0.051, 0.065, 2, 2.07), c(25, 0.065, 0.065, 2, 2.07), c(50, 0.051, 0.065, 2, 2.07),
                 c(30, 0.051, 0.065, 2, 2.07), c(25, 0.051, 0.1, 2, 2.07), c(25, 0.051, 0.065, 4, 2.07),
                 c(25, 0.051, 0.065, 2, 4), c(40, 0.06, 0.08, 3, 5), c(10, 0.03, 0.09, 3, 3),
                 c(80, 0.3, 0.03, 1, 5), c(2, 0.2, 0.02, 5, 3), c(1, 0.3, 0.3, 1, 1.5))) {
  x <- pmsampsize(type = "s", csrsquared = row[2], parameters = row[1], rate = row[3], timepoint = row[4], meanfup = row[5])
  n <- 1; risk <- function(rate) 1 - exp(-rate * row[4])
  repeat { h <- 1.96 * sqrt(row[3] / (n * row[5])); away <- abs(risk(row[3] + c(-h, h)) - risk(row[3])); if (max(away) <= 0.05) break; n <- n + 1 }
  out("s", row[1], row[2], 0.9, row[3:5], x$results_table[1:2, 1], n, num(x$max_r2a), "")
}
for (p in c(0.02, 0.174, 0.5, 0.77)) for (c in c(0.55, 0.7, 0.81, 0.89, 0.97)) {
  mu <- sqrt(2) * qnorm(c)
  f <- function(x, y) { eta <- qlogis(p) + mu * (x - mu / 2); dnorm(x, y * mu) * plogis(if (y) eta else -eta, log.p = TRUE) }
  one <- function(y) integrate(f, y * mu - 12, y * mu + 12, y = y, rel.tol = 1e-13, abs.tol = 0, subdivisions = 2000)$value
  r2 <- 1 - exp(-2 * (p * one(1) + (1 - p) * one(0) - p * log(p) - (1 - p) * log(1 - p)))
  out("c", "", num(r2), "", p, c, "", "", "", "", "", num(pmsampsize:::cstat2rsq(c, p)$R2.coxsnell))
}
