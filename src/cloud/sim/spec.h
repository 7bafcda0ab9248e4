/* What a simulated account is made of, as data: made by scenario/ (from YAML), by a test or by a
 * generator of random worlds. Read-only once a world is made of it, and must outlive it.
 * Times are milliseconds; "since the start" counts from sim_spec.start_ms. */
#ifndef CLOUD_SIM_SPEC_H
#define CLOUD_SIM_SPEC_H

#include "base/str.h"
#include "model/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Drawn evenly from [low_ms, high_ms]. */
struct sim_delay {
    int64_t low_ms;
    int64_t high_ms;
};

/* A load: so many messages or requests a second in each minute since the start. After its last
 * minute it begins again. No minutes: none. Never negative, never NaN or infinite. */
struct sim_load {
    const double *per_second;
    size_t minute_count;
};

struct sim_instance_type {
    struct str name; /* "m5.large" */
    struct resources size;
    double price_per_hour; /* in whatever currency */
};

/* An Auto Scaling group whose instances join `cluster`. */
struct sim_group_spec {
    struct str name;
    size_t type; /* index in sim_spec.types */
    int64_t min; /* instances */
    int64_t max;
    int64_t desired;            /* that many are there, joined and empty, at the start */
    struct sim_delay launch;    /* wished for → InService */
    struct sim_delay join;      /* InService → registered with the cluster, ACTIVE */
    struct sim_delay terminate; /* told to → gone from the group */
    int64_t capacity;           /* so many instances can be had; 0: no limit. Above it launches fail
                                   (InsufficientInstanceCapacity) and are tried again */
    double never_joins;         /* probability (0–1) that a launched instance never registers */
    bool protects_new;          /* new instances are protected from scale-in */
    struct str capacity_provider; /* of its container instances; may be empty */
    bool managed_scaling;         /* of that provider */
};

enum sim_placement {
    SIM_SPREAD,
    SIM_BINPACK_CPU,
    SIM_BINPACK_MEMORY,
    SIM_RANDOM,
};

enum sim_workload_kind { SIM_NO_WORKLOAD, SIM_QUEUE, SIM_WEB };

/* What a service's tasks work on; a fluid, worked out exactly between events.
 * QUEUE: messages arrive at `load`; each running task works off `rate_per_task` a second; first in,
 * first out. WEB: requests arrive at `load`; a running task takes `rate_per_task` a second at most
 * (utilisation 1); latency is base_latency_ms / (1 - utilisation), at most max_latency_ms; what
 * comes above the capacity fails. */
struct sim_workload {
    enum sim_workload_kind kind;
    struct sim_load load;
    double rate_per_task;   /* > 0 */
    double start_backlog;   /* QUEUE: messages at the start */
    double base_latency_ms; /* WEB */
    double max_latency_ms;  /* WEB */
    double cpu_idle;        /* share (0–1) of its CPU units that an idle task uses */
    double cpu_busy;        /* and a fully busy one (may be above 1: bursts) */
    double memory_share;    /* share of its memory that a task uses */
};

/* What should hold; 0: no objective of that kind. */
struct sim_objective {
    int64_t max_wait_ms;    /* QUEUE: the oldest message's wait */
    double max_utilisation; /* WEB */
    double max_latency_ms;  /* WEB */
};

/* What a metric shows of a service. The first two are there by themselves as AWS/ECS
 * CPUUtilization and MemoryUtilization (percent) with ClusterName and ServiceName. */
enum sim_signal {
    SIM_CPU_PERCENT,
    SIM_MEMORY_PERCENT,
    SIM_BACKLOG,         /* messages ready */
    SIM_OLDEST_WAIT_S,   /* age of the oldest message */
    SIM_REQUESTS_MINUTE, /* Sum: of the minute */
    SIM_LATENCY_S,
    SIM_UTILISATION, /* 0–1 */
    SIM_SIGNAL_COUNT,
};

struct sim_dimension {
    struct str name;
    struct str value;
};

/* One more CloudWatch metric of a service. */
struct sim_metric_spec {
    struct str namespace_;
    struct str name;
    const struct sim_dimension *dimensions;
    size_t dimension_count;
    enum sim_signal signal;
};

struct sim_service_spec {
    struct str name;
    enum scheduling_strategy strategy;
    enum launch_type launch_type;
    struct resources task_size;
    int64_t desired; /* tasks; running at the start as far as they fit. DAEMON: ignored */
    enum sim_placement placement;
    bool distinct_instance;      /* placement constraint */
    int64_t min_healthy_percent; /* while instances drain */
    int64_t max_percent;
    struct sim_delay image_pull; /* first task of the service on an instance, added to `start` */
    struct sim_delay start;      /* placed → RUNNING */
    struct sim_delay stop;       /* told to → STOPPED */
    struct sim_workload workload;
    struct sim_objective objective;
    struct str http_url; /* where a JSON document of it is: "https://host/api/queues/celery", or a
                            path alone ("/api/queues/celery": any host). Empty: none. QUEUE: of
                            RabbitMQ's shape (messages_ready, …); WEB: requests_per_second,
                            utilisation, latency_ms */
    const struct sim_metric_spec *metrics;
    size_t metric_count;
};

struct sim_cluster_spec {
    struct str name;
    struct str region;
    const struct sim_group_spec *groups;
    size_t group_count;
    const struct sim_service_spec *services;
    size_t service_count;
    int64_t schedule_ms; /* ECS looks at what has changed so long after; really a few seconds */
};

/* CloudWatch: one datapoint a minute of every metric. */
struct sim_cloudwatch_spec {
    struct sim_delay late; /* end of the minute → visible */
    double gap;            /* probability (0–1) that a datapoint never comes */
};

struct sim_spec {
    uint64_t seed;
    int64_t start_ms;   /* wall clock, since 1970 */
    struct str account; /* "123456789012" */
    const struct sim_instance_type *types;
    size_t type_count;
    const struct sim_cluster_spec *clusters;
    size_t cluster_count;
    struct sim_cloudwatch_spec cloudwatch;
};

#endif
