# Standard errors of linear predictors and 95 % intervals of probabilities, for tests/predict.rs.
# Run in this folder: Rscript interval.R (R 4, nothing but base and stats).
# plain: glm, predict.glm(se.fit = TRUE). separated: Firth's penalised likelihood by its modified
# scores (Heinze and Schemper 2002), covariance the inverse of X'WX at the estimates.
set.seed(20)
n <- 60
site <- sample(c("arm", "leg", "trunk"), n, replace = TRUE)
age <- round(runif(n, 20, 80))
marker <- signif(rnorm(n), 6)
plain <- rbinom(n, 1, plogis(-2 + 0.03 * age + 0.9 * marker + 0.7 * (site == "leg")))
separated <- as.integer(marker + 0.01 * age > 0.6)

glm_fit <- glm(plain ~ age + marker + site, family = binomial, control = list(epsilon = 1e-14, maxit = 100))
found <- predict(glm_fit, se.fit = TRUE)

firth <- function(x, y) {
  b <- rep(0, ncol(x))
  for (step in 1:10000) {
    p <- plogis(drop(x %*% b))
    w <- p * (1 - p)
    v <- solve(crossprod(x, w * x))
    h <- w * rowSums((x %*% v) * x)
    move <- drop(v %*% crossprod(x, y - p + h * (0.5 - p)))
    b <- b + move / max(1, max(abs(move)) * 2)
    if (max(abs(move)) < 1e-13) break
  }
  list(b = b, v = solve(crossprod(x, w * x)))
}
x <- model.matrix(~ age + marker + site)
f <- firth(x, separated)

out <- function(set, outcome, fit, se) data.frame(
  set, age, marker, site, outcome, fit, se,
  lower = plogis(fit - qnorm(0.975) * se), upper = plogis(fit + qnorm(0.975) * se)
)
all <- rbind(
  out("plain", plain, found$fit, found$se.fit),
  out("separated", separated, drop(x %*% f$b), sqrt(rowSums((x %*% f$v) * x)))
)
digits <- function(v) formatC(v, digits = 17, format = "g")
all[c("fit", "se", "lower", "upper")] <- lapply(all[c("fit", "se", "lower", "upper")], digits)
write.csv(all, "interval.csv", row.names = FALSE, quote = FALSE)
