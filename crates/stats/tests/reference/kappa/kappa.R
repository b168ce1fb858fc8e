# Expected values for tests/kappa.rs. R 4.2.2, psych 2.2.9, vcd 1.4-11. Run in this folder:
# Rscript kappa.R && python kappa.py
# Writes ratings.csv (set, a, b: one row a subject, levels counted from 0) and kappa.csv (set, levels,
# weights, kappa, se, lower, upper; limits before they are cut at 1), all from vcd::Kappa. The script
# stops unless psych::cohen.kappa gives the same kappas and the same standard error of the unweighted
# one. Its standard error of a weighted kappa is not compared: it is 0 for most of these sets, and
# with two levels it differs from the unweighted one, which it must equal.
suppressMessages({library(psych); library(vcd)})
set.seed(3)
make <- function(n, k, agree, shift = 0) {
  a <- sample(0:(k - 1), n, TRUE, prob = (k:1)^1.5)
  b <- ifelse(runif(n) < agree, a, pmin(pmax(a + sample(c(-1, 1, shift), n, TRUE), 0), k - 1))
  data.frame(a, b)
}
absent <- make(60, 5, 0.5); absent[absent == 2] <- 3
sets <- list(two = make(40, 2, 0.7), few = make(12, 3, 0.5), three = make(80, 3, 0.6), five = make(180, 5, 0.4),
  against = data.frame(a = rep(0:1, 10), b = rep(c(1, 0, 1, 1), 5)), absent = absent,
  shifted = make(100, 4, 0.1, 1), rare = data.frame(a = c(rep(0, 95), 1, 1, 1, 0, 0), b = c(rep(0, 95), 1, 0, 0, 1, 0)))
levels <- c(two = 2, few = 3, three = 3, five = 5, against = 2, absent = 5, shifted = 4, rare = 2)
write.csv(do.call(rbind, lapply(names(sets), function(s) cbind(set = s, sets[[s]]))), "ratings.csv", row.names = FALSE, quote = FALSE)
rows <- NULL
for (s in names(sets)) {
  k <- levels[[s]]; x <- sets[[s]]
  table <- unclass(table(factor(x$a, 0:(k - 1)), factor(x$b, 0:(k - 1))))
  dimnames(table) <- NULL
  apart <- abs(outer(1:k, 1:k, "-"))
  for (weights in c("none", "linear", "quadratic")) {
    w <- switch(weights, none = NULL, linear = 1 - apart / (k - 1), quadratic = 1 - (apart / (k - 1))^2)
    found <- suppressWarnings(if (is.null(w)) cohen.kappa(table) else cohen.kappa(table, w = w))
    value <- if (is.null(w)) found$kappa else found$weighted.kappa
    vcd <- Kappa(table, weights = if (weights == "linear") "Equal-Spacing" else "Fleiss-Cohen")
    vcd <- if (weights == "none") vcd$Unweighted else vcd$Weighted
    stopifnot(abs(vcd[1] - value) < 1e-12, !is.null(w) || abs(vcd[2] - sqrt(found$var.kappa)) < 1e-12)
    value <- vcd[[1]]; se <- vcd[[2]]
    rows <- rbind(rows, data.frame(set = s, levels = k, weights, kappa = sprintf("%.15g", value), se = sprintf("%.15g", se),
      lower = sprintf("%.15g", value - qnorm(0.975) * se), upper = sprintf("%.15g", value + qnorm(0.975) * se)))
  }
}
write.csv(rows, "kappa.csv", row.names = FALSE, quote = FALSE)
