/* Many variants of one policy, over all cores: a process each, that takes the next variant until
 * none is left. Every variant is simulated in a world of its own; the result is the same however
 * many cores there are. */
#ifndef SIMULATE_SWEEP_H
#define SIMULATE_SWEEP_H

#include "simulate/simulate.h"

/* "worker.events[0].min=2..20:2": the numbers from `from` on by `step` up to `to`. */
struct sweep_axis {
    struct str path;
    double from;
    double to;
    double step;
};

struct sweep_options {
    const struct scenario *scenario;
    const struct sweep_axis *axes; /* every combination is a variant */
    size_t axis_count;
    /* Loads the definitions afresh, to be changed. */
    bool (*load)(void *context, struct arena *arena, struct definition ***definitions,
                 size_t *count);
    int workers;                 /* 0: one a core */
    bool (*stop)(void *context); /* as in simulate_options */
    void (*progress)(void *context, size_t done, size_t count);
    void *context;
};

NODISCARD enum error_code sweep_axis_parse(struct str text, struct sweep_axis *axis,
                                           struct error *err);

/* How many variants; E_LIMIT: over LIMIT_SWEEP_VARIANTS. */
NODISCARD enum error_code sweep_count(const struct sweep_options *options, size_t *count,
                                      struct error *err);

/* Is there a number in every axis's place? E_MISSING, E_TYPE: there is not. */
NODISCARD enum error_code sweep_check(const struct sweep_options *options, struct error *err);

/* Fills result->sweep. E_IO: no process could be made. *is_whole false: it was stopped; what is
 * missing says so in its fault. */
NODISCARD enum error_code sweep_run(struct arena *arena, const struct sweep_options *options,
                                    struct simulation_result *result, bool *is_whole,
                                    struct error *err);

#endif
