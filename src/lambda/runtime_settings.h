/* What the function's environment says. The table is in the .c; docs/lambda-runtime.md shows it. */
#ifndef LAMBDA_RUNTIME_SETTINGS_H
#define LAMBDA_RUNTIME_SETTINGS_H

#include "base/arena.h"
#include "base/log.h"

struct runtime_settings {
    struct str api;  /* AWS_LAMBDA_RUNTIME_API, "127.0.0.1:9001" */
    struct str root; /* the folder that clusters/ is in; empty: none is found */
    enum log_level log_level;
    enum log_format log_format;
    bool has_metrics;
    struct str level_problem; /* LOG_LEVEL or AWS_LAMBDA_LOG_LEVEL is no level: its name */
};

/* Everything in `arena`. LOG_LEVEL wins over AWS_LAMBDA_LOG_LEVEL, which is for what AWS filters
 * by itself as well. */
void runtime_settings_read(struct arena *arena, struct runtime_settings *settings);

#endif
