# Expected values for tests/survival_reference.rs: what the shared reference set does not hold.
# R 4.2.2, survival 3.5-3, maxstat 0.7-25. Run in this folder: Rscript survival.R
# Writes survival_data.csv (the inputs) and survival.csv (case, quantity, index, value).
library(survival)
set.seed(20)

# samples with ties, two strata whose hazards cross, a factor of three levels
n <- 160
stratum <- rep(c(3, 7), c(90, 70))
x1 <- round(rnorm(n), 3)
level <- sample(0:2, n, TRUE)
rate <- ifelse(stratum == 3, 0.02, 0.06) * exp(0.5 * x1 + 0.4 * (level == 2))
latent <- rweibull(n, ifelse(stratum == 3, 0.8, 1.6), 1 / rate)
censor <- runif(n, 5, 70)
time <- ceiling(pmin(latent, censor))
event <- as.integer(latent <= censor)
time[1:3] <- 0
event[1:3] <- c(0, 1, 1)
d <- data.frame(time, event, stratum, x1, level, a = as.integer(level == 1), b = as.integer(level == 2))
# survival as far apart as floating point can say: two groups of 700, one after the other
apart <- data.frame(time = c(1:700, 701:1400), group = rep(0:1, each = 700))
write.csv(d, "survival_data.csv", row.names = FALSE, quote = FALSE)

rows <- list()
put <- function(case, quantity, value) {
  rows[[length(rows) + 1]] <<- data.frame(case, quantity, index = seq_along(value) - 1,
    value = ifelse(is.na(value), "NA", sprintf("%.15g", value)))
}

# curves that begin with a censoring, with a death at time 0, without censoring, without events
curves <- list(
  censored_first = list(c(1, 2, 2, 3, 4, 5, 5, 6), c(0, 1, 0, 1, 1, 0, 1, 1)),
  dies_at_0 = list(c(0, 0, 1, 4, 4, 9), c(1, 0, 1, 1, 0, 0)),
  complete = list(c(3, 1, 2, 2, 5, 8, 8, 8), rep(1, 8)),
  no_event = list(c(1, 2, 3), rep(0, 3)),
  flat_at_half = list(c(1, 2, 3, 4), c(1, 1, 0, 1)))
for (case in names(curves)) {
  s <- Surv(curves[[case]][[1]], curves[[case]][[2]])
  put(case, "input_time", s[, 1])
  put(case, "input_event", s[, 2])
  for (type in c("log", "log-log", "plain", "logit", "arcsin")) {
    f <- survfit(s ~ 1, conf.type = type, conf.int = 0.9)
    if (type == "log") {
      put(case, "time", f$time)
      put(case, "survival", f$surv)
      put(case, "standard_error_log", f$std.err)
      put(case, "cumulative_hazard", f$cumhaz)
    }
    put(case, paste(type, "lower"), f$lower)
    put(case, paste(type, "upper"), f$upper)
    q <- quantile(f, c(0.1, 0.25, 0.5, 0.75, 0.9))
    put(case, paste(type, "quantile"), as.numeric(q$quantile))
    put(case, paste(type, "quantile lower"), as.numeric(q$lower))
    put(case, paste(type, "quantile upper"), as.numeric(q$upper))
  }
}

# tails of the log-rank tests, also with strata
for (m in c(50, 200, 550)) for (rho in c(0, 1)) {
  s <- with(apart[c(1:m, 700 + 1:m), ], list(t = rank(time), g = group))
  f <- survdiff(Surv(t, rep(1, length(t))) ~ g, s, rho = rho)
  case <- sprintf("apart_%d_rho%d", m, rho)
  put(case, "chi_square", f$chisq)
  put(case, "p", pchisq(f$chisq, 1, lower.tail = FALSE))
}
for (rho in c(0, 0.5, 1)) {
  f <- survdiff(Surv(time, event) ~ level + strata(stratum), d, rho = rho)
  case <- sprintf("strata_rho%g", rho)
  put(case, "chi_square", f$chisq)
  put(case, "observed", rowSums(f$obs))
  put(case, "expected", rowSums(f$exp))
  put(case, "covariance", as.numeric(f$var))
  put(case, "p", pchisq(f$chisq, 2, lower.tail = FALSE))
}

# Cox models with strata
for (ties in c("efron", "breslow")) {
  m <- coxph(Surv(time, event) ~ x1 + a + b + strata(stratum), d, ties = ties,
    control = coxph.control(eps = 1e-13, iter.max = 200, toler.chol = 1e-14))
  s <- summary(m)
  case <- paste0("cox_", ties)
  put(case, "coefficient", coef(m))
  put(case, "standard_error", sqrt(diag(vcov(m))))
  put(case, "covariance", as.numeric(vcov(m)))
  put(case, "hazard_ratio_lower", s$conf.int[, 3])
  put(case, "hazard_ratio_upper", s$conf.int[, 4])
  put(case, "log_likelihood", m$loglik)
  put(case, "likelihood_ratio", s$logtest)
  put(case, "wald", c(m$wald.test, s$waldtest[2:3]))
  put(case, "score", s$sctest)
  put(case, "martingale", residuals(m, "martingale"))
  if (ties == "efron") put(case, "deviance", residuals(m, "deviance"))
  f <- survfit(m, newdata = data.frame(x1 = 0, a = 0, b = 0), se.fit = FALSE)
  from <- cumsum(c(1, f$strata))
  for (k in 1:2) {
    i <- from[k]:(from[k + 1] - 1)
    put(case, paste("baseline time", c(3, 7)[k]), f$time[i])
    put(case, paste("baseline hazard", c(3, 7)[k]), f$cumhaz[i])
  }
  for (g in c("km", "identity", "rank")) {
    z <- cox.zph(m, transform = g, terms = FALSE)$table
    put(case, paste("zph", g, "chi_square"), z[, 1])
    put(case, paste("zph", g, "p"), z[, 3])
  }
}
m <- coxph(Surv(time + 1, event) ~ x1 + factor(level), d,
  control = coxph.control(eps = 1e-13, iter.max = 200, toler.chol = 1e-14))
for (g in c("km", "log")) {
  z <- cox.zph(m, transform = g)$table
  put("cox_terms", paste("zph", g, "chi_square"), z[, 1])
  put("cox_terms", paste("zph", g, "df"), z[, 2])
  put("cox_terms", paste("zph", g, "p"), z[, 3])
}

# a predictor that orders nearly all of the samples, linear predictors thousands apart. coxph stops at
# NA, so this is the root of the partial likelihood's derivative, written here (no ties)
steep <- data.frame(time = 1:600, event = as.integer(1:600 %% 4 != 0), x = 600:1)
steep$x[c(100, 101, 301, 302, 450, 451)] <- steep$x[c(101, 100, 302, 301, 451, 450)]
derivatives <- function(b) {
  out <- c(0, 0, 0)
  for (i in which(steep$event == 1)) {
    eta <- b * (steep$x[i:600] - steep$x[i])
    w <- exp(eta - max(eta))
    x <- steep$x[i:600] - steep$x[i]
    mean <- sum(w * x) / sum(w)
    out <- out + c(-log(sum(w)) - max(eta), -mean, sum(w * (x - mean)^2) / sum(w))
  }
  out
}
b <- uniroot(function(b) derivatives(b)[2], c(1, 20), tol = 1e-15)$root
for (k in 1:3) b <- b + derivatives(b)[2] / derivatives(b)[3]
put("cox_steep", "coefficient", b)
put("cox_steep", "standard_error", 1 / sqrt(derivatives(b)[3]))
put("cox_steep", "log_likelihood", c(derivatives(0)[1], derivatives(b)[1]))

# concordance with many ties of times and scores
for (score in c("level", "x1")) {
  f <- concordance(Surv(d$time, d$event) ~ d[[score]], reverse = TRUE)
  case <- paste0("concordance_", score)
  put(case, "c", f$concordance)
  put(case, "se", sqrt(f$var))
  put(case, "counts", f$count)
}
# the same within strata
f <- concordance(Surv(time, event) ~ x1 + strata(stratum), d, reverse = TRUE)
put("concordance_strata", "c", f$concordance)
put("concordance_strata", "se", sqrt(f$var))
put("concordance_strata", "counts", colSums(f$count))

# p values of a maximal statistic, far into the tail: the marker orders m events without error. maxstat
# takes the normal tail as 1 - (pnorm(b) - pnorm(-b)), which is 0 beyond 8.3, so it is added here
for (m in c(10, 40, 300, 1200)) {
  x <- 1:m
  f <- maxstat::maxstat.test(Surv(time, event) ~ x, data.frame(time = 1:m, event = 1, x = -x),
    smethod = "LogRank", pmethod = "Lau92", minprop = 0.25, maxprop = 0.75)
  b <- unname(f$statistic)
  sizes <- max(1, floor(m * 0.25)):floor(m * 0.75)
  case <- paste0("maximal_", m)
  put(case, "statistic", b)
  put(case, "cutpoint", unname(f$estimate))
  put(case, "lausen_1992", maxstat::pLausen92(b, 0.25, 0.75))
  put(case, "lausen_1994", maxstat::pLausen94(b, m, m = sizes) - (1 - (pnorm(b) - pnorm(-b))) + 2 * pnorm(-b))
}

out <- do.call(rbind, rows)
write.csv(out, "survival.csv", row.names = FALSE, quote = FALSE)
