/* What `run` says of a load and of a pass: on standard output for whoever asked, in the log, in the
 * record file. */
#ifndef COMMAND_RUN_REPORT_H
#define COMMAND_RUN_REPORT_H

#include "command/run_options.h"
#include "definition/load.h"
#include "pass/pass.h"

/* The findings of one file, on standard error: as a compiler would, or as JSON log lines. */
void report_findings(const struct loaded *loaded, const struct loaded_file *file,
                     enum log_format format);

/* Every cluster of the pass and every broken file, in order of their names. */
void report_pass(const struct run_options *options, const struct loaded *loaded,
                 const struct pass *pass);

/* Appends a line a cluster to the file; false (and logged) where it cannot be written. */
NODISCARD bool report_record(const char *path, const struct pass *pass);

#endif
