# Loess of degree 2 over one predictor, at its points: Rscript loess.R > loess.csv
# Made with R 4.2.2. Sets differ in size, span, spacing and ties; columns: set, span, x, y, default
# (interpolated) and direct surface. Sets of which R warns of near singularity are named so.
set.seed(20)
draw <- list(
  even = function(n) seq_len(n) / n,
  uniform = function(n) runif(n),
  skewed = function(n) rbeta(n, 0.4, 3),
  rounded = function(n) round(runif(n), 1),
  clustered = function(n) plogis(c(rnorm(n %/% 2, -3, 0.2), rnorm(n - n %/% 2, 2, 0.3))),
  tied_half = function(n) c(rep(0.5, n %/% 2), runif(n - n %/% 2))
)
cat("set,span,x,y,interpolate,direct\n")
for (name in names(draw)) for (n in c(12, 71, 150)) for (span in c(0.75, 0.4)) {
  x <- sort(signif(draw[[name]](n), 6)); y <- rbinom(n, 1, pmin(pmax(x, 0.1), 0.9))
  one <- function(...) tryCatch(suppressWarnings({
    l <- loess(y ~ x, span = span, degree = 2, ...); if (any(!is.finite(fitted(l)))) stop("not finite"); fitted(l)
  }), error = function(e) rep(NA, n))
  warned <- FALSE
  withCallingHandlers(try(loess(y ~ x, span = span, degree = 2), silent = TRUE), warning = function(w) { warned <<- TRUE; invokeRestart("muffleWarning") })
  a <- one(); b <- one(surface = "direct")
  cat(sprintf("%s_%d%s,%s,%s,%d,%s,%s\n", name, n, if (warned) "_near_singular" else "", span, format(x, digits = 15, trim = TRUE), y,
    ifelse(is.na(a), "NA", sprintf("%.12g", a)), ifelse(is.na(b), "NA", sprintf("%.12g", b))), sep = "")
}
