/* Plays a scenario: a world with its own clock, and a pass every interval, by the code that runs in
 * production. Deterministic: the same scenario and definitions give the same result, byte for byte.
 * Not thread safe; one a process or thread. */
#ifndef SIMULATE_SIMULATE_H
#define SIMULATE_SIMULATE_H

#include "pass/pass.h"
#include "simulate/result.h"

/* Who makes the passes' account, and what has to happen around them. `open` NULL: the world itself,
 * behind the upper seam. */
struct simulate_account {
    struct cloud *(*open)(void *context, struct sim_world *world); /* NULL: it cannot begin */
    void (*close)(void *context, struct cloud *cloud);
    void (*before_pass)(void *context);
    void (*after_pass)(void *context, const struct pass *pass);
    void (*minute)(void *context); /* each simulated one that ended */
};

struct simulate_options {
    const struct scenario *scenario;
    const struct definition *const *definitions;
    size_t definition_count;
    struct str name;             /* the policy's */
    bool totals_only;            /* no series, no events: for sweeps */
    bool (*stop)(void *context); /* NULL, or: end here? Asked before each pass */
    void (*progress)(void *context, int64_t done_ms); /* NULL, or called now and then */
    struct simulate_account account;
    void *context; /* of all of these */
};

/* Steps for that length: at most SIMULATE_POINTS points. */
enum { SIMULATE_POINTS = 3000 };
int64_t simulate_step_ms(int64_t length_ms);
size_t simulate_point_count(int64_t length_ms);

void simulate_policy(struct arena *arena, const struct simulate_options *options,
                     struct policy_result *result);

#endif
