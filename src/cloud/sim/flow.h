/* What a service's tasks work on, as a fluid between two events: the load and the number of running
 * tasks stay as they are, everything else is worked out exactly. A queue is first in, first out:
 * messages wait from when they came to when they are done. */
#ifndef CLOUD_SIM_FLOW_H
#define CLOUD_SIM_FLOW_H

#include "cloud/sim/spec.h"

/* Messages that came evenly over a while and still wait. Seconds since the start. */
struct flow_stretch {
    double from_s;
    double to_s;
    double count;
};

/* Of the minute that is not over: what datapoints are made of. */
struct flow_minute {
    double time_s;
    double task_s; /* running tasks × time */
    double busy_s; /* of these: at work */
    double arrived;
    double done;
    double utilisation_s; /* utilisation × time */
    double latency_sum_s; /* over what was done (WEB) */
};

/* Sums since the start; see struct sim_service_totals. */
struct flow_totals {
    double arrived;
    double done;
    double failed;
    double work_outside;
    double time_s;
    double outside_s;
    double wait_sum_s;
    double wait_worst_s;
    double task_s;
};

/* Invariants: worked out up to `at_ms`; the messages that wait are `oldest` (if `first` <
 * stretches.count: what is left of that one), the stretches after it, and `open`, whose load is the
 * present one. Copied freely; the stretches are the owner's. */
struct flow_state {
    int64_t at_ms;   /* since the start */
    double load;     /* a second */
    int64_t running; /* tasks */
    double backlog;
    size_t first;
    struct flow_stretch oldest;
    struct flow_stretch open;
    struct flow_minute minute;
    struct flow_totals totals;
};

struct flow {
    const struct sim_workload *workload;
    struct sim_objective objective;
    struct flow_state state;
    struct flow_stretch *stretches;
    size_t count;
    size_t room;
};

void flow_init(struct flow *flow, const struct sim_workload *workload,
               struct sim_objective objective);
void flow_release(struct flow *flow);

/* Works it out up to then (since the start, not before the state's own time). */
void flow_advance(struct flow *flow, int64_t to_ms);
/* After flow_advance to now. */
void flow_set_load(struct flow *flow, double per_second);
void flow_set_running(struct flow *flow, int64_t running);
/* The state then, without changing the flow. */
struct flow_state flow_peek(const struct flow *flow, int64_t at_ms);

/* Of a state of `flow`. */
double flow_oldest_wait_s(const struct flow *flow, const struct flow_state *state);
double flow_utilisation(const struct flow *flow, const struct flow_state *state);
double flow_latency_ms(const struct flow *flow, const struct flow_state *state);
bool flow_is_outside(const struct flow *flow, const struct flow_state *state);

#endif
