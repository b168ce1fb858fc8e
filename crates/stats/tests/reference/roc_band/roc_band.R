# Expected values for tests/roc_band.rs. R 4.2.2, pROC 1.18.0. Run in this folder: Rscript roc_band.R
# Reads ../discrimination_data.csv. Writes
# - exact.csv: for scores without ties, quantiles of the bootstrap distribution of the sensitivity at
#   a specificity, without any drawing. The sensitivity of a resample is the share of its cases above
#   the k-th smallest of its m controls, k = ceiling(s m); that control is at most the j-th smallest
#   of the sample with probability P(Binomial(m, j/m) >= k), and the cases above it are binomial.
# - proc.csv: for scores with ties, quantiles of 20000 resamples drawn by pROC's own function.
# Each limit (0.025, 0.5, 0.975) is bracketed by the quantiles 5 standard errors of a share of
# 20000 draws below and above it (of a difference of two such shares in proc.csv).
suppressMessages(library(pROC))
d <- read.csv("../discrimination_data.csv")
specificities <- c(0, 0.05, 0.1, 0.25, 0.33, 0.5, 0.7, 0.8, 0.9, 0.95, 1)
draws <- 20000
limits <- c(lower = 0.025, median = 0.5, upper = 0.975)
put <- function(rows, set, score, s, low, high)
  rbind(rows, data.frame(set, score, specificity = s, limit = names(limits), low = low, high = high))
exact <- NULL
for (set in c("even", "large")) {
  x <- d[d$set == set, ]
  # a seventh digit makes every score its own without changing the order of unequal ones
  x$a <- x$a + seq_len(nrow(x)) * 1e-9
  stopifnot(!anyDuplicated(x$a))
  cases <- x$a[x$y == 1]; controls <- sort(x$a[x$y == 0]); n <- length(cases); m <- length(controls)
  above <- sapply(controls, function(c) mean(cases > c))
  for (s in specificities) {
    k <- ceiling(s * m - 1e-12)
    mass <- if (k == 0) NULL else diff(c(0, pbinom(k - 1, m, seq_len(m) / m, lower.tail = FALSE)))
    p <- if (k == 0) c(rep(0, n), 1) else colSums(mass * t(sapply(above, function(q) dbinom(0:n, n, q))))
    stopifnot(abs(sum(p) - 1) < 1e-9)
    quantile_of <- function(q) (which(cumsum(p) >= q - 1e-12)[1] - 1) / n
    width <- 5 * sqrt(limits * (1 - limits) / draws)
    exact <- put(exact, set, "a", s, sapply(limits - width, quantile_of), sapply(limits + width, quantile_of))
  }
}
write.csv(exact, "exact.csv", row.names = FALSE, quote = FALSE)
set.seed(1)
drawn <- NULL
for (set in c("tied", "small")) {
  x <- d[d$set == set, ]
  curve <- roc(x$y, x$a, levels = c(0, 1), direction = "<", quiet = TRUE)
  found <- t(sapply(1:draws, pROC:::stratified.ci.se, roc = curve, sp = specificities))
  for (i in seq_along(specificities)) {
    width <- 5 * sqrt(2 * limits * (1 - limits) / draws)
    drawn <- put(drawn, set, "a", specificities[i], quantile(found[, i], limits - width, type = 1),
      quantile(found[, i], limits + width, type = 1))
  }
}
write.csv(drawn, "proc.csv", row.names = FALSE, quote = FALSE)
