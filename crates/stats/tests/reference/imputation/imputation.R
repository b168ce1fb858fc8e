# Reference values of multiple imputation: R 4.2.2, mice 3.15.0, mitml 0.4-4, nnet 7.3-18.
#   Rscript imputation.R       in this folder
# Writes patients.csv, completed.csv, fits.csv, pooled.csv, tests.csv, donors.csv, models.csv.
suppressMessages({library(mice); library(nnet)})
options(digits = 17)
write <- function(x, file) write.csv(format(x, digits = 17, trim = TRUE), file, row.names = FALSE, quote = FALSE)

# Patients: a number, a binary and a three-level class with missing values, an outcome.
set.seed(20111)
n <- 90
age <- round(rnorm(n, 60, 12))
size <- round(exp(rnorm(n, 2 + 0.01 * age, 0.4)), 2)
margin <- rbinom(n, 1, plogis(-1 + 0.1 * size))
site <- cut(0.03 * age + rnorm(n), c(-Inf, 1.2, 2.4, Inf), labels = c("arm", "leg", "trunk"))
y <- rbinom(n, 1, plogis(-3 + 0.15 * size + 0.8 * margin + 0.5 * (site == "trunk")))
full <- data.frame(y, age, size, margin = factor(margin), site)
data <- full
data$size[runif(n) < 0.25] <- NA
data$margin[runif(n) < 0.2 * (0.5 + y)] <- NA
data$site[runif(n) < 0.2] <- NA
write(data, "patients.csv")

m <- 6
imputed <- mice(data, m = m, maxit = 5, seed = 7, printFlag = FALSE)
sets <- complete(imputed, "long")
write(sets[, c(".imp", "y", "age", "size", "margin", "site")], "completed.csv")

# Rubin's rules on the logistic regressions of the completed sets.
formula <- y ~ age + size + margin + site
tight <- glm.control(epsilon = 1e-15, maxit = 100)
fits <- lapply(1:m, function(k) glm(formula, binomial, subset(sets, .imp == k), control = tight))
rows <- do.call(rbind, lapply(1:m, function(k) {
  v <- vcov(fits[[k]])
  data.frame(imputation = k, row = seq_along(coef(fits[[k]])) - 1, estimate = unname(coef(fits[[k]])), unname(v))
}))
write(rows, "fits.csv")
dfcom <- df.residual(fits[[1]])
one <- function(dfcom) {
  pooled <- pool(as.mira(fits), dfcom = dfcom)$pooled
  p <- 2 * pt(-abs(pooled$estimate / sqrt(pooled$t)), pooled$df)
  half <- qt(0.975, pooled$df) * sqrt(pooled$t)
  data.frame(dfcom = dfcom, pooled[, c("estimate", "ubar", "b", "t", "df", "riv", "lambda", "fmi")], p,
             lower = pooled$estimate - half, upper = pooled$estimate + half)
}
write(rbind(one(dfcom), one(Inf)), "pooled.csv")

# D1 of the class with three levels, and of all four slopes of the others.
test <- function(drop, places, dfcom) {
  small <- lapply(1:m, function(k) glm(drop, binomial, subset(sets, .imp == k), control = tight))
  found <- mitml::testModels(fits, small, method = "D1", df.com = if (is.finite(dfcom)) dfcom)$test
  data.frame(places, dfcom, f = found[1, 1], df1 = found[1, 2], df2 = found[1, 3], p = found[1, 4], riv = found[1, 5])
}
write(rbind(test(y ~ age + size + margin, "4 5", dfcom),
            test(y ~ site, "1 2 3", dfcom),
            test(y ~ age + size + margin, "4 5", Inf),
            test(y ~ site, "1 2 3", Inf)), "tests.csv")

# The donors that mice's matcher may take: every one that is drawn in 400 draws. No ties.
set.seed(3)
predicted <- round(rnorm(60), 4)
stopifnot(!any(duplicated(predicted)))
targets <- c(-4, -1.00005, -0.30005, 0.00005, 0.45005, 1.20005, 5)
drawn <- lapply(targets, function(t) sort(unique(mice:::matchindex(predicted, rep(t, 400), 5L))) - 1)
stopifnot(all(lengths(drawn) == 5))
donors <- data.frame(target = targets, donors = sapply(drawn, paste, collapse = " "))
write(data.frame(predicted), "predicted.csv")
write(donors, "donors.csv")

# Models of one completed set: lm, and the models of classes on mice's augmented data.
set <- subset(sets, .imp == 1)
x <- data.frame(age = set$age, size = set$size, high = set$y)
linear <- lm(age ~ size + margin + site + y, set)
v <- vcov(linear) # divided by s^2 on the other side
out <- data.frame(model = "linear", class = 0, place = seq_along(coef(linear)) - 1, value = unname(coef(linear)))
out <- rbind(out, data.frame(model = "linear_se", class = 0, place = seq_along(coef(linear)) - 1, value = sqrt(unname(diag(v)))))
of_class <- function(name, y, x) {
  known <- rep(TRUE, length(y))
  aug <- mice:::augment(y, known, x, !known)
  k <- nlevels(y)
  if (k == 2) {
    fit <- suppressWarnings(glm(aug$y ~ ., binomial, aug$x, weights = aug$w, control = tight))
    data.frame(model = name, class = 1, place = seq_along(coef(fit)) - 1, value = unname(coef(fit)))
  } else {
    scaled <- scale(aug$x)
    fit <- multinom(aug$y ~ scaled, weights = aug$w, maxit = 10000, reltol = 1e-20, abstol = 1e-20, trace = FALSE)
    b <- coef(fit)
    s <- attr(scaled, "scaled:scale"); centre <- attr(scaled, "scaled:center")
    slopes <- sweep(b[, -1], 2, s, "/")
    b <- cbind(b[, 1] - slopes %*% centre, slopes)
    do.call(rbind, lapply(seq_len(nrow(b)), function(c)
      data.frame(model = name, class = c, place = seq_len(ncol(b)) - 1, value = unname(b[c, ]))))
  }
}
out <- rbind(out, of_class("margin", set$margin, x), of_class("site", set$site, x))
# A class that a column parts without error.
apart <- factor(as.integer(x$size > median(x$size)))
out <- rbind(out, of_class("apart", apart, x))
write(out, "models.csv")
