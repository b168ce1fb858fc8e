# Times R's statistics, each function on its own, the data in memory: one line a run,
# `task,seconds,value`. Rscript bench/r_statistics.R DATA ROUNDS [TASK ...]
suppressWarnings(suppressPackageStartupMessages({
  library(survival)
  library(glmnet)
  library(pROC)
}))
arguments <- commandArgs(TRUE)
data <- arguments[1]
rounds <- as.integer(arguments[2])
wanted <- arguments[-(1:2)]

has <- function(package) requireNamespace(package, quietly = TRUE)

read <- function(name) read.csv(file.path(data, name))

time <- function(task, work, value, times = rounds) {
  if (length(wanted) > 0 && !(task %in% wanted)) return(invisible())
  for (i in seq_len(times)) {
    # What was done before must not be cleared away in somebody else's time.
    gc(FALSE)
    start <- proc.time()[["elapsed"]]
    found <- suppressWarnings(suppressMessages(work()))
    seconds <- proc.time()[["elapsed"]] - start
    cat(sprintf("%s,%.4f,%.15g\n", task, seconds, value(found)))
  }
}

lasso <- read("lasso.csv")
x <- as.matrix(lasso[, -(1:2)])
cross_validated <- function(threshold) {
  cv.glmnet(x, lasso$y, family = "binomial", foldid = lasso$fold, type.measure = "deviance",
            thresh = threshold)
}
time("lasso_cv_1e-7", function() cross_validated(1e-7), function(f) min(f$cvm))
time("lasso_cv_1e-12", function() cross_validated(1e-12), function(f) min(f$cvm))

if (has("sva")) {
  combat <- read("combat.csv")
  features <- t(as.matrix(combat[, -1]))
  harmonized <- function(parametric) sva::ComBat(features, combat$batch, par.prior = parametric)
  time("combat_parametric", function() harmonized(TRUE), function(f) f[2, 3])
  time("combat_non_parametric", function() harmonized(FALSE), function(f) f[2, 3], 1)
}

if (has("psych")) {
  icc <- read("icc.csv")
  readings <- lapply(icc[, -(1:2)], function(v) {
    matrix(v[order(icc$subject, icc$reader)], ncol = length(unique(icc$reader)), byrow = TRUE)
  })
  all <- function(lmer) vapply(readings, function(m) psych::ICC(m, lmer = lmer)$results$ICC[2], 0)
  time("icc_anova", function() all(FALSE), function(f) f[[7]], 1)
  time("icc_lmer", function() all(TRUE), function(f) f[[7]], 1)
}

roc <- read("roc.csv")
time("delong_paired",
     function() {
       a <- roc(roc$y, roc$a, levels = 0:1, direction = "<")
       b <- roc(roc$y, roc$b, levels = 0:1, direction = "<")
       roc.test(a, b, paired = TRUE, method = "delong")
     },
     function(f) f$statistic)

small <- read("small.csv")
# The values of the two differ by chance: resamples are drawn by each program's own generator.
time("auc_bootstrap",
     function() {
       set.seed(1)
       r <- roc(small$y, small$a, levels = 0:1, direction = "<")
       ci.auc(r, method = "bootstrap", boot.n = 2000, progress = "none")
     },
     function(f) f[1])
if (has("rms")) {
  suppressPackageStartupMessages(library(rms))
  time("validate_logistic",
       function() {
         set.seed(1)
         validate(lrm(y ~ a + b + c, data = small, x = TRUE, y = TRUE), B = 1000)
       },
       function(f) f["B", "index.corrected"])
}

follow_up <- read("survival.csv")
ten_thousand <- follow_up[seq_len(10000), ]
time("cox", function() coxph(Surv(time, event) ~ x + y, ten_thousand),
     function(f) coef(f)[[1]])
# Times that differ in the last digits are not tied: with 100,000 of them some would be.
time("concordance",
     function() {
       # concordance() does not hand timefix on.
       concordancefit(Surv(follow_up$time, follow_up$event), follow_up$x, reverse = TRUE,
                      timefix = FALSE)
     },
     function(f) f$concordance)
time("kaplan_meier", function() survfit(Surv(time, event) ~ 1, follow_up, timefix = FALSE),
     function(f) f$surv[50000])
