# Expected values for tests/discrimination_reference.rs: what the shared reference set does not hold.
# R 4.2.2, pROC 1.18.0, Hmisc 4.8-0, rms 6.5-0. Run in this folder:
# Rscript discrimination.R
# Writes discrimination_data.csv (set, y, a, b: two probabilities) and discrimination.csv (set,
# quantity, value; NA where R gives none).
suppressMessages({library(pROC); library(Hmisc); library(rms)})
set.seed(8)
make <- function(n, share, digits, strength) {
  y <- rbinom(n, 1, share); y[1:4] <- c(0, 0, 1, 1)
  p <- function(w) pmin(pmax(round(plogis(qlogis(share) + w * (y - share) + rnorm(n)), digits), 0.05), 0.95)
  data.frame(y, a = p(strength), b = p(strength / 2))
}
sets <- list(small = make(20, 0.4, 4, 1.5), tied = make(60, 0.3, 1, 1), even = make(101, 0.5, 6, 2),
  rare = make(200, 0.08, 3, 1), useless = make(80, 0.5, 2, 0), wrong = make(80, 0.5, 3, -1), large = make(700, 0.35, 5, 1))
data <- do.call(rbind, lapply(names(sets), function(s) cbind(set = s, sets[[s]])))
write.csv(data, "discrimination_data.csv", row.names = FALSE, quote = FALSE)
rows <- list()
put <- function(set, quantity, value) rows[[length(rows) + 1]] <<- data.frame(set, quantity = quantity,
  value = ifelse(is.na(value), "NA", sprintf("%.15g", value)))
for (s in names(sets)) {
  d <- sets[[s]]
  curve <- function(x) roc(d$y, x, levels = c(0, 1), direction = "<", quiet = TRUE)
  a <- curve(d$a); b <- curve(d$b)
  ci <- as.numeric(ci.auc(a))
  put(s, c("auc", "se", "lower", "upper"), c(ci[2], sqrt(var(a)), ci[1], ci[3]))
  t <- roc.test(a, b, paired = TRUE)
  put(s, c("delong_z", "delong_p", "delong_lower", "delong_upper"), c(t$statistic, t$p.value, t$conf.int))
  for (axis in c("specificity", "sensitivity")) for (r in list(c(0, 1), c(0.8, 1), c(0.33, 0.34), c(0, 0.25), c(0.5, 0.51), c(0.123, 0.877))) {
    part <- function(correct) suppressWarnings(as.numeric(auc(a, partial.auc = rev(r), partial.auc.focus = axis, partial.auc.correct = correct)))
    put(s, sprintf("%s %g %g", c(axis, paste("corrected", axis)), r[1], r[2]), c(part(FALSE), part(TRUE)))
  }
  for (best in c("youden", "closest.topleft")) {
    found <- coords(a, "best", best.method = best, ret = "threshold", transpose = FALSE)$threshold
    put(s, paste(best, seq_along(found)), found)
  }
  i <- improveProb(d$b, d$a, d$y)
  put(s, c("nri", "nri_se", "idi", "idi_se"), c(i$nri, i$se.nri, i$idi, i$se.idi))
  cuts <- c(0.1, 0.3, 0.5)
  i <- improveProb(findInterval(d$b, cuts) / 3, findInterval(d$a, cuts) / 3, d$y)
  put(s, c("nri_cuts", "nri_cuts_se"), c(i$nri, i$se.nri))
  pdf(NULL); v <- val.prob(d$a, d$y, pl = TRUE, smooth = TRUE); dev.off()
  # val.prob's own C and Dxy sort the probabilities into bins of 0.002, which matters beyond some
  # hundred rows; somers2 does not.
  put(s, c("C", "Dxy"), somers2(d$a, d$y)[c("C", "Dxy")])
  keys <- c("R2", "D", "U", "U:p", "Q", "Brier", "Intercept", "Slope", "Emax", "E90", "Eavg", "S:z", "S:p")
  put(s, keys, v[keys])
}
write.csv(do.call(rbind, rows), "discrimination.csv", row.names = FALSE, quote = FALSE)
