# Expected values for tests/elastic_net_reference.rs: what the shared reference set does not hold, that
# is weights, penalty factors and no standardisation in the Cox family and in cross-validation, and
# folds in which a measure is not defined.
# R 4.2.2, glmnet 4.1-6, survival 3.5-3. Run in this folder: Rscript elastic_net.R
# Writes elastic_net_data.csv (the inputs) and elastic_net.csv (case, quantity, index, value).
# Coefficients are those of all features, penalty after penalty.
suppressMessages({ library(glmnet); library(survival) })
set.seed(31)
n <- 80
x <- matrix(round(rnorm(n * 6), 3), n, dimnames = list(NULL, paste0("x", 1:6)))
x[, 2] <- round(x[, 2] * 50 + 10 * x[, 1])
eta <- 0.8 * x[, 1] - 0.6 * x[, 3] + 0.02 * x[, 2]
latent <- rexp(n, 0.05 * exp(eta)); censor <- runif(n, 5, 60)
d <- data.frame(x, time = ceiling(pmin(latent, censor)), event = as.integer(latent <= censor),
  class = rbinom(n, 1, plogis(eta)), value = round(3 + 2 * eta + rnorm(n), 3),
  weight = rep(c(1, 2, 0.5, 3), n / 4), fold = rep(1:5, n / 5), bad_fold = rep(1:8, n / 8))
# a fold without an event, and of one class
d$event[d$bad_fold == 3] <- 0
d$class[d$bad_fold == 3] <- 1
write.csv(d, "elastic_net_data.csv", row.names = FALSE, quote = FALSE)

rows <- list()
put <- function(case, quantity, value)
  rows[[length(rows) + 1]] <<- data.frame(case, quantity, index = seq_along(value) - 1, value = sprintf("%.15g", value))
outcome <- list(cox = Surv(d$time, d$event), binomial = d$class, gaussian = d$value)
factors <- c(0, 1, 2, 1, 0.5, 1)
fit <- function(case, family, ...) {
  f <- glmnet(x, outcome[[family]], family = family, nlambda = 20, thresh = 1e-14, maxit = 1e7, ...)
  put(case, "lambda", f$lambda); put(case, "dev_ratio", f$dev.ratio); put(case, "null_deviance", f$nulldev)
  put(case, "coefficients", as.vector(as.matrix(f$beta)))
}
cv <- function(case, family, measure, fold, ...) {
  f <- cv.glmnet(x, outcome[[family]], family = family, nlambda = 20, thresh = 1e-14, maxit = 1e7,
    type.measure = measure, foldid = fold, ...)
  put(case, "cvm", f$cvm); put(case, "cvsd", f$cvsd); put(case, "index", f$index - 1)
}
for (family in names(outcome)) {
  fit(paste0(family, "__weights"), family, weights = d$weight)
  fit(paste0(family, "__factors"), family, penalty.factor = factors)
  fit(paste0(family, "__raw"), family, standardize = FALSE)
  fit(paste0(family, "__all"), family, standardize = FALSE, weights = d$weight, penalty.factor = factors, alpha = 0.5)
}
for (m in c("deviance", "C")) {
  cv(paste0("cox__", m, "__weights"), "cox", m, d$fold, weights = d$weight)
  cv(paste0("cox__", m, "__bad_fold"), "cox", m, d$bad_fold)
  cv(paste0("cox__", m, "__factors"), "cox", m, d$fold, penalty.factor = factors)
}
for (m in c("deviance", "auc", "class", "mse", "mae"))
  cv(paste0("binomial__", m, "__weights"), "binomial", m, d$fold, weights = d$weight)
cv("binomial__auc__bad_fold", "binomial", "auc", d$bad_fold)
for (m in c("mse", "mae")) cv(paste0("gaussian__", m, "__weights"), "gaussian", m, d$fold, weights = d$weight)
write.csv(do.call(rbind, rows), "elastic_net.csv", row.names = FALSE, quote = FALSE)
