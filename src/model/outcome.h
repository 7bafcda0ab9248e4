/* What became of an action. */
#ifndef MODEL_OUTCOME_H
#define MODEL_OUTCOME_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

enum outcome_status {
    OUTCOME_PENDING,     /* not tried yet */
    OUTCOME_APPLIED,     /* AWS took it */
    OUTCOME_DROPPED,     /* read again just before, its preconditions no longer held */
    OUTCOME_FAILED,      /* AWS refused it, or its answer was lost */
    OUTCOME_SKIPPED,     /* an action it depends on was not applied */
    OUTCOME_NOT_APPLIED, /* the pass's deadline came first */
};

struct outcome {
    enum outcome_status status;
    struct str reason; /* for a person; empty when applied */
    struct error err;  /* FAILED: what AWS said */
    int64_t latency_us;
};

const char *outcome_status_name(enum outcome_status status); /* "applied" */

#endif
