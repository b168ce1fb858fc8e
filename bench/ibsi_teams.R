# Which teams of the IBSI's MR validation gave radiome's value and which the reference.
#
#   Rscript bench/ibsi_teams.R VALIDATION [docs/ibsi.md]
#
# VALIDATION: the folder `validation` of github theibsi/ibsi_1_data_analysis, with one .RDS a team.
# The values compared are those of the table of docs/ibsi.md; a team agrees within 0.1 %. Prints the
# table of teams and the voxels that each team had in the region of each patient of group b.

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) < 1) stop("name the folder of the teams' results")
page <- if (length(arguments) > 1) arguments[2] else "docs/ibsi.md"
files <- list.files(arguments[1], pattern = "[.]RDS$", recursive = TRUE, full.names = TRUE)
teams <- do.call(rbind, lapply(files, function(file) {
  as.data.frame(readRDS(file))[, c("modality", "tag", "id", "value", "team")]
}))
teams <- teams[teams$modality == "MR_T1" & is.finite(teams$value), ]

rows <- strsplit(grep("^\\| STS_[0-9]+ \\| `", readLines(page), value = TRUE), "\\s*\\|\\s*")
near <- function(a, b) abs(a - b) <= 1e-3 * abs(b)
cat("| patient | tag | why | radiome's value | the reference |\n| --- | --- | --- | --- | --- |\n")
for (row in rows) {
  tag <- gsub("`", "", row[3])
  given <- teams[teams$id == row[2] & teams$tag == tag, ]
  named <- function(value) {
    paste(given$team[near(given$value, as.numeric(value))], collapse = ", ")
  }
  why <- substr(row[8], 1, 1)
  cat("|", row[2], "|", tag, "|", why, "|", named(row[4]), "|", named(row[5]), "|\n")
}
border <- sapply(rows, function(row) if (startsWith(row[8], "b")) row[2] else NA)
voxels <- teams[teams$tag == "int_mask_vox_count_reseg_roi" & teams$id %in% border, ]
cat("\n")
print(tapply(voxels$value, voxels[c("id", "team")], function(value) value[1]))
