# sva::ComBat (sva 3.46.0, R 4.2.2) where the shared reference set has nothing: a covariate of three
# words beside a number, missing values, a batch of one row, a constant feature. Run in this folder:
# Rscript combat.R. Writes combat_data.csv (the input) and combat.csv (case, id, and the features
# as ComBat leaves them).
suppressMessages(library(sva))
set.seed(7)
n <- 40
batch <- sample(c("alpha", "beta", "gamma"), n, TRUE, c(0.4, 0.35, 0.25))
site <- sample(c("arm", "thigh", "trunk"), n, TRUE)
age <- round(runif(n, 20, 85))
x <- sapply(1:8, function(j) {
  shift <- rnorm(3)[match(batch, c("alpha", "beta", "gamma"))]
  spread <- runif(3, 0.5, 2)[match(batch, c("alpha", "beta", "gamma"))]
  signif(10^(j %% 4 - 1) * (5 + shift + 0.8 * (site == "thigh") + 0.01 * age + spread * rnorm(n)), 6)
})
colnames(x) <- paste0("f", 1:8)
x[batch == "beta", 6] <- 3.5
gaps <- x
gaps[cbind(c(2, 9, 17, 30, 31), c(1, 1, 4, 5, 8))] <- NA
lone <- batch
lone[which(batch == "gamma")[-1]] <- "alpha"
d <- data.frame(id = sprintf("p%02d", 1:n), batch, lone, site, age, x)
g <- as.data.frame(gaps); names(g) <- paste0("g", 1:8)
write.csv(cbind(d, g), "combat_data.csv", row.names = FALSE, quote = FALSE)

d <- read.csv("combat_data.csv")
f <- paste0("f", 1:8); g <- paste0("g", 1:8)
model <- model.matrix(~ site + age, d)
rows <- list()
put <- function(case, columns, batch, ...) {
  out <- suppressMessages(ComBat(t(as.matrix(d[, columns])), batch, ...))
  out <- as.data.frame(t(out)); names(out) <- f
  rows[[length(rows) + 1]] <<- cbind(case = case, id = d$id, as.data.frame(lapply(out, function(v) ifelse(is.na(v), "NA", sprintf("%.15g", v)))))
}
put("words", f, d$batch, mod = model)
put("words_non_parametric", f, d$batch, mod = model, par.prior = FALSE)
put("words_reference", f, d$batch, mod = model, ref.batch = "beta")
put("gaps", g, d$batch)
put("gaps_words", g, d$batch, mod = model)
put("lone", f, d$lone)
put("lone_words", f, d$lone, mod = model)
write.csv(do.call(rbind, rows), "combat.csv", row.names = FALSE, quote = FALSE)
