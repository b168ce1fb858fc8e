# Decision curves of Cox models at two times: R 4.2.2, survival 3.5-3.
#   Rscript decision.R       in this folder; reads patients.csv, writes decision.csv
suppressMessages(library(survival))
patients <- read.csv("patients.csv")
n <- nrow(patients)
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
models <- list(nomogram = ~ score, stage = ~ stage, nomogram_stage = ~ score + stage)

risk <- function(formula, learnt, applied, at) {
  fit <- coxph(update(formula, Surv(time, event) ~ .), learnt, ties = "efron", control = tight, model = TRUE, x = TRUE)
  curve <- survfit(fit, newdata = applied)  # of a model kept with its frame
  1 - as.numeric(summary(curve, times = at, extend = TRUE)$surv)
}
net_benefit <- function(risk, at, t) {
  treated <- risk >= t
  if (!any(treated)) return(0)
  e <- 1 - summary(survfit(Surv(time, event) ~ 1, patients[treated, ]), times = at, extend = TRUE)$surv
  mean(treated) * (e - (1 - e) * t / (1 - t))
}
# Fold of each row in two repeats; the score of a repeat is shifted, and inside a fold the others have
# scores of their own, as those of signatures learnt there would be.
folds <- list((seq_len(n) - 1) %% 5, ((seq_len(n) - 1) %/% 3) %% 5)
shift <- c(0, 0.25)
out <- NULL
for (at in c(365, 1095)) for (name in names(models)) {
  apparent <- risk(models[[name]], patients, patients, at)
  held_out <- rep(0, n); combined <- rep(0, n)
  for (r in 1:2) {
    own <- patients
    own$score <- patients$score * (1 + shift[r]) + shift[r]
    for (f in 0:4) {
      test <- folds[[r]] == f
      inside <- own
      inside$score <- own$score + 0.3 * sin(seq_len(n) - 1 + 7 * f)
      held_out[test] <- held_out[test] + risk(models[[name]], inside[!test, ], own[test, ], at) / 2
      # The linear predictor above its median in the patients learnt from.
      fit <- coxph(update(models[[name]], Surv(time, event) ~ .), inside[!test, ], ties = "efron", control = tight)
      linear <- function(rows) as.vector(as.matrix(rows[names(coef(fit))]) %*% coef(fit))
      combined[test] <- combined[test] + (linear(own[test, ]) - median(linear(inside[!test, ]))) / 2
    }
  }
  if (at == 365 && name == "nomogram_stage")
    out <- rbind(out, data.frame(kind = "cross_validated", at, model = name, quantity = "score",
                                 place = seq_len(n) - 1, value = combined))
  for (kind in c("apparent", "cross_validated")) {
    risks <- if (kind == "apparent") apparent else held_out
    for (t in c(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6))
      out <- rbind(out, data.frame(kind, at, model = name, quantity = "net_benefit", place = t, value = net_benefit(risks, at, t)))
    for (row in c(1, 10, 50, 100, 140))
      out <- rbind(out, data.frame(kind, at, model = name, quantity = "risk", place = row - 1, value = risks[row]))
  }
}
out$value <- format(out$value, digits = 17, trim = TRUE)
write.csv(out, "decision.csv", row.names = FALSE, quote = FALSE)
