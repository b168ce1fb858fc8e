# Pointwise bootstrap band of a lowess calibration curve, with R's own lowess and sampling.
# Rscript calibration_band.R writes calibration_band.csv: outcome, probability (ascending), and the
# 2.5 and 97.5 per cent quantiles over 20000 samples; NA where fewer than half of them reach.
set.seed(20180408)
n <- 60
probability <- sort(round(plogis(rnorm(n, 0, 1.3)), 4))
outcome <- rbinom(n, 1, plogis(0.7 * qlogis(probability) + 0.2))
samples <- 20000
heights <- replicate(samples, {
  rows <- sample.int(n, replace = TRUE)
  if (length(unique(outcome[rows])) < 2) return(rep(NA_real_, n))
  smooth <- lowess(probability[rows], outcome[rows], f = 2 / 3, iter = 0)
  approx(smooth$x, smooth$y, xout = probability, ties = list("ordered", function(y) y[1]))$y
})
limits <- apply(heights, 1, function(h) {
  if (mean(!is.na(h)) < 0.5) return(c(NA, NA))
  pmin(pmax(quantile(h, c(0.025, 0.975), na.rm = TRUE, type = 7), 0), 1)
})
write.csv(
  data.frame(outcome, probability, lower = limits[1, ], upper = limits[2, ]),
  "calibration_band.csv", row.names = FALSE, quote = FALSE
)
