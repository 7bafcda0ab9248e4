/* What `run` was asked to do. */
#ifndef COMMAND_RUN_OPTIONS_H
#define COMMAND_RUN_OPTIONS_H

#include "base/log.h"
#include "command/command.h"

extern const struct option run_option_table[];

struct run_options {
    const char *definitions;
    const char **clusters; /* none: all */
    size_t cluster_count;
    bool dry_run;
    bool json;
    const char *record;  /* NULL: none */
    const char *region;  /* NULL: by the environment and the profile */
    const char *profile; /* NULL: likewise */
    int64_t deadline_ms;
    int64_t every_ms; /* 0: once */
    int parallel;
    enum log_level log_level;
    enum log_format log_format;
};

/* Also sets up the log: --log-level, then LOG_LEVEL, then info. */
void run_options_from(const struct arguments *arguments, struct run_options *options);

/* Is that cluster one of those named, or is none named? */
bool run_options_ask_for(const struct run_options *options, struct str cluster);

#endif
