# Expected values of the survival part of a study: hazard ratios, log-rank tests within strata and
# stratified, and the nomogram of a Cox model of a score and the stage.
# R 4.2.2, survival 3.5-3, rms 6.5-0. Run in this folder: Rscript survival.R
# Writes patients.csv (the inputs) and expected.csv (quantity, value).
suppressPackageStartupMessages({library(survival); library(rms)})
set.seed(7)
n <- 140
score <- round(rnorm(n, 0.2, 1.4), 3)
stage <- sample(0:3, n, TRUE, c(0.3, 0.3, 0.25, 0.15))
site <- sample(c("arm", "leg", "neck", "trunk"), n, TRUE, c(0.36, 0.4, 0.04, 0.2))
rate <- log(2) / 900 * exp(0.45 * score + 0.3 * stage)
latent <- rexp(n, rate)
censor <- runif(n, 100, 2500)
time <- ceiling(pmin(latent, censor))
event <- as.integer(latent <= censor)
# nobody with a tumour of the neck has an event
event[site == "neck"] <- 0
high <- as.integer(score >= 0.3)
d <- data.frame(time, event, score, high, stage, site)
write.csv(d, "patients.csv", row.names = FALSE, quote = FALSE)

rows <- list()
put <- function(quantity, value)
  rows[[length(rows) + 1]] <<- data.frame(quantity, value = sprintf("%.15g", value))
cox <- function(name, x) {
  s <- summary(coxph(Surv(time, event) ~ x, d, ties = "efron"))
  put(paste(name, "hazard_ratio"), s$conf.int[1, 1])
  put(paste(name, "lower"), s$conf.int[1, 3])
  put(paste(name, "upper"), s$conf.int[1, 4])
  put(paste(name, "p"), s$coefficients[1, 5])
}
put("sd", sd(d$score))
cox("score", d$score / sd(d$score))
cox("group", d$high)
for (level in sort(unique(d$site))) {
  here <- d[d$site == level, ]
  put(paste(level, "n"), nrow(here))
  put(paste(level, "events"), sum(here$event))
  if (sum(here$event) > 0) {
    test <- survdiff(Surv(time, event) ~ high, here)
    put(paste(level, "chi_square"), test$chisq)
    put(paste(level, "p"), pchisq(test$chisq, 1, lower.tail = FALSE))
  }
}
test <- survdiff(Surv(time, event) ~ high + strata(site), d)
put("stratified chi_square", test$chisq)
put("stratified p", pchisq(test$chisq, 1, lower.tail = FALSE))

dd <- datadist(d); options(datadist = "dd")
# the axes span all patients, not rms' usual inner part of them
dd$limits["Low", "score"] <- min(d$score); dd$limits["High", "score"] <- max(d$score)
fit <- cph(Surv(time, event) ~ score + stage, d, x = TRUE, y = TRUE, surv = TRUE, method = "efron")
survival <- Survival(fit)
marks <- c(0.9, 0.7, 0.5, 0.3, 0.1)
drawn <- nomogram(fit, score = pretty(range(d$score), 10), stage = 0:3, lp = TRUE, maxscale = 100,
  fun = list(function(lp) survival(365, lp), function(lp) survival(1095, lp)),
  fun.at = marks)
put("score points", drawn$score$points)
put("stage points", drawn$stage$points)
info <- attr(drawn, "info")
put("points_per_unit", info$sc)
put("intercept", info$Intercept)
for (time in c(365, 1095)) {
  put(paste("baseline", time), survival(time, 0))
  # exact places of the marks: rms interpolates
  lp <- log(log(marks) / log(survival(time, 0)))
  put(paste("marks", time), lp)
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
