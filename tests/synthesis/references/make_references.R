# Reference values of the synthesis tests, made by metafor (Viechtbauer, Journal of Statistical Software 36(3), 2010).
#
#   Rscript make_references.R      # in this folder; Debian: apt-get install r-cran-metafor
#
# Writes one CSV of figures for each data set (y, v, cluster, x) and references.csv (dataset, quantity, tau2_source,
# tau2_record, value).  Tests read these files; they do not need R.  Last made with metafor 3.8-1, metadat 1.2-0, R 4.2.

suppressPackageStartupMessages(library(metafor))

log_odds <- escalc(measure = "OR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
stroke <- escalc(measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i,
                 data = dat.normand1999)

# x: a moderator, centred, or NA where the test has none.
sets <- list(
  bcg = data.frame(y = log_odds$yi, v = log_odds$vi, cluster = dat.bcg$trial,
                   x = dat.bcg$ablat - mean(dat.bcg$ablat)),
  hackshaw1998 = data.frame(y = dat.hackshaw1998$yi, v = dat.hackshaw1998$vi, cluster = dat.hackshaw1998$study,
                            x = dat.hackshaw1998$year - mean(dat.hackshaw1998$year)),
  raudenbush1985 = data.frame(y = dat.raudenbush1985$yi, v = dat.raudenbush1985$vi,
                              cluster = dat.raudenbush1985$study,
                              x = dat.raudenbush1985$weeks - mean(dat.raudenbush1985$weeks)),
  normand1999 = data.frame(y = stroke$yi, v = stroke$vi, cluster = dat.normand1999$study, x = NA),
  bangertdrowns2004 = data.frame(y = dat.bangertdrowns2004$yi, v = dat.bangertdrowns2004$vi,
                                 cluster = dat.bangertdrowns2004$id,
                                 x = dat.bangertdrowns2004$year - mean(dat.bangertdrowns2004$year)),
  konstantopoulos2011 = data.frame(y = dat.konstantopoulos2011$yi, v = dat.konstantopoulos2011$vi,
                                   cluster = dat.konstantopoulos2011$district,
                                   x = dat.konstantopoulos2011$year - mean(dat.konstantopoulos2011$year)),
  assink2016 = data.frame(y = dat.assink2016$yi, v = dat.assink2016$vi, cluster = dat.assink2016$study,
                          x = dat.assink2016$year - mean(dat.assink2016$year))
)

rows <- list()
keep <- function(dataset, quantity, source, record, value) {
  rows[[length(rows) + 1]] <<- data.frame(dataset, quantity, tau2_source = source, tau2_record = record,
                                          value = sprintf("%.17g", value))
}

for (name in names(sets)) {
  d <- sets[[name]]
  d$y <- as.numeric(d$y)
  d$v <- as.numeric(d$v)
  d$id <- seq_len(nrow(d))
  out <- data.frame(y = sprintf("%.17g", d$y), v = sprintf("%.17g", d$v), cluster = d$cluster,
                    x = ifelse(is.na(d$x), "", sprintf("%.17g", d$x)))
  write.csv(out, paste0(name, ".csv"), row.names = FALSE, quote = FALSE)

  fixed <- rma(y, v, data = d, method = "FE")
  keep(name, "fixed effect mean", NA, NA, fixed$beta[1])
  keep(name, "fixed effect se", NA, NA, fixed$se)
  single <- rma(y, v, data = d, method = "REML")
  keep(name, "typical variance", NA, NA, single$vt)

  # At given heterogeneities: generalised least squares, and the restricted log likelihood.
  for (source in c(0, 0.01, 0.09, 0.5)) {
    for (record in c(0.0025, 0.04, 0.3)) {
      given <- rma.mv(y, v, random = ~ 1 | cluster / id, sigma2 = c(source, record), data = d, method = "REML")
      keep(name, "mean", source, record, given$beta[1])
      keep(name, "se", source, record, given$se)
      keep(name, "restricted log likelihood", source, record, as.numeric(logLik(given)))
      if (!anyNA(d$x)) {
        given <- rma.mv(y, v, mods = ~ x, random = ~ 1 | cluster / id, sigma2 = c(source, record), data = d,
                        method = "REML")
        keep(name, "moderated intercept", source, record, given$beta[1])
        keep(name, "moderated intercept se", source, record, given$se[1])
        keep(name, "moderator", source, record, given$beta[2])
        keep(name, "moderator se", source, record, given$se[2])
        keep(name, "moderated covariance", source, record, given$vb[1, 2])
        keep(name, "moderated restricted log likelihood", source, record, as.numeric(logLik(given)))
      }
    }
  }

  # REML's own estimates, where clusters hold several records and where they do not.
  if (anyDuplicated(d$cluster)) {
    best <- rma.mv(y, v, random = ~ 1 | cluster / id, data = d, method = "REML",
                   control = list(optimizer = "optim", optmethod = "Nelder-Mead", reltol = 1e-14, maxit = 5000))
    keep(name, "REML tau2 source", NA, NA, best$sigma2[1])
    keep(name, "REML tau2 record", NA, NA, best$sigma2[2])
    keep(name, "REML mean", best$sigma2[1], best$sigma2[2], best$beta[1])
    keep(name, "REML se", best$sigma2[1], best$sigma2[2], best$se)
  } else {
    best <- rma(y, v, data = d, method = "REML", control = list(threshold = 1e-12, maxiter = 1000))
    keep(name, "REML tau2 source", NA, NA, best$tau2)
    keep(name, "REML mean", best$tau2, 0, best$beta[1])
    keep(name, "REML se", best$tau2, 0, best$se)
    # Egger's regression of the estimate on its standard error, weights 1 / v, multiplicative dispersion.
    egger <- summary(regtest(best, model = "lm", predictor = "sei")$fit)
    keep(name, "Egger slope", NA, NA, egger$coefficients[2, 1])
    keep(name, "Egger slope se", NA, NA, egger$coefficients[2, 2])
    keep(name, "Egger dispersion", NA, NA, egger$sigma^2)
  }
}
write.csv(do.call(rbind, rows), "references.csv", row.names = FALSE, quote = FALSE)
