# Makes patients.csv and corrected.csv: ComBat that keeps the effect of a number and of a category,
# fitted on training patients (sva::ComBat, parametric priors) and applied to patients who were not
# in the fit, of the same scanners, with everything of the fit frozen.
#
# sva does not apply a fit to others, so the frozen estimates are put together from its own parts
# (aprior, bprior, it.sol); that they are those of sva::ComBat is checked on the training patients.
#
# Run: Rscript combat_covariates.R   (R 4.2.2, sva 3.46.0)
suppressMessages(library(sva))
set.seed(7)
n <- 66; p <- 12
patients <- data.frame(
  id = sprintf("P%02d", 1:n),
  split = rep(c("train", "train", "external"), length.out = n),
  scanner = sample(c("GE", "Philips", "Siemens"), n, TRUE, c(0.4, 0.25, 0.35)),
  site = sample(c("arm", "thigh", "trunk"), n, TRUE),
  age = sample(20:85, n, TRUE))
site <- match(patients$site, c("arm", "thigh", "trunk"))
scanner <- match(patients$scanner, c("GE", "Philips", "Siemens"))
for (f in 1:p) {
  shift <- rnorm(3, 0, 1.5); scale <- exp(rnorm(3, 0, 0.3)); by_site <- rnorm(3); by_age <- rnorm(1, 0, 0.03)
  patients[[sprintf("T1_f%02d", f)]] <- signif(
    10 + by_site[site] + by_age * patients$age + shift[scanner] + scale[scanner] * rnorm(n), 6)
}
write.csv(patients, "patients.csv", row.names = FALSE, quote = FALSE)
patients <- read.csv("patients.csv")
train <- patients[patients$split == "train", ]
features <- grep("^T1_", names(patients))
dat <- t(as.matrix(train[, features]))
mod <- model.matrix(~ age + site, train)
corrected <- suppressMessages(ComBat(dat, train$scanner, mod))

# The parts of the fit.
batches <- sort(unique(train$scanner))
indicators <- sapply(batches, function(b) as.numeric(train$scanner == b))
design <- cbind(indicators, mod[, -1])
beta <- solve(crossprod(design), t(dat %*% design))
share <- colMeans(indicators)
grand <- as.vector(share %*% beta[seq_along(batches), ])
residual <- dat - t(design %*% beta)
pooled <- rowMeans(residual^2)
expected <- function(table) {
  x <- model.matrix(~ age + factor(site, levels = c("arm", "thigh", "trunk")), table)[, -1]
  t(matrix(grand, nrow(table), length(grand), byrow = TRUE) + x %*% beta[-seq_along(batches), ])
}
standardised <- (dat - expected(train)) / sqrt(pooled)
gamma_hat <- solve(crossprod(indicators), t(standardised %*% indicators))
delta_hat <- t(sapply(batches, function(b) apply(standardised[, train$scanner == b], 1, var)))
gamma_bar <- rowMeans(gamma_hat); t2 <- apply(gamma_hat, 1, var)
star <- lapply(seq_along(batches), function(i)
  sva:::it.sol(standardised[, train$scanner == batches[i]], gamma_hat[i, ], delta_hat[i, ], gamma_bar[i], t2[i],
               sva:::aprior(delta_hat[i, ]), sva:::bprior(delta_hat[i, ])))
apply_frozen <- function(table) {
  base <- expected(table)
  z <- (t(as.matrix(table[, features])) - base) / sqrt(pooled)
  for (i in seq_along(batches)) {
    rows <- table$scanner == batches[i]
    z[, rows] <- (z[, rows] - star[[i]]["g.star", ]) / sqrt(star[[i]]["d.star", ])
  }
  z * sqrt(pooled) + base
}
stopifnot(max(abs(apply_frozen(train) - corrected)) < 1e-10)
all <- t(apply_frozen(patients))
all[patients$split == "train", ] <- t(corrected)
out <- data.frame(id = patients$id)
for (f in seq_along(features)) out[[names(patients)[features[f]]]] <- sprintf("%.15g", all[, f])
write.csv(out, "corrected.csv", row.names = FALSE, quote = FALSE)
