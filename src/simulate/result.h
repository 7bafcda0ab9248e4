/* What a simulation gives: facts for a report, in memory and as JSON (docs/simulation.md, "The
 * result as JSON"). Everything lives in the arena it was made in.
 *
 * Series have `point_count` values, one every `step_ms`: of loads, tasks and instances the mean
 * within the step, of backlogs, waits, utilisation and latency the worst. */
#ifndef SIMULATE_RESULT_H
#define SIMULATE_RESULT_H

#include "base/buf.h"
#include "cloud/sim/world.h"
#include "model/outcome.h"
#include "model/plan.h"
#include "scenario/scenario.h"

struct service_result {
    size_t cluster; /* index in the scenario's spec, and there of the service */
    size_t service;
    struct {
        double *load; /* a second */
        double *desired;
        double *running;
        double *backlog;     /* QUEUE */
        double *wait_s;      /* QUEUE */
        double *utilisation; /* QUEUE, WEB */
        double *latency_ms;  /* WEB */
    } series;
    struct sim_service_totals totals;
    double cost; /* of its tasks (Fargate) */
    uint64_t scale_outs;
    uint64_t scale_ins;
    uint64_t reversals;
};

struct group_result {
    size_t cluster; /* index in the scenario's spec, and there of the group */
    size_t group;
    struct {
        double *desired;
        double *in_service; /* registered and ACTIVE or DRAINING, or on the way there */
        double *draining;
    } series;
    double cost;
    double instance_ms;
    uint64_t added;   /* instances that were asked for by passes */
    uint64_t removed; /* instances that were terminated by passes */
    uint64_t reversals;
};

struct event_result {
    int64_t time_ms; /* wall clock */
    size_t cluster;  /* index in the scenario's spec */
    enum action_kind kind;
    struct str subject;
    int64_t from;
    int64_t to;
    struct str reason;
    enum outcome_status outcome;
};

struct totals {
    double cost;
    double instance_hours;
    double task_hours;
    double time_outside_share; /* of the time of services with an objective */
    double work_outside_share; /* of their messages and requests */
    double time_outside_ms;    /* summed over these services */
    double wait_worst_s;       /* of messages */
    double wait_mean_s;
    uint64_t service_scale_outs;
    uint64_t service_scale_ins;
    uint64_t instances_added;
    uint64_t instances_removed;
    uint64_t reversals;
    uint64_t passes;
    uint64_t failed_passes; /* in which something could not be read or done */
    uint64_t api_calls;
};

struct policy_result {
    struct str name;                 /* of its definitions: a folder or file */
    struct service_result *services; /* by cluster, then as in the scenario */
    size_t service_count;
    struct group_result *groups;
    size_t group_count;
    VEC(struct event_result) events; /* at most LIMIT_SIMULATION_EVENTS */
    uint64_t event_total;
    struct totals totals;
    int64_t simulated_ms; /* less than the scenario's length where it was interrupted */
};

/* See clairvoyant.h. `known` false: it was not worked out, for `reason`. */
struct clairvoyant_result {
    bool known;
    struct str reason;
    double cost;
    double instance_hours;
    double task_hours; /* Fargate; on EC2 tasks cost nothing */
    double time_outside_share;
    double time_outside_ms;
    double **instances; /* parallel to a policy's groups: the mean of each step; NULL: none */
    double **tasks;     /* parallel to its services; NULL: on EC2 */
};

/* What one policy costs beside it. */
struct ratio_result {
    bool known;
    double bound; /* no policy with as little time outside costs less */
    double cost;  /* of the policy, over the bound */
    double cost_over_clairvoyant;
};

struct sweep_parameter {
    struct str path; /* "worker.events[0].min" */
    double value;
};

struct sweep_result {
    struct sweep_parameter *parameters;
    size_t parameter_count;
    struct totals totals;
    struct str fault; /* why this variant could not be simulated; empty: it was */
    bool is_pareto;   /* none is at least as good in cost and time outside, and better in one */
};

struct simulation_result {
    const struct scenario *scenario;
    int64_t step_ms;
    size_t point_count;
    bool interrupted;
    struct policy_result *policies; /* the one asked for, then --against */
    size_t policy_count;
    struct clairvoyant_result clairvoyant;
    struct ratio_result *ratios; /* parallel to the policies */
    struct sweep_result *sweep;  /* without --sweep: none */
    size_t sweep_count;
};

void result_write_json(const struct simulation_result *result, struct buf *out);

/* The name of a service, and with its cluster where there are several: "my_cluster/worker". */
struct str service_result_name(const struct simulation_result *result,
                               const struct service_result *service, struct arena *arena);

#endif
