/* The load of one service, minute by minute: the sum of its parts. Internal to scenario/. */
#ifndef SCENARIO_GENERATE_H
#define SCENARIO_GENERATE_H

#include "scenario/file.h"
#include "scenario/trace.h"

struct generate_options {
    int64_t start_ms;
    uint64_t seed; /* of this service */
};

/* Adds a part; `trace` is its trace, or NULL. Deterministic: minute i depends on i, the part and
 * the seed alone. */
void load_add(const struct file_load *part, size_t index, const struct trace *trace,
              const struct generate_options *options, double *per_second, size_t minute_count);

#endif
