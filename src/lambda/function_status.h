/* How the deployed function does: itself, its schedule, its last runs and errors. */
#ifndef LAMBDA_FUNCTION_STATUS_H
#define LAMBDA_FUNCTION_STATUS_H

#include "lambda/deployment.h"
#include "lambda/function_log.h"

enum { STATUS_RUNS = 5, STATUS_ERRORS = 5, STATUS_HOURS = 24 };

struct status_run {
    int64_t at_ms;
    struct str status; /* "success", "error", "timeout", … */
    double duration_ms;
    int64_t memory_used_mb;
};

struct status_error {
    int64_t at_ms;
    struct str cluster; /* may be empty */
    struct str message;
};

struct function_status {
    struct deployment_observed observed; /* of nothing else but what is there */
    bool has_metrics;                    /* false: CloudWatch has none of the last hours */
    double invocations;                  /* in the last STATUS_HOURS */
    double errors;
    double throttles;
    bool has_log;                        /* false: there is no log group */
    struct status_run runs[STATUS_RUNS]; /* newest last */
    size_t run_count;
    struct status_error failures[STATUS_ERRORS]; /* newest last */
    size_t failure_count;
};

/* Texts live in the talk's arena. `now_ms`: the wall clock. */
NODISCARD enum error_code function_status_read(struct aws_talk *talk,
                                               const struct deployment_names *names, int64_t now_ms,
                                               struct function_status *out, struct error *err);

#endif
