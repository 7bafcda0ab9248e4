/* The upper seam: read facts, carry out actions, on an account. Implementations: cloud/aws (the
 * real one), cloud/sim (a simulated one).
 *
 * Asynchronous and single-threaded: cloud_ask() and cloud_act() queue, cloud_run() works until
 * nothing is outstanding, calling each `done` exactly once (never from within ask or act). What is
 * asked between two turns of the loop is batched as far as the APIs allow: services of a cluster by
 * 10, groups of a region by 50, statistics of a region and time window by 500. `done` may ask for
 * more. The query's or act's memory is the caller's and must stay until its `done`. */
#ifndef CLOUD_CLOUD_H
#define CLOUD_CLOUD_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "model/definition.h"
#include "model/outcome.h"
#include "model/plan.h"
#include "model/snapshot.h"

enum query_kind {
    QUERY_GROUP,             /* an Auto Scaling group by name */
    QUERY_SERVICE,           /* a service of a cluster by name (metrics are not filled) */
    QUERY_INSTANCES,         /* all container instances of a cluster, every status */
    QUERY_INSTANCE,          /* one container instance by ARN: the look before an action */
    QUERY_INSTANCE_TASKS,    /* how many tasks on it are not STOPPED yet, stopping ones included */
    QUERY_TASK_DEFINITION,   /* the size of one revision; may come out of the process's cache */
    QUERY_DAEMONS,           /* the cluster's DAEMON services */
    QUERY_CAPACITY_PROVIDER, /* one by name */
    QUERY_STATISTIC,         /* CloudWatch datapoints of one statistic in a window */
    QUERY_HTTP,              /* the body of one HTTP metric source */
    QUERY_KIND_COUNT,
};

struct datapoint {
    int64_t timestamp_ms; /* start of its period */
    double value;
};

struct statistic_query {
    struct str namespace_;
    struct str metric_name;
    const struct dimension_definition *dimensions;
    size_t dimension_count;
    struct str statistic; /* "Average", "p99" */
    int64_t period_s;
    int64_t start_ms; /* inclusive, whole seconds */
    int64_t end_ms;   /* exclusive */
};

struct query {
    enum query_kind kind;
    struct arena *arena; /* where the answer goes */
    struct str region;   /* not for HTTP */
    struct str cluster;  /* name; for GROUP, STATISTIC, HTTP only to attribute the call (may be
                            empty: shared by several) */
    struct str name;     /* group, service, task definition ARN, instance ARN, provider */
    struct statistic_query statistic;
    const struct http_source_definition *http;
    const struct text *texts; /* what the names above come from; where a value out of the
                                 environment is in one, reasons and errors say its shown form */
    size_t text_count;

    /* The answer. `fact` is never UNREAD in `done`; what is below counts when it is PRESENT. */
    struct fact fact;
    struct error err; /* FAILED: the whole of it */
    struct group_facts group;
    struct service_facts service;
    struct instances_facts instances;
    struct instance_facts instance;
    int64_t tasks;
    struct resources size;
    struct daemons_facts daemons;
    bool managed_scaling;
    struct datapoint *datapoints; /* any order; there may be none */
    size_t datapoint_count;
    struct str body;

    void (*done)(struct query *query);
    void *context;
};

/* An action on its way. The texts are as on the wire (not as shown). */
struct act {
    struct arena *arena; /* for the outcome's texts */
    struct str region;
    struct str cluster;
    struct str group;         /* name on the wire */
    struct str service;       /* SERVICE_*: name on the wire */
    const struct text *texts; /* as in a query */
    size_t text_count;
    const struct action *action;
    struct outcome *outcome; /* filled before `done`: APPLIED, FAILED or NOT_APPLIED */
    void (*done)(struct act *act);
    void *context;
};

/* One API or metric call as it went over the wire, retries included. */
struct call_record {
    struct str service;   /* "ecs"; "http" for metric sources */
    struct str operation; /* "DescribeServices"; the shown URL for metric sources */
    struct str region;
    struct str cluster; /* empty: shared by several clusters */
    int attempts;
    int throttles;   /* of these attempts: how many were throttled */
    int http_status; /* of the last attempt; 0: no answer */
    enum error_code code;
    int64_t latency_us; /* first attempt's start to the end */
    int depth;          /* round trips on the longest chain of calls that led to it, itself
                           included; retries do not count */
};

struct call_log {
    struct arena arena;
    VEC(struct call_record) calls; /* in order of completion */
    struct error credentials;      /* why there were none, in full; E_OK: there were */
};

struct cloud;

struct cloud_ops {
    void (*ask)(struct cloud *cloud, struct query *query);
    void (*act)(struct cloud *cloud, struct act *act);
    void (*run)(struct cloud *cloud, int64_t deadline_ms);
    int64_t (*now_ms)(struct cloud *cloud);
    int64_t (*wall_ms)(struct cloud *cloud);
    void (*free)(struct cloud *cloud);
};

struct cloud {
    const struct cloud_ops *ops;
    struct call_log *log;            /* NULL: calls are not logged; may be changed between runs */
    void (*progress)(void *context); /* NULL, or called after each call, for a progress line */
    void *progress_context;
};

static inline void cloud_ask(struct cloud *cloud, struct query *query)
{
    cloud->ops->ask(cloud, query);
}

static inline void cloud_act(struct cloud *cloud, struct act *act)
{
    cloud->ops->act(cloud, act);
}

/* Works until nothing is outstanding. From `deadline_ms` (on cloud_now_ms's clock) on, what is
 * outstanding and what is still asked fails with E_DEADLINE, and actions end NOT_APPLIED (those
 * surely not sent) or FAILED (those whose answer never came). */
static inline void cloud_run(struct cloud *cloud, int64_t deadline_ms)
{
    cloud->ops->run(cloud, deadline_ms);
}

/* Steady clock for deadlines. */
static inline int64_t cloud_now_ms(struct cloud *cloud)
{
    return cloud->ops->now_ms(cloud);
}

/* Wall clock: what a snapshot's now_ms is read from. */
static inline int64_t cloud_wall_ms(struct cloud *cloud)
{
    return cloud->ops->wall_ms(cloud);
}

static inline void cloud_free(struct cloud *cloud)
{
    if (cloud != NULL)
        cloud->ops->free(cloud);
}

/* Fills a query's answer with a failure and its reason ("ecs DescribeServices: access denied …").
 */
void query_fail(struct query *query, const struct error *err);
void query_miss(struct query *query, struct str reason);

/* `err`'s message with every value of `texts` (of three bytes and more) in its shown form. What AWS
 * or a server says about a name may hold the name, too. */
void error_conceal(struct error *err, const struct text *texts, size_t count);

#endif
