# Reference values of pooled events and of other measures, made by metafor (Viechtbauer, Journal of Statistical Software
# 36(3), 2010).
#
#   Rscript make_events.R      # in this folder; Debian: r-cran-metafor r-cran-lme4 r-cran-biasedurn r-cran-numderiv
#
# Writes nielweise2007.csv (events of 18 trials; one without any event) and measures.csv (measure, quantity, value).
# Tests read these files; they do not need R.  Last made with metafor 3.8-1, BiasedUrn 2.0.9, R 4.2.

suppressPackageStartupMessages(library(metafor))
d <- dat.nielweise2007
write.csv(d[, c("author", "ai", "n1i", "ci", "n2i")], "nielweise2007.csv", row.names = FALSE, quote = FALSE)
rows <- list()
keep <- function(measure, quantity, value) {
  rows[[length(rows) + 1]] <<- data.frame(measure, quantity, value = sprintf("%.12g", value))
}
exact <- suppressWarnings(rma.glmm(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, model = "CM.EL"))
keep("exact OR", "mean", exact$beta[1])
keep("exact OR", "tau2", exact$tau2)
keep("exact OR", "log likelihood", as.numeric(logLik(exact)))
for (measure in c("OR", "RR")) {
  e <- suppressWarnings(escalc(measure = measure, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, drop00 = TRUE))
  e <- e[!is.na(e$yi), ]
  for (i in seq_len(nrow(e))) {
    keep(measure, paste0("y", i), e$yi[i])
    keep(measure, paste0("v", i), e$vi[i])
  }
}
for (measure in c("MD", "SMD", "ROM")) {
  e <- escalc(measure = measure, m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i,
              data = dat.normand1999)
  for (i in seq_len(nrow(e))) {
    keep(measure, paste0("y", i), e$yi[i])
    keep(measure, paste0("v", i), e$vi[i])
  }
  f <- rma(yi, vi, data = e)
  keep(measure, "REML mean", f$beta[1])
  keep(measure, "REML se", f$se)
}
write.csv(do.call(rbind, rows), "measures.csv", row.names = FALSE, quote = FALSE)
